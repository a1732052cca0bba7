"""The content and training data as they are: what no schema says, checked on every file."""

import re
import string
from datetime import date

import pytest

from programme.answers import PLACEHOLDER, Answer
from programme.assistant import Assistant
from programme.content import CONTENT_DIR, parse, read_entries, read_yaml
from programme.facts import Fact, FactBook
from programme.replies import MAX_BUBBLE, MAX_PAYLOAD_BYTES, Reply
from tests.conftest import NOW

ROOT = CONTENT_DIR.parent
TODAY = NOW.date()
# every fact is to be checked again before
LATER = date(2030, 1, 1)
SOURCE = "📌 Source : "

# what a person may ask about the programme; the rest of the catalogue is conversation and data rights
PROGRAMME_DOMAINS = ("contract", "pay", "aid", "orientation", "coaching", "situation", "workshops", "safety")
ENOUGH_TOPICS = 25
ANSWERS = {
    path.stem: parse(Answer, read_yaml(path), str(path)) for path in sorted((CONTENT_DIR / "answers").rglob("*.yml"))
}
DOMAINS = {path.stem: path.parent.name for path in (CONTENT_DIR / "answers").rglob("*.yml")}
DAYS = [pytest.param(TODAY, id="now"), pytest.param(LATER, id="in 2030")]


def sayings(replies: list[Reply]) -> list[str]:
    """The bubbles without their signature."""
    return [reply.text for reply in replies if not reply.text.startswith(SOURCE)]


# -- answers


@pytest.mark.parametrize("on", DAYS)
@pytest.mark.parametrize("topic", ANSWERS)
def test_an_answer_is_short_and_leads_on(assistant: Assistant, topic: str, on: date) -> None:
    replies = assistant.answers.answer(topic, on=on)
    assert max(len(reply.text) for reply in replies) <= MAX_BUBBLE
    assert replies[-1].buttons


@pytest.mark.parametrize("on", DAYS)
@pytest.mark.parametrize("topic", ANSWERS)
def test_an_answer_is_signed_when_and_only_when_it_relies_on_facts(assistant: Assistant, topic: str, on: date) -> None:
    signed = [reply.text.startswith(SOURCE) for reply in assistant.answers.answer(topic, on=on)]
    assert signed == [False] * (len(signed) - 1) + [bool(ANSWERS[topic].facts)]


@pytest.mark.parametrize("topic", [topic for topic, answer in ANSWERS.items() if answer.facts])
def test_the_numbers_of_today_are_not_given_in_2030(assistant: Assistant, topic: str) -> None:
    # given what today's facts put in the answer
    filled = {
        assistant.facts.on(series, TODAY).value(name).text
        for bubble in ANSWERS[topic].bubbles
        for series, name in PLACEHOLDER.findall(bubble)
    }
    numbers = {text for text in filled if any(character.isdigit() for character in text)}
    # when it is asked for in 2030
    said = "\n".join(sayings(assistant.answers.answer(topic, on=LATER)))
    # then none of it is said
    assert [number for number in numbers if re.search(rf"(?<!\w){re.escape(number)}(?!\w)", said)] == []


@pytest.mark.parametrize("topic", ANSWERS)
def test_an_answer_holds_no_digit_of_its_own(topic: str) -> None:
    answer = ANSWERS[topic]
    written = [PLACEHOLDER.sub("", bubble) for bubble in (*answer.bubbles, *answer.without_numbers)]
    assert [bubble for bubble in written if re.search(r"\d", bubble)] == []


@pytest.mark.parametrize("topic", ANSWERS)
def test_the_buttons_of_an_answer_differ_and_lead_elsewhere(topic: str) -> None:
    intents = [button.intent for button in ANSWERS[topic].buttons]
    titles = [button.title for button in ANSWERS[topic].buttons]
    assert (len(set(intents)), len(set(titles)), topic in intents) == (len(intents), len(titles), False)


def test_every_button_names_a_topic_and_fits_in_telegram(assistant: Assistant) -> None:
    # given all the buttons under answers
    payloads = {
        button.payload
        for topic in ANSWERS
        for reply in assistant.answers.answer(topic, on=TODAY)
        for button in reply.buttons
    }
    # then each payload is short, and is « /topic »
    assert [payload for payload in payloads if len(payload.encode()) > MAX_PAYLOAD_BYTES] == []
    assert {payload.removeprefix("/") for payload in payloads} - set(assistant.answers.titles) == set()


def test_most_of_the_programme_is_answered_with_sources(assistant: Assistant) -> None:
    # given the topics on the programme itself
    topics = [topic for topic in assistant.answers.topics if DOMAINS[topic] in PROGRAMME_DOMAINS]
    # then enough have an answer, and enough of these a source
    signed = [topic for topic in topics if assistant.answers.answer(topic, on=TODAY)[-1].text.startswith(SOURCE)]
    assert (len(topics) >= ENOUGH_TOPICS, len(signed) >= ENOUGH_TOPICS) == (True, True)


@pytest.mark.parametrize("domain", PROGRAMME_DOMAINS)
def test_no_domain_is_left_without_an_answer(domain: str) -> None:
    assert domain in DOMAINS.values()


def test_no_fact_that_an_answer_relies_on_waits_for_its_review(assistant: Assistant) -> None:
    used = {series for answer in ANSWERS.values() for series in answer.facts}
    assert [series for series in used if assistant.facts.on(series, TODAY).review_by < TODAY] == []


# -- facts


def test_every_source_is_an_https_address() -> None:
    entries = [entry for path in (CONTENT_DIR / "facts").glob("*.yml") for entry in read_entries(path)]
    facts = [parse(Fact, entry, entry["id"]) for entry in entries]
    assert [
        (fact.id, str(source.url)) for fact in facts for source in fact.sources if source.url.scheme != "https"
    ] == []


def test_facts_point_at_facts_that_exist() -> None:
    entries = [entry for path in (CONTENT_DIR / "facts").glob("*.yml") for entry in read_entries(path)]
    known = {entry["id"] for entry in entries} | {entry.get("series") for entry in entries}
    assert [(entry["id"], name) for entry in entries for name in entry.get("see_also", ()) if name not in known] == []


def test_a_bubble_never_needs_a_value_that_is_unknown() -> None:
    facts = FactBook.load()
    used = {pair for answer in ANSWERS.values() for bubble in answer.bubbles for pair in PLACEHOLDER.findall(bubble)}
    assert [pair for pair in used if facts.on(pair[0], TODAY).value(pair[1]).value is None] == []


# -- short sentences


def sentences() -> dict[str, str]:
    return {str(key): str(sentence) for key, sentence in read_yaml(CONTENT_DIR / "texts.yml").items()}


def test_every_short_sentence_is_said_somewhere() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("actions", "bot", "programme")
        for path in (ROOT / folder).rglob("*.py")
    )
    assert [key for key in sentences() if f'"{key}"' not in code] == []


def test_the_blanks_of_short_sentences_are_plain_names() -> None:
    # given every {blank} as Python reads it
    blanks = [
        (key, name, form, conversion)
        for key, sentence in sentences().items()
        for _, name, form, conversion in string.Formatter().parse(sentence)
        if name is not None
    ]
    # then each is a name, without format or conversion
    assert [blank for blank in blanks if not re.fullmatch("[a-z_]+", blank[1]) or blank[2] or blank[3]] == []


# -- the catalogue


def intents() -> list[str]:
    return [str(intent) for intent in read_yaml(ROOT / "domain" / "intents.yml")["intents"]]


def test_topics_are_exactly_the_intents_each_once(assistant: Assistant) -> None:
    written = [entry["id"] for entry in read_entries(CONTENT_DIR / "topics.yml")]
    assert sorted(written) == sorted(intents())
    assert len(assistant.answers.titles) == len(written)


def test_no_two_topics_have_the_same_title(assistant: Assistant) -> None:
    titles = list(assistant.answers.titles.values())
    assert sorted(titles) == sorted(set(titles))


# -- training and test phrases


def test_payloads_written_in_the_code_are_the_names_of_topics(assistant: Assistant) -> None:
    # given every "/intent" and '/intent{"entity": …}' in our Python
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("actions", "programme")
        for path in (ROOT / folder).rglob("*.py")
    )
    named = set(re.findall(r"""["']/([a-z_]+)(?=["'{])""", code))
    # then each names a topic
    assert named - set(assistant.answers.titles) == set()
