"""The dialogue server's door: one message in, the replies and what was understood out, in one request.

Rasa's own REST channel keeps the intent to itself, and asking `/model/parse` beside it would parse each message twice.
"""

from typing import Any, Awaitable, Callable, Dict, List

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from nlu.components.action_client import KeptOpenEndpoint, check_answers_only, keep_open


class TurnInput(InputChannel):
    """`POST /webhooks/turn/message` with `{"conversation_id", "text"}`."""

    @classmethod
    def name(cls) -> str:
        return "turn"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        blueprint = Blueprint("turn_input", "nlu.components.turn_channel")
        check_answers_only()
        opened: List[KeptOpenEndpoint] = []

        @blueprint.listener("before_server_stop")
        async def close_action_connection(*_: Any) -> None:
            for endpoint in opened:
                await endpoint.close()

        @blueprint.get("/")
        async def health(_request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @blueprint.post("/message")
        async def message(request: Request) -> HTTPResponse:
            conversation_id: str = request.json["conversation_id"]
            text: str = request.json["text"]
            agent = request.app.ctx.agent
            if agent is None or not agent.is_ready():
                return response.json({"detail": "no model is loaded yet"}, status=503)
            if not isinstance(agent.action_endpoint, KeptOpenEndpoint):  # the first message to this model
                opened.append(keep_open(agent))
            parsed: Dict[str, Any] = await agent.parse_message(text)
            collector = CollectingOutputChannel()
            await on_new_message(
                UserMessage(text, collector, conversation_id, parse_data=parsed, input_channel=self.name())
            )
            return response.json(
                {
                    "intent": parsed["intent"].get("name"),
                    "confidence": parsed["intent"].get("confidence"),
                    "replies": _replies(collector.messages),
                }
            )

        return blueprint


def _replies(messages: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """Rasa hands over what an action adds to a text (`custom`) as a message of its own, right after it."""
    replies: List[Dict[str, Any]] = []
    for message in messages:
        if "custom" in message and replies:
            replies[-1].update(message["custom"])
        else:
            replies.append({"text": message.get("text", ""), "buttons": message.get("buttons", [])})
    return replies
