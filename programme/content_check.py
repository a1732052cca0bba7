"""What a schema does not say about the content, in words that a writer can act on (`declic content check`)."""

import re
from collections.abc import Iterator

from programme.answers import PLACEHOLDER, Answer, AnswerBook, SafetyAnswer
from programme.readability import hard_to_read

_ADDRESS = re.compile(r"https?://\S+")
# a call for help is answered with help: no workshop, no practice, no programme
_NOT_IN_SAFETY = frozenset({"list_workshops", "workshop_info", "book_workshop", "start_roleplay", "play_quiz"})


def problems(answers: AnswerBook) -> list[str]:
    """One line for each thing to change; [] when the content is in order."""
    missing = [f"topic {topic} has no answer" for topic in answers.titles if topic not in answers and topic != "inform"]
    return missing + [line for answer in answers.all for line in _in_answer(answer)]


def _in_answer(answer: Answer) -> Iterator[str]:
    for audience, wording in answer.wordings.items():
        where = f"answer {answer.topic}" + (f", for {audience}" if audience else "")
        for bubbles in wording.sayings:
            yield from (f"{where}: {problem}" for problem in hard_to_read(bubbles))
            for bubble in bubbles:
                written = PLACEHOLDER.sub("", bubble)
                if re.search(r"\d", written):
                    yield f"{where}: a number that is no fact: « {bubble[:60]}… » (write {{series.value}})"
                if _ADDRESS.search(written):
                    yield f"{where}: an address in a bubble: sources come from the facts"
        intents = [button.intent for button in wording.buttons]
        ways = [(button.intent, button.go) for button in wording.buttons]
        titles = [button.title for button in wording.buttons]
        if not intents:
            yield f"{where}: no button: the person is left without a way to go on"
        if len(set(ways)) < len(ways) or len(set(titles)) < len(titles):
            yield f"{where}: two buttons are the same"
        if (answer.topic, None) in ways:
            yield f"{where}: a button leads back to the answer itself"
        if isinstance(answer, SafetyAnswer) and (away := _NOT_IN_SAFETY.intersection(intents)):
            yield f"{where}: a call for help is not answered with {', '.join(sorted(away))}"


def awaiting_approval(answers: AnswerBook) -> list[str]:
    """The wordings that those who must approve them have not read yet."""
    return [
        f"safety answer {answer.topic}: not read yet by {', '.join(answer.approval.by)}"
        for answer in answers.all
        if isinstance(answer, SafetyAnswer) and answer.approval.reviewed_on is None
    ]
