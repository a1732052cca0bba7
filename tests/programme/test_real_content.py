"""The content and training data as they are: what no schema says, checked on every file."""

import re
import string
from datetime import date, timedelta

import pytest

from programme.answers import PLACEHOLDER, AnswerBook
from programme.assistant import Assistant
from programme.content import CONTENT_DIR, parse, read_entries, read_yaml
from programme.content_check import problems as content_problems
from programme.facts import Fact, FactBook
from programme.facts_check import check_facts
from programme.profile import Audience, Contract, Profile, Stage
from programme.replies import MAX_BUBBLE, MAX_PAYLOAD_BYTES, Reply
from tests.conftest import NOW, PARIS

ROOT = CONTENT_DIR.parent
TODAY = NOW.date()
# every fact is to be checked again before
LATER = date(2030, 1, 1)
SOURCE = "📌 Source : "

# what a person may ask about the programme; the rest of the catalogue is conversation and data rights
PROGRAMME_DOMAINS = ("contract", "pay", "aid")
BOOK = AnswerBook.load(FactBook.load(), on=TODAY)
ANSWERS = {answer.topic: answer for answer in BOOK.all}
DAYS = [pytest.param(TODAY, id="now"), pytest.param(LATER, id="in 2030")]
# somebody of each audience, and somebody of whom nothing is known
PROFILES = {
    "": Profile(),
    Audience.MINOR: Profile(age=17),
    Audience.OVER_29: Profile(age=31),
    Audience.ADULT: Profile(age=20),
    Audience.WITHOUT_EMPLOYER: Profile(stage=Stage.SANS_EMPLOYEUR),
    Audience.IN_CONTRACT: Profile(stage=Stage.EN_CONTRAT),
    Audience.AFTER_A_BREAK: Profile(stage=Stage.RUPTURE),
    Audience.PROFESSIONNALISATION: Profile(contract=Contract.PROFESSIONNALISATION),
}


def sayings(replies: list[Reply]) -> list[str]:
    """The bubbles without their signature."""
    return [reply.text for reply in replies if not reply.text.startswith(SOURCE)]


def every_turn(topic: str, profile: Profile, on: date) -> list[list[Reply]]:
    """Everything that this person may hear on the topic: the answer, its variants, its details."""
    turns = 1 + len(ANSWERS[topic].wording(profile).variants)
    answers = [BOOK.answer(topic, on=on, profile=profile, heard=heard) for heard in range(turns)]
    return [*answers, BOOK.more(topic, on=on, profile=profile)]


# -- any day


@pytest.mark.parametrize(
    "on",
    sorted(
        {
            day
            for dated in BOOK.facts.series.values()
            for fact in dated
            for day in (fact.review_by + timedelta(days=1), fact.valid_to and fact.valid_to + timedelta(days=1))
            if day is not None and day >= TODAY
        }
    ),
)
def test_the_assistant_starts_on_every_day_on_which_a_fact_ends_or_expires(on: date) -> None:
    assistant = Assistant.load(PARIS, on=on)
    for topic in ANSWERS:
        assert assistant.answers.answer(topic, on=on)
        assert assistant.answers.more(topic, on=on)


# -- answers


def test_every_topic_of_the_catalogue_has_an_answer() -> None:
    assert set(BOOK.titles) - set(ANSWERS) == {"inform"}


def test_nothing_is_left_to_change_in_the_content() -> None:
    assert content_problems(BOOK) == []


@pytest.mark.parametrize("on", DAYS)
@pytest.mark.parametrize("topic", ANSWERS)
def test_whatever_is_said_is_short_and_leads_on(topic: str, on: date) -> None:
    for profile in PROFILES.values():
        for replies in every_turn(topic, profile, on):
            assert max(len(reply.text) for reply in replies) <= MAX_BUBBLE
            assert len(sayings(replies)) <= 3
            assert replies[-1].buttons


@pytest.mark.parametrize("on", DAYS)
@pytest.mark.parametrize("topic", ANSWERS)
def test_an_answer_is_signed_when_and_only_when_it_relies_on_facts(topic: str, on: date) -> None:
    for profile in PROFILES.values():
        signed = [reply.text.startswith(SOURCE) for reply in BOOK.answer(topic, on=on, profile=profile)]
        assert signed == [False] * (len(signed) - 1) + [bool(ANSWERS[topic].wording(profile).facts)]


@pytest.mark.parametrize("topic", [topic for topic, answer in ANSWERS.items() if answer.facts])
def test_the_day_after_a_review_was_due_no_answer_gives_the_number(topic: str) -> None:
    for profile in PROFILES.values():
        for series in ANSWERS[topic].wording(profile).facts:
            # given the clock past the review date of one of its facts
            fact = BOOK.facts.on_or_latest(series, TODAY)
            numbers = {each.text for each in fact.values if each.value is not None}
            late = [text for text in numbers if any(character.isdigit() for character in text)]
            said = [
                text
                for replies in every_turn(topic, profile, fact.review_by + timedelta(days=1))
                for text in sayings(replies)
            ]
            # then none of its numbers is said
            assert [text for text in late if re.search(rf"(?<!\w){re.escape(text)}(?!\w)", "\n".join(said))] == []


@pytest.mark.parametrize("topic", ANSWERS)
def test_every_digit_of_an_answer_comes_from_a_fact(topic: str) -> None:
    for wording in ANSWERS[topic].wordings.values():
        written = [PLACEHOLDER.sub("", bubble) for group in wording.sayings for bubble in group]
        assert [bubble for bubble in written if re.search(r"\d", bubble)] == []


def test_every_button_names_a_topic_and_fits_in_telegram() -> None:
    # given all the buttons under answers
    payloads = {
        button.payload
        for topic in ANSWERS
        for profile in PROFILES.values()
        for replies in every_turn(topic, profile, TODAY)
        for reply in replies
        for button in reply.buttons
    }
    # then each payload is short, and names a topic
    assert [payload for payload in payloads if len(payload.encode()) > MAX_PAYLOAD_BYTES] == []
    assert {payload[1:].partition("{")[0] for payload in payloads} - set(BOOK.titles) == set()


def test_contracts_pay_and_aid_are_answered_with_sources() -> None:
    domains = {path.stem: path.parent.name for path in (CONTENT_DIR / "answers").rglob("*.yml")}
    unsigned = [topic for topic in ANSWERS if domains.get(topic) in PROGRAMME_DOMAINS and not ANSWERS[topic].facts]
    assert unsigned == []


def test_no_fact_that_an_answer_relies_on_waits_for_its_review() -> None:
    assert check_facts(BOOK.facts, BOOK, on=TODAY).costs_numbers is False


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
    used = {
        pair
        for answer in ANSWERS.values()
        for wording in answer.wordings.values()
        for group in wording.sayings
        for bubble in group
        for pair in PLACEHOLDER.findall(bubble)
    }
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
    # keys whose end is a name that the code knows: a question of a desk, an open month, a diploma
    made = (
        "ask_gate_", "ask_pay_", "ask_rights_", "button_bac_", "button_gate_", "button_rhythm_",
        "button_check_", "button_sans_bac_pro", "choice_topic_", "contact_ask_",
        "contact_field_", "contact_urgency_", "gate_", "need_for_", "nudge_booking_", "nudge_check_in_", "nudge_forum_",
        "pay_open_", "pitch_ask_", "practice_button_", "quiz_right_", "quiz_wrong_", "tutor_missing_", "tutor_part_",
    )  # fmt: skip
    assert [key for key in sentences() if not re.search(rf"[\"']{key}[\"']", code) and not key.startswith(made)] == []


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
