"""The tracker that Rasa sees: one turn long, whatever the length of the conversation.

Rasa replays a conversation's whole tracker several times a turn, so a turn gets slower with each message (its issues
6334 and 11828; docs/decisions/ has figures). What must outlive a turn (the open question, the last topic, the
transcript) is in the programme database, where the action server reads it. Nothing that people wrote is kept here.
"""

from typing import Any, Iterable, Optional, Text

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted
from rasa.shared.core.trackers import ACTION_LISTEN_NAME, DialogueStateTracker


class OneTurnTrackerStore(TrackerStore):
    """Every turn begins as if the assistant were listening; nothing is saved."""

    def __init__(
        self,
        domain: Optional[Domain],
        host: Optional[Text] = None,
        event_broker: Optional[EventBroker] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(domain, event_broker, **kwargs)

    async def save(self, tracker: DialogueStateTracker) -> None:
        await self.stream_events(tracker)

    async def retrieve(self, sender_id: Text) -> DialogueStateTracker:
        """Never None: a new tracker would have Rasa run its session start as one more action in each turn."""
        tracker = self.init_tracker(sender_id)
        tracker.update(ActionExecuted(ACTION_LISTEN_NAME))
        return tracker

    async def keys(self) -> Iterable[Text]:
        return ()
