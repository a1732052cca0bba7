"""What of a conversation the team may read: not what the person keeps to themselves, a practice or the notebook.

Whether a message is the person's own is known once the assistant has read it: until then nobody of the team reads it.
"""

from collections.abc import Sequence
from itertools import takewhile

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from programme.models import Message, MessageState, PracticeRun

# the assistant has not read it
UNREAD = (MessageState.RECEIVED, MessageState.WAITING)


def may_be_read() -> ColumnElement[bool]:
    """A condition on `Message`: the team may read it, and that is sure. Practices that are shared are not in it."""
    return and_(Message.private.is_(False), Message.state.not_in(UNREAD))


def settled(messages: Sequence[Message]) -> list[Message]:
    """Those before one that is being read at this moment."""
    return list(takewhile(lambda message: message.state is not MessageState.RECEIVED, messages))


def readable(session: Session, messages: Sequence[Message]) -> list[Message]:
    """Those of a part of a conversation that the team may read, shared practices included.

    What waits for the assistant counts as what was said before it.
    """
    runs = {message.practice_run_id for message in messages if message.practice_run_id}
    shared = set(
        session.scalars(select(PracticeRun.id).where(PracticeRun.id.in_(runs), PracticeRun.shared_at.is_not(None)))
    )
    own = _own(messages)
    return [message for message in messages if message.id not in own or message.practice_run_id in shared]


def _own(messages: Sequence[Message]) -> set[int]:
    """The ids of what the person keeps to themselves."""
    unread = {message.id for message in messages if message.state is MessageState.WAITING}
    own: set[int] = set()
    among_own = False
    for message in messages:
        if message.id not in unread and message.in_reply_to not in unread:
            among_own = message.private
        if message.private or (message.id in unread and among_own):
            own.add(message.id)
    return own
