"""Escape games in the chat: ``content/games/``, one file each. Choices and codes lead from room to room."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from nlu.french.entities import fold
from programme.content import CONTENT_DIR, ContentModel, read_folder
from programme.errors import ContentError
from programme.replies import MAX_BUBBLE

Bubble = Annotated[str, Field(min_length=2, max_length=MAX_BUBBLE)]
RoomId = Annotated[str, Field(pattern=r"^[a-z_]{2,24}$")]


class Choice(ContentModel):
    """A button. ``says`` is what happens, said before the next room; to the same room when the try was wrong."""

    title: str = Field(min_length=1, max_length=30)
    to: RoomId
    says: Bubble | None = None


class Lock(ContentModel):
    """What has to be written to go on. ``accepts`` are whole answers (accents and capitals do not count).

    Each wrong try gives the next line of ``wrong``; after the last one the way opens all the same, with ``opens``.
    """

    accepts: tuple[str, ...] = Field(min_length=1)
    to: RoomId
    right: Bubble
    wrong: tuple[Bubble, ...] = Field(min_length=2, max_length=4)
    opens: Bubble

    def opened_by(self, text: str) -> bool:
        words = _words(text)
        return any(re.search(rf"(?:^| ){re.escape(_words(answer))}(?: |$)", words) for answer in self.accepts)


class Room(ContentModel):
    """A place with its bubbles, then either ``choices`` or a ``lock``; the last room has neither."""

    id: RoomId
    says: tuple[Bubble, ...] = Field(min_length=1, max_length=3)
    choices: tuple[Choice, ...] = Field(default=(), max_length=4)
    lock: Lock | None = None

    @model_validator(mode="after")
    def _one_way_on(self) -> Self:
        if self.choices and self.lock is not None:
            raise ValueError("choices or a lock, not both")
        return self

    @property
    def last(self) -> bool:
        return not self.choices and self.lock is None

    @property
    def exits(self) -> tuple[str, ...]:
        return (self.lock.to,) if self.lock is not None else tuple(choice.to for choice in self.choices)


class Job(ContentModel):
    """A trade met on the way, said at the end."""

    name: str = Field(min_length=3, max_length=40)
    says: str = Field(min_length=10, max_length=140)


class EscapeGame(ContentModel):
    id: str = Field(pattern=r"^[a-z]{3,12}$")
    univers: str = Field(min_length=5, max_length=60)
    title: str = Field(min_length=5, max_length=30)
    # rooms in the order of writing; the first one opens the game
    rooms: tuple[Room, ...] = Field(min_length=5, max_length=14)
    jobs: tuple[Job, ...] = Field(min_length=3, max_length=6)

    def room(self, room_id: str) -> Room | None:
        return next((room for room in self.rooms if room.id == room_id), None)


def load_games(folder: Path = CONTENT_DIR / "games") -> dict[str, EscapeGame]:
    """By id. Raises ContentError."""
    games = read_folder(EscapeGame, folder)
    for game in games.values():
        if unknown := {to for room in game.rooms for to in room.exits} - {room.id for room in game.rooms}:
            raise ContentError(f"game {game.id}: no room is called {', '.join(sorted(unknown))}")
    return games


def problems(game: EscapeGame) -> Iterator[str]:
    """Rooms that nobody reaches, rooms without a way out, choices of a room that are the same."""
    where = f"game {game.id}"
    ids = [room.id for room in game.rooms]
    if len(set(ids)) < len(ids):
        yield f"{where}: two rooms have the same id"
    reached, todo = {ids[0]}, [ids[0]]
    while todo:
        room = game.room(todo.pop())
        assert room is not None
        new = set(room.exits) - reached
        reached |= new
        todo += new
    if lost := set(ids) - reached:
        yield f"{where}: nobody reaches {', '.join(sorted(lost))}"
    leads_out = {room.id for room in game.rooms if room.last}
    if not leads_out:
        yield f"{where}: no last room (without choices and lock)"
    while more := {room.id for room in game.rooms if set(room.exits) & leads_out} - leads_out:
        leads_out |= more
    if stuck := set(ids) - leads_out:
        yield f"{where}: no way out of {', '.join(sorted(stuck))}"
    for room in game.rooms:
        titles = [choice.title for choice in room.choices]
        if len(set(titles)) < len(titles):
            yield f"{where}, {room.id}: two choices have the same title"
        for choice in room.choices:
            if choice.to == room.id and choice.says is None:
                yield f"{where}, {room.id}: « {choice.title} » leads back without saying why"


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(text)))
