"""How the dialogue server calls the action server: one connection kept open, each answer checked at little cost.

Rasa opens a connection for each action, and validates the very schema of the answers, not only the answer, each
time: two thirds of a turn, measured. docs/decisions/ has the profile.
"""

from contextlib import asynccontextmanager
from typing import Any, AsyncIterator, Dict, Optional

import aiohttp
from jsonschema import Draft202012Validator
from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.utils.endpoints import EndpointConfig

_ANSWER = Draft202012Validator(RemoteAction.action_response_format_spec())


class KeptOpenEndpoint(EndpointConfig):
    """An endpoint whose requests share one HTTP session, hence its open connections."""

    _kept: Optional[aiohttp.ClientSession] = None

    @asynccontextmanager
    async def session(self) -> AsyncIterator[aiohttp.ClientSession]:  # type: ignore[override]
        """Rasa leaves the session after each request; here that does not close it."""
        if self._kept is None or self._kept.closed:
            self._kept = super().session()
        yield self._kept

    async def request(self, *args: Any, **kwargs: Any) -> Optional[Any]:
        """With an empty domain: rasa-sdk asks for one, and no action of ours reads it."""
        if isinstance(kwargs.get("json"), dict):
            kwargs["json"].setdefault("domain", {})
        return await super().request(*args, **kwargs)

    async def close(self) -> None:
        if self._kept is not None:
            await self._kept.close()


def keep_open(agent: Agent) -> KeptOpenEndpoint:
    """Have this agent call its action server through one kept session; the caller closes it at the end."""
    plain = agent.action_endpoint
    endpoint = KeptOpenEndpoint(url=plain.url, **plain.kwargs)
    agent.action_endpoint = endpoint  # for the models loaded later
    if agent.processor is not None:
        agent.processor.action_endpoint = endpoint
    return endpoint


def check_answers_only() -> None:
    """Validate answers against a schema that is compiled once.

    The only place where Rasa itself is changed: it has no extension point here, and its own method
    (`jsonschema.validate`) checks the schema anew with each answer. What is accepted stays the same.
    """

    def validate(_self: RemoteAction, result: Dict[str, Any]) -> bool:
        _ANSWER.validate(result)
        return True

    RemoteAction._validate_action_result = validate
