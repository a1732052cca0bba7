"""Escape games and the quiz, in the chat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from programme.bubbles import packed
from programme.dialogue_state import Question, Shown
from programme.games import EscapeGame, Room, load_games
from programme.quiz import QuizItem, load_quiz
from programme.replies import Button, Reply, go
from programme.texts import Texts

TOPIC = "play_quiz"
ROUND = 5
# a small test on one's rights: the answer to the topic
RIGHTS = "rights"


@dataclass(frozen=True)
class GameDesk:
    games: Mapping[str, EscapeGame]
    quiz: Sequence[QuizItem]
    texts: Texts

    @classmethod
    def load(cls, texts: Texts) -> Self:
        """Raises ContentError."""
        return cls(load_games(), load_quiz(), texts)

    def choose(self) -> Shown:
        buttons = [_go(game.title, f"{game.id}.start") for game in self.games.values()]
        quiz = _go(self.texts.say("game_button_quiz"), "quiz")
        rights = _go(self.texts.say("game_button_rights"), RIGHTS)
        return Shown([self.texts.reply("game_choose", quiz, *buttons, rights)])

    # -- escape games

    def start(self, game_id: str) -> Shown:
        return self._enter(self.games[game_id], self.games[game_id].rooms[0])

    def pressed(self, game_id: str, room_id: str, choice: str) -> Shown:
        """A choice in a room; an old button of a game that has changed begins it again."""
        game = self.games[game_id]
        room = game.room(room_id)
        if room is None or not choice.isdecimal() or int(choice) >= len(room.choices):
            return self.start(game_id)
        chosen = room.choices[int(choice)]
        following = game.room(chosen.to)
        assert following is not None  # checked when loaded
        shown = self._enter(game, following, again=chosen.to == room_id)
        return Shown([*([Reply(chosen.says)] if chosen.says else []), *shown.replies], shown.question)

    def written(self, place: str, text: str) -> Shown | None:
        """What was written at a lock; None when the lock does not exist any more."""
        game_id, room_id, tries = place.split(".")
        game = self.games.get(game_id)
        room = game.room(room_id) if game is not None else None
        if game is None or room is None or room.lock is None:
            return None
        following = game.room(room.lock.to)
        assert following is not None
        tried = int(tries)
        if room.lock.opened_by(text):
            shown = self._enter(game, following)
            return Shown([Reply(room.lock.right), *shown.replies], shown.question)
        if tried < len(room.lock.wrong):
            asked = Question(kind="game_lock", place=f"{game_id}.{room_id}.{tried + 1}")
            return Shown([Reply(room.lock.wrong[tried], (self._leave(),))], asked)
        shown = self._enter(game, following)
        return Shown([Reply(room.lock.opens), *shown.replies], shown.question)

    def opened_by(self, place: str, text: str) -> bool:
        """Is it the answer to the lock?"""
        game_id, room_id, _ = place.split(".")
        room = self.games[game_id].room(room_id) if game_id in self.games else None
        return room is not None and room.lock is not None and room.lock.opened_by(text)

    def _enter(self, game: EscapeGame, room: Room, *, again: bool = False) -> Shown:
        texts = room.says[-1:] if again else room.says
        before = [Reply(text) for text in texts[:-1]]
        if room.last:
            jobs = [f"• {job.name} : {job.says}" for job in game.jobs]
            met = list(packed(self.texts.say("game_jobs"), jobs))
            return Shown([*before, Reply(texts[-1]), *map(Reply, met[:-1]), Reply(met[-1], self._ways_on())])
        if room.lock is not None:
            asked = Question(kind="game_lock", place=f"{game.id}.{room.id}.0")
            return Shown([*before, Reply(texts[-1], (self._leave(),))], asked)
        buttons = [_go(choice.title, f"{game.id}.{room.id}.{position}") for position, choice in enumerate(room.choices)]
        return Shown([*before, Reply(texts[-1], tuple(buttons))])

    def _leave(self) -> Button:
        return _go(self.texts.say("game_button_leave"), "choose")

    def _ways_on(self) -> tuple[Button, ...]:
        return (
            _go(self.texts.say("game_button_other"), "choose"),
            Button(self.texts.say("lesson_button_practise"), "/start_roleplay"),
            Button(self.texts.say("game_button_jobs"), "/health_industry_jobs"),
        )

    # -- quiz

    def first_item(self, rounds: int) -> Shown:
        """A round; ``rounds`` played before make it begin further on."""
        return self._item(rounds * ROUND % len(self.quiz), 0, 0)

    def judged(self, place: str, said: bool) -> Shown | None:
        """The answer to an item, why, and the next one; None for a place that cannot be."""
        start, number, right = (int(part) if part.isdecimal() else -1 for part in (f"{place}...").split(".")[:3])
        if min(start, number, right) < 0 or number >= ROUND:
            return None
        item = self.quiz[(start + number) % len(self.quiz)]
        correct = said == item.holds
        key = f"quiz_{'right' if correct else 'wrong'}_{'true' if item.holds else 'false'}"
        judged = self.texts.reply(key, because=item.because)
        if number + 1 == ROUND:
            end = self.texts.reply(
                "quiz_end", _go(self.texts.say("quiz_button_again"), "quiz"), *self._ways_on(), right=right + correct
            )
            return Shown([judged, end])
        following = self._item(start, number + 1, right + correct)
        return Shown([judged, *following.replies], following.question)

    def _item(self, start: int, number: int, right: int) -> Shown:
        item = self.quiz[(start + number) % len(self.quiz)]
        place = f"{start}.{number}.{right}"
        buttons = (
            _go(self.texts.say("quiz_button_true"), f"q.{place}.v"),
            _go(self.texts.say("quiz_button_false"), f"q.{place}.f"),
        )
        asked = self.texts.reply("quiz_item", *buttons, number=number + 1, count=ROUND, claim=item.claim)
        return Shown([asked], Question(kind="quiz_item", place=place))


def _go(title: str, where: str) -> Button:
    return go(TOPIC, title, where)
