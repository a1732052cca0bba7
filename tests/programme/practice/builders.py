"""A persona whose every reply says when it is said."""

from typing import Any

from programme.practice.classes import HELPFUL, QuestionClass
from programme.practice.engine import Answered, Heard, Practice, answer, begin
from programme.practice.persona import RELEASING, Persona, Replies

NEED_WORD = "pneus"
SURE = 0.9


def persona_data(**changes: Any) -> dict[str, Any]:
    """What a file under content/practice/ holds; each list has three replies."""
    steps = {str(step): f"pour {step}" for step in HELPFUL}
    data: dict[str, Any] = {
        "id": "garage_test",
        "family": "garage",
        "level": 1,
        "who": {"name": "Ada Test", "title": "Mme Test", "role": "patronne", "mood": "calme", "speech": "parle peu"},
        "company": {"name": "Garage Test", "activity": "garage", "size": 3, "town": "Cachan"},
        "trades": ["mécanicien", "mécano"],
        "visible": "Un petit garage au coin de la rue, deux voitures devant.",
        "need": {
            "text": "il lui manque quelqu'un pour les pneus",
            "words": ["pneu", "samedi"],
            "answers": ["aider", "monter"],
        },
        "skills": ["soin", "rapidité"],
        "deadline": "avant l'hiver",
        "machines": ["pont", "valise", "compresseur"],
        "replies": {moment: _three(moment) for moment in Replies.model_fields},
        "echoes": {kind: [f"{kind} {{word}} un.", f"{kind} {{word}} deux."] for kind in ("trade", "day", "machine")},
        "hints": {step: f"Conseil {text}" for step, text in steps.items()},
        "try_lines": {
            step: f"Essai {text}, les {NEED_WORD}" if _late(step) else f"Essai {text}" for step, text in steps.items()
        },
    }
    return data | changes


def a_persona(**changes: Any) -> Persona:
    return Persona.model_validate(persona_data(**changes))


def say(kind: QuestionClass | str, text: str = "", *, confidence: float = SURE, trade: str = "") -> Heard:
    """A line of this class; its words are neutral unless given."""
    found = QuestionClass(kind)
    return Heard(text or f"ma phrase {found}", found, confidence, trade)


def play(persona: Persona, *lines: Heard, level: int = 1, offset: int = 0) -> list[Answered]:
    """What comes back to each line."""
    practice = begin(persona, level=level, offset=offset).practice
    heard: list[Answered] = []
    for line in lines:
        heard.append(answer(persona, practice, line))
        practice = heard[-1].practice
    return heard


def after(persona: Persona, *lines: Heard, level: int = 1) -> Practice:
    return play(persona, *lines, level=level)[-1].practice


GOOD_CALL = (
    say("opening", "Bonjour, je m'appelle Lina"),
    say("activity", "Comment s'organise une journée ?"),
    say("need", "Qu'est-ce qui vous prend du temps ?"),
    say("skill", "Quel geste compte le plus ?"),
    say("short_term", "Qu'est-ce qui arrive ce mois-ci ?"),
    say("rephrase", "Donc ce sont les pneus qui coincent ?"),
    say("offer", "Je peux venir aider un samedi."),
    say("next_step", "Je vous rappelle quand ?"),
    say("closing", "Merci, au revoir."),
)


def _three(moment: str) -> list[str]:
    given = f", les {NEED_WORD}" if moment in RELEASING else ""
    return [f"{moment} {number}{given}" for number in ("un", "deux", "trois")]


def _late(step: str) -> bool:
    return step in ("rephrase", "offer")
