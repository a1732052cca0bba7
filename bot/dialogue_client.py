"""Talking to the dialogue server."""

import json
import uuid
from dataclasses import dataclass
from typing import Self

import httpx

from programme.errors import DialogueDown
from programme.replies import Bar, Button, Reply, Step

# shorter than the conversation's lease, so that a turn never outlives it
TURN_TIMEOUT_S = 20.0
CONNECT_TIMEOUT_S = 2.0
# reading a message takes some milliseconds
READ_TIMEOUT_S = 5.0
# turns that the dialogue server works on at the same time; it is one process, more would only wait inside it
MAX_CONNECTIONS = 32


@dataclass(frozen=True)
class TurnAnswer:
    """What was understood (``confidence`` from 0 to 1) and what to say."""

    intent: str | None
    confidence: float | None
    replies: list[Reply]

    @property
    def practice_run_id(self) -> int | None:
        """Of the practice that the turn belongs to."""
        return next((reply.run for reply in self.replies if reply.run), None)

    @property
    def private(self) -> bool:
        """Is the turn the person's own?"""
        return any(reply.private for reply in self.replies)


class DialogueClient:
    def __init__(self, base_url: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=base_url,
            timeout=httpx.Timeout(TURN_TIMEOUT_S, connect=CONNECT_TIMEOUT_S, pool=TURN_TIMEOUT_S),
            limits=httpx.Limits(max_connections=MAX_CONNECTIONS),
            trust_env=False,  # always on this machine: no proxy
        )

    async def turn(self, conversation_id: uuid.UUID, text: str) -> TurnAnswer:
        """Have the dialogue server read one message and run its actions.

        Raises:
            DialogueDown: no answer, an error, or nothing to say (the action server is down): the message is to be
                sent again later. It may then be read twice, which is safe: asking twice for a place gives one.
        """
        try:
            response = await self._http.post(
                "/webhooks/turn/message", json={"conversation_id": str(conversation_id), "text": text}
            )
            response.raise_for_status()
            answer = response.json()
        except (httpx.HTTPError, json.JSONDecodeError) as error:
            raise DialogueDown(type(error).__name__) from error
        replies = [
            Reply(
                reply["text"],
                tuple(Button(each["title"], each["payload"]) for each in reply["buttons"]),
                tuple(Bar(**bar) for bar in reply.get("chart", ())),
                tuple(Step(**step) for step in reply.get("path", ())),
                reply.get("speaker", ""),
                reply.get("run", 0),
                reply.get("private", False),
            )
            for reply in answer["replies"]
        ]
        if not replies:
            raise DialogueDown("nothing was answered")
        return TurnAnswer(answer["intent"], answer["confidence"], replies)

    async def understand(self, text: str) -> tuple[str, float]:
        """What the message looks like (intent, confidence from 0 to 1), without answering it. Raises DialogueDown."""
        try:
            response = await self._http.post("/model/parse", json={"text": text}, timeout=READ_TIMEOUT_S)
            response.raise_for_status()
            found = response.json()["intent"]
            return found["name"], found["confidence"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise DialogueDown(type(error).__name__) from error

    async def ready(self) -> bool:
        """Has it loaded its model?"""
        try:
            response = await self._http.get("/status", timeout=CONNECT_TIMEOUT_S)
        except httpx.HTTPError:
            return False
        return response.status_code == httpx.codes.OK

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
