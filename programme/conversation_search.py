"""Full-text search in conversations, in French: which conversations hold these words, and where.

One tsvector a conversation, of what the person and the team typed and the team may read: neither practice nor notebook,
and not what the assistant says, which is the same everywhere. A rare word is found by its index; for a common one the
latest conversations are walked, and soon a page of them is full. Both sides are split into words and freed of accents
in the same way, here: PostgreSQL would take « cfa/lycée » for the name of a file, and « <3 » for the tag of a page.
"""

import re
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    Text,
    case,
    cast,
    delete,
    false,
    func,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import TSVECTOR, insert
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from programme import french
from programme.models import Author, Conversation, ConversationWords, Message, Takeover
from programme.team_reading import UNREAD, may_be_read

_WORD = re.compile(r"[^\W_]+")
# two letters in one, which half of the people type as two: « cœur »
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
# longer searches are cut: nobody types more
MOST_WORDS = 8
LONGEST_WORD = 100
# conversations that are looked up one by one: beyond, the latest are walked and a page is soon full
FEW = 2000
# what is looked through for the words, of each conversation of a page
MESSAGES_SHOWN = 200
# a tsvector holds a megabyte, and one that would not fit stops the indexing of all: so many messages and signs are
# read at once, and somebody who typed more different words than anybody is found by the later ones alone
MESSAGES_AT_ONCE = 200
LONGEST = 100_000
MOST_DIFFERENT = 20_000
# words are added every few seconds; after a worker that was down, those of the last days are looked at once more
LATELY = timedelta(hours=1)
CAUGHT_UP = timedelta(days=7)
SEARCHED = (Author.PERSON, Author.STAFF)
PAST_ALL = 2**63 - 1


def query_of(words: str) -> str:
    """What PostgreSQL looks for: each word, in its French forms; the last one may be a beginning. "" for no word."""
    found = [word[:LONGEST_WORD] for word in _words(words)[:MOST_WORDS]]
    return " & ".join([*found[:-1], f"{found[-1]}:*"]) if found else ""


def matches(session: Session, words: str) -> ColumnElement[bool]:
    """A condition on `Conversation`: all of these words were typed in it."""
    if not query_of(words):
        return false()
    held = select(ConversationWords.conversation_id).where(ConversationWords.words.op("@@")(_query(words)))
    # of a word that it has no statistics of, PostgreSQL supposes that it is common, and would walk all conversations
    session.execute(text("SET LOCAL enable_seqscan = off"))
    condition = among(session, held)
    session.execute(text("SET LOCAL enable_seqscan = on"))
    return condition


def among(session: Session, conversation_ids: Select[uuid.UUID]) -> ColumnElement[bool]:
    """A condition on `Conversation`: one of these. Few are named one by one, so that the query begins with them."""
    few = session.scalars(conversation_ids.limit(FEW + 1)).all()
    return Conversation.id.in_(few if len(few) <= FEW else conversation_ids)


def where(
    session: Session, conversation_ids: Sequence[uuid.UUID], words: str, *, each: int = 3
) -> dict[uuid.UUID, list[str]]:
    """Of these conversations, the latest messages that hold any of the words, at most ``each`` of them."""
    if not query_of(words):
        return {}
    # the first words of a long conversation were said long ago: the latest messages are looked at
    latest = (
        select(Message.id, Message.text)
        .where(Message.conversation_id == Conversation.id, Message.author.in_(SEARCHED), may_be_read())
        .order_by(Message.id.desc())
        .limit(MESSAGES_SHOWN)
        .correlate(Conversation)
        .lateral()
    )
    said = session.execute(
        select(Conversation.id, latest.c.text)
        .join(latest, true())
        .where(Conversation.id.in_(conversation_ids))
        .order_by(latest.c.id.desc())
    ).all()
    folded = func.unnest(cast([_plain(typed) for _, typed in said], ARRAY(Text)))
    numbered = folded.table_valued("words", with_ordinality="number").render_derived()
    any_of_them = func.to_tsquery("french", query_of(words).replace(" & ", " | "))
    hits = session.scalars(
        select(numbered.c.number)
        .where(func.to_tsvector("french", numbered.c.words).op("@@")(any_of_them))
        .order_by(numbered.c.number)
    )
    found: dict[uuid.UUID, list[str]] = {conversation_id: [] for conversation_id in conversation_ids}
    for number in hits:
        conversation_id, typed = said[number - 1]
        if len(found[conversation_id]) < each:
            found[conversation_id].append(typed)
    return found


def index_lately(session: Session, *, now: datetime) -> int:
    """Bring the words of what was written in lately up to date; how many conversations had something new."""
    # a counsellor may write long after the person did
    held = select(Takeover.conversation_id).where(or_(Takeover.ended_at.is_(None), Takeover.ended_at > now - LATELY))
    return _index(session, Conversation.last_wrote_at > now - LATELY) + _index(
        session, Conversation.id.in_(session.scalars(held).all())
    )


def index_missed(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Likewise for what was written while no worker lived, and for conversations of before there was a search.

    Of a worker that was down for more than `CAUGHT_UP`, some wait until their person writes again.
    """
    return _index(session, Conversation.last_wrote_at > now - CAUGHT_UP, limit=limit) + _index(
        session, ConversationWords.conversation_id.is_(None), limit=limit
    )


def _index(session: Session, which: ColumnElement[bool], *, limit: int = 500) -> int:
    up_to = func.coalesce(ConversationWords.up_to, 0)
    behind = session.scalars(
        select(Conversation.id)
        .outerjoin(ConversationWords, ConversationWords.conversation_id == Conversation.id)
        .where(Conversation.last_wrote_at.is_not(None), which, up_to < _latest_message())
        .order_by(Conversation.last_wrote_at.desc())
        .limit(limit)
    ).all()
    for conversation_id in behind:
        add_new(session, conversation_id)
    return len(behind)


def add_new(session: Session, conversation_id: uuid.UUID) -> None:
    """Add what was typed since, up to a message that the assistant has not read.

    Nothing is locked: those who write in a conversation take turns, so no earlier message becomes visible later.
    """
    rows = session.execute(
        select(Message.id, Message.author, Message.private, Message.text)
        .where(
            Message.conversation_id == conversation_id,
            Message.id > _up_to(session, conversation_id),
            Message.id < _first_unread(conversation_id),
        )
        .order_by(Message.id)
        .limit(MESSAGES_AT_ONCE)
    ).all()
    if not rows:
        return
    typed = _plain(" ".join(said for _, author, private, said in rows if author in SEARCHED and not private))
    new = func.strip(func.to_tsvector("french", typed[:LONGEST]), type_=TSVECTOR)
    statement = insert(ConversationWords).values(conversation_id=conversation_id, up_to=rows[-1].id, words=new)
    added = statement.excluded.words
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[ConversationWords.conversation_id],
            set_={
                "up_to": statement.excluded.up_to,
                "words": case(
                    (func.length(ConversationWords.words) > MOST_DIFFERENT, added),
                    else_=func.strip(ConversationWords.words.op("||")(added)),
                ),
            },
        )
    )


def rebuild(session: Session, conversation_id: uuid.UUID) -> None:
    """Forget the words and read them anew: something was erased, or is private now."""
    session.execute(delete(ConversationWords).where(ConversationWords.conversation_id == conversation_id))
    before = -1
    while before != (before := _up_to(session, conversation_id)):
        add_new(session, conversation_id)


def _up_to(session: Session, conversation_id: uuid.UUID) -> int:
    return (
        session.scalar(select(ConversationWords.up_to).where(ConversationWords.conversation_id == conversation_id)) or 0
    )


def _latest_message() -> ColumnElement[int]:
    """Of `Conversation`, the latest that can be added."""
    return (
        select(Message.id)
        .where(
            Message.conversation_id == Conversation.id,
            Message.id < _first_unread(Conversation.id),
        )
        .order_by(Message.id.desc())
        .limit(1)
        .correlate(Conversation)
        .scalar_subquery()
    )


def _first_unread(conversation_id: uuid.UUID | InstrumentedAttribute[uuid.UUID]) -> ColumnElement[int]:
    """Where the assistant has not read on; past every message when it has read all."""
    later = aliased(Message)
    return (
        select(func.coalesce(func.min(later.id), PAST_ALL))
        .where(later.conversation_id == conversation_id, later.state.in_(UNREAD))
        .correlate(Conversation)
        .scalar_subquery()
    )


def _query(words: str) -> ColumnElement[str]:
    return func.to_tsquery("french", query_of(words))


def _words(said: str) -> list[str]:
    return _WORD.findall(french.plain(said).translate(_LIGATURES))


def _plain(said: str) -> str:
    return " ".join(_words(said))
