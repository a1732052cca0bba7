"""What the schemas do not say about employers, games, lessons and cards (`declic content check`)."""

from collections.abc import Iterable, Iterator

from programme import games
from programme.assistant import Assistant
from programme.call_cards import GENERIC
from programme.practice import persona, rehearsal
from programme.practice.persona import Family, Replies
from programme.readability import MAX_SENTENCE_WORDS, sentences
from programme.replies import MAX_BUBBLE

FEWEST_EMPLOYERS = 16


def problems(assistant: Assistant) -> list[str]:
    """One line for each thing to change; [] when all is in order."""
    return [
        *_employers(assistant),
        *(line for game in assistant.games.games.values() for line in games.problems(game)),
        *_sentences(assistant),
        *_cards(assistant),
    ]


def _employers(assistant: Assistant) -> Iterator[str]:
    personas = assistant.practice.personas.values()
    if len(personas) < FEWEST_EMPLOYERS:
        yield f"{len(personas)} employers to practise with, {FEWEST_EMPLOYERS} at least"
    if missing := set(Family) - {each.family for each in personas}:
        yield f"no employer of: {', '.join(sorted(missing))}"
    if missing_levels := {1, 2, 3} - {each.level for each in personas}:
        yield f"no employer of level {', '.join(map(str, sorted(missing_levels)))}"
    for each in personas:
        yield from persona.problems(each)
        yield from rehearsal.problems(each)


def _sentences(assistant: Assistant) -> Iterator[str]:
    for where, texts in _spoken(assistant):
        for text in texts:
            for words in sentences(text):
                if len(words) > MAX_SENTENCE_WORDS:
                    start = " ".join(words[:6])
                    yield f"{where}: a sentence has {len(words)} words, {MAX_SENTENCE_WORDS} at most: {start}…"


def _spoken(assistant: Assistant) -> Iterator[tuple[str, Iterable[str]]]:
    for each in assistant.practice.personas.values():
        for moment in Replies.model_fields:
            yield f"employer {each.id}, {moment}", each.replies.of(moment)
        yield f"employer {each.id}", (each.visible, *each.hints.values(), *each.try_lines.values())
    for game in assistant.games.games.values():
        for room in game.rooms:
            yield f"game {game.id}, {room.id}", room.says
    for lesson in assistant.lessons.lessons.values():
        for step in lesson.steps:
            yield f"lesson {lesson.id}, {step.id}", (*step.says, step.example or "")
    for question in assistant.interview.questions:
        yield f"interview {question.id}", (question.how, question.back)
    yield "quiz", (item.because for item in assistant.games.quiz)


def _cards(assistant: Assistant) -> Iterator[str]:
    titles = assistant.cards.titles
    if missing := {*Family, GENERIC} - set(titles):
        yield f"no call card for: {', '.join(sorted(missing))}"
    for family in titles:
        card = assistant.cards.card(family)
        if len(card.opening.format(trade="x" * 25)) > MAX_BUBBLE - 3:
            yield f"call card {family}: the opening is longer than a bubble"
