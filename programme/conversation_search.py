"""Full-text search in conversations, in French: which conversations hold these words, and where.

One tsvector a conversation, of what the person and the team typed and the team may read: neither practice nor notebook,
and not what the assistant says, which is the same everywhere. A rare word is found by its index; for a common one the
latest conversations are walked, and soon a page of them is full. Accents are folded on both sides (`french.plain`).
"""

import re
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, delete, false, func, literal, select, text
from sqlalchemy.dialects.postgresql import TSVECTOR, insert
from sqlalchemy.orm import Session

from programme import french
from programme.models import Author, Conversation, ConversationWords, Message

_WORD = re.compile(r"\w+")
# longer searches are cut: nobody types more
MOST_WORDS = 8
# so many messages of a conversation are read at once; tsvector itself holds a megabyte
MESSAGES_AT_ONCE = 500
# conversations that are looked up one by one: beyond, the latest are walked and a page is soon full
FEW = 2000
# a counsellor may write for a while after the person did
LATELY = timedelta(hours=1)
SEARCHED = (Author.PERSON, Author.STAFF)


def query_of(words: str) -> str:
    """What PostgreSQL looks for: each word, in its French forms; the last one may be a beginning. "" for no word."""
    found = _WORD.findall(french.plain(words).replace("_", " "))[:MOST_WORDS]
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
    found: dict[uuid.UUID, list[str]] = {}
    if not query_of(words):
        return found
    any_of_them = func.to_tsquery("french", query_of(words).replace(" & ", " | "))
    for conversation_id in conversation_ids:
        # the first words of a long conversation were said long ago: the latest messages are looked at
        latest = (
            select(Message.id, Message.text)
            .where(Message.conversation_id == conversation_id, Message.author.in_(SEARCHED), Message.private.is_(False))
            .order_by(Message.id.desc())
            .limit(MESSAGES_AT_ONCE)
            .subquery()
        )
        found[conversation_id] = list(
            session.scalars(
                select(latest.c.text)
                .where(func.to_tsvector("french", _folded(latest.c.text)).op("@@")(any_of_them))
                .order_by(latest.c.id.desc())
                .limit(each)
            )
        )
    return found


def index_lately(session: Session, *, now: datetime) -> int:
    """Bring the words of what was written in lately up to date; how many conversations had something new."""
    return _index(session, Conversation.last_wrote_at > now - LATELY)


def index_missed(session: Session, *, limit: int = 500) -> int:
    """Likewise for conversations without any words, such as those of before there was a search: the latest first."""
    return _index(session, ConversationWords.conversation_id.is_(None), limit=limit)


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
    """Add what was typed since. The conversation's row is locked by who writes in it, so nothing is committed late."""
    session.execute(select(Conversation.id).where(Conversation.id == conversation_id).with_for_update())
    up_to = session.scalar(select(ConversationWords.up_to).where(ConversationWords.conversation_id == conversation_id))
    rows = session.execute(
        select(Message.id, Message.author, Message.private, Message.text)
        .where(Message.conversation_id == conversation_id, Message.id > (up_to or 0))
        .order_by(Message.id)
        .limit(MESSAGES_AT_ONCE)
    ).all()
    if not rows:
        return
    typed = " ".join(said for _, author, private, said in rows if author in SEARCHED and not private)
    new = func.strip(func.to_tsvector("french", _plain(typed)), type_=TSVECTOR)
    statement = insert(ConversationWords).values(conversation_id=conversation_id, up_to=rows[-1].id, words=new)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[ConversationWords.conversation_id],
            set_={
                "up_to": statement.excluded.up_to,
                "words": func.strip(ConversationWords.words.op("||")(statement.excluded.words)),
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
    return (
        select(Message.id)
        .where(Message.conversation_id == Conversation.id)
        .order_by(Message.id.desc())
        .limit(1)
        .correlate(Conversation)
        .scalar_subquery()
    )


def _query(words: str) -> ColumnElement[str]:
    return func.to_tsquery("french", query_of(words))


# what PostgreSQL takes for the tag of a page, it leaves out with all that stands in it
_TAGS = str.maketrans("<>", "  ")
# `_plain` in SQL: the letters that French and its neighbours write
_ACCENTED, _BARE = "àâäáãåçéèêëíìîïñóòôöõúùûüýÿ’<>", "aaaaaaceeeeiiiinooooouuuuyy'  "


def _plain(said: str) -> str:
    return french.plain(said).translate(_TAGS)


def _folded(said: ColumnElement[str]) -> ColumnElement[str]:
    return func.translate(func.lower(said), literal(_ACCENTED), literal(_BARE))
