"""What misread messages meant: proposed by who answers young people, decided by an author, then part of the data.

Phrases are free of names and numbers from the first moment on that somebody sees them here. An author sees those of
everybody, and never whose they are; the others see those of the people within their reach.
"""

import uuid
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from programme.errors import (
    CorrectionDecided,
    CorrectionNotFound,
    PhraseKnown,
    PhraseWrong,
    ReviewNotFound,
    TopicUnknown,
)
from programme.likeness import groups
from programme.masking import masker
from programme.models import (
    Author,
    ChannelIdentity,
    Conversation,
    Correction,
    CorrectionState,
    CorrectionUse,
    Message,
    Person,
    Review,
    ReviewReason,
    StaffMember,
)
from programme.permissions import Member, Right, people_within_reach
from programme.phrase_book import Labelled, PhraseBook, keys

# of what nobody has looked at, so many of the latest are grouped
LIMIT = 300
SHOWN_GROUPS = 25
# topics offered as buttons
LIKELIEST = 3
# a phrase to learn from says one thing
LONGEST = 300


@dataclass(frozen=True)
class Misread:
    """A message to review. ``phrase``: without names and numbers. ``conversation_id``: None for who reaches nobody.

    ``taken_for``: an intent, or None; ``confidence``: 0 to 1. ``likeliest``: intents, the likeliest first.
    """

    message_id: int
    phrase: str
    taken_for: str | None
    confidence: float | None
    likeliest: tuple[str, ...]
    reason: ReviewReason | None
    conversation_id: uuid.UUID | None


@dataclass(frozen=True)
class Group:
    """Messages that are alike. ``key``: where it stands among the groups."""

    misread: tuple[Misread, ...]
    likeliest: tuple[str, ...]
    key: tuple[int, int]


@dataclass(frozen=True)
class ToReview:
    """A page of groups. ``waiting``: messages in all of them; ``more``: there may be older ones than these."""

    groups: tuple[Group, ...]
    waiting: int
    more: bool
    following: tuple[int, int] | None


@dataclass(frozen=True)
class Proposed:
    """``elsewhere``: the same phrase under another topic, which an author will have to sort out."""

    correction_id: int
    elsewhere: Labelled | None


@dataclass
class Outcome:
    """What became of each message of a group. ``too_long``: those wait on, to be shortened; ``elsewhere``: how many of
    the proposed stand under another topic."""

    proposed: int = 0
    elsewhere: int = 0
    known: int = 0
    too_long: int = 0
    decided: int = 0


@dataclass(frozen=True)
class ToDecide:
    """A proposal as an author reads it. ``against``: what stands in the way of learning from it."""

    correction: Correction
    proposed_by: str | None
    against: Labelled | None


class _Row(NamedTuple):
    """A message, the name of who typed it, and its review, when it has one."""

    message: Message
    name: str | None
    review: Review | None


def to_review(
    session: Session,
    who: Member,
    *,
    topics: Collection[str],
    limit: int = LIMIT,
    first: int = SHOWN_GROUPS,
    after: tuple[int, int] | None = None,
) -> ToReview:
    """The latest open reviews within reach, grouped: the largest group first.

    Only the groups of the page are freed of names, which takes time. ``topics``: those that may be offered.
    ``after``: the key of the last group of the page before.
    """
    waiting = _readable(session, who).where(Review.id.is_not(None), Review.closed_at.is_(None))
    rows = [_Row(*row) for row in session.execute(waiting.order_by(Review.id.desc()).limit(limit))]
    alike = [[rows[position] for position in group] for group in groups([row.message.text for row in rows])]
    keyed = sorted(((-len(group), -group[0].message.id), group) for group in alike)
    left = [entry for entry in keyed if after is None or entry[0] > after]
    shown = [(key, _masked(group, who, topics)) for key, group in left[:first]]
    return ToReview(
        groups=tuple(Group(misread, _together(misread), key) for key, misread in shown),
        waiting=len(rows),
        more=len(rows) == limit,
        following=shown[-1][0] if len(left) > first else None,
    )


def one(session: Session, who: Member, message_id: int, *, topics: Collection[str]) -> Misread:
    """A message to correct, whether it waits for a review or not. Raises ReviewNotFound when it is out of reach."""
    return _masked([_reached(session, who, message_id)], who, topics)[0]


def propose(
    session: Session,
    who: Member,
    message_id: int,
    *,
    topic: str,
    book: PhraseBook,
    now: datetime,
    use: CorrectionUse = CorrectionUse.TRAINING,
    phrase: str | None = None,
) -> Proposed:
    """Say what a message that waits for a review meant, which closes the review. ``phrase``: as it was shortened or
    put right by hand; without it the message, freed of names and numbers. A new proposal replaces an undecided one.

    Raises:
        ReviewNotFound: no such message waits within reach.
        TopicUnknown, PhraseWrong: it stays as it is.
        PhraseKnown: this topic has the phrase already, in the data or among what was proposed.
        CorrectionDecided: an author has decided on this message.
    """
    row = _reached(session, who, message_id)
    if row.review is None:
        raise ReviewNotFound(message_id)
    known = _Known(book, _waiting(session))
    return _propose(session, who, row, topic=topic, known=known, now=now, use=use, phrase=phrase)


def propose_group(
    session: Session, who: Member, message_ids: Collection[int], *, topic: str, book: PhraseBook, now: datetime
) -> Outcome:
    """Say of all these what they meant. What the topic knows already is closed: there is nothing to add.

    Raises:
        ReviewNotFound: one of them does not wait within reach; nothing is proposed.
        TopicUnknown.
    """
    rows = [_Row(*row) for row in session.execute(_readable(session, who).where(Message.id.in_(message_ids)))]
    missing = set(message_ids) - {row.message.id for row in rows if row.review is not None}
    if missing:
        raise ReviewNotFound(min(missing))
    known, outcome = _Known(book, _waiting(session)), Outcome()
    for row in sorted(rows, key=lambda each: each.message.id):
        try:
            found = _propose(session, who, row, topic=topic, known=known, now=now)
        except PhraseKnown:
            outcome.known += _close(session, [row.message.id], now=now)
        except PhraseWrong:
            outcome.too_long += 1
        except CorrectionDecided:
            outcome.decided += 1
        else:
            outcome.proposed += 1
            outcome.elsewhere += found.elsewhere is not None
    return outcome


def correct(
    session: Session,
    who: Member,
    message_id: int,
    *,
    topic: str,
    book: PhraseBook,
    now: datetime,
    use: CorrectionUse = CorrectionUse.TRAINING,
    phrase: str | None = None,
) -> Proposed:
    """The same for any message that the team may read, found while reading a conversation. Raises as `propose`."""
    row = _reached(session, who, message_id)
    if row.review is None:
        session.execute(
            insert(Review)
            .values(
                message_id=message_id,
                conversation_id=row.message.conversation_id,
                reason=ReviewReason.CORRECTED,
                ranking=[],
                created_at=now,
            )
            .on_conflict_do_nothing(index_elements=[Review.message_id])
        )
    known = _Known(book, _waiting(session))
    return _propose(session, who, row, topic=topic, known=known, now=now, use=use, phrase=phrase)


def set_aside(session: Session, who: Member, message_ids: Collection[int], *, now: datetime) -> int:
    """There is nothing to learn from these: their reviews are closed, as far as they are within reach. How many."""
    reached = _readable(session, who).with_only_columns(Message.id).where(Message.id.in_(message_ids))
    return _close(session, list(session.scalars(reached)), now=now)


def to_decide(session: Session, *, book: PhraseBook, limit: int, after: int = 0) -> list[ToDecide]:
    """Proposals that wait for an author, the oldest first, from those after this id on."""
    rows = session.execute(
        select(Correction, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == Correction.proposed_by_id)
        .where(Correction.state == CorrectionState.PROPOSED, Correction.id > after)
        .order_by(Correction.id)
        .limit(limit)
    )
    accepted = _accepted_book(session, book)
    return [
        ToDecide(
            correction,
            name,
            book.stands_against(correction.phrase, correction.use)
            or accepted.stands_against(correction.phrase, correction.use),
        )
        for correction, name in rows
    ]


def accept(
    session: Session,
    correction_id: int,
    *,
    staff_id: int,
    use: CorrectionUse,
    book: PhraseBook,
    now: datetime,
    topic: str | None = None,
    phrase: str | None = None,
) -> Correction:
    """An author takes the phrase, as it is or changed: the model learns from it, or is judged on it.

    Raises:
        CorrectionNotFound, CorrectionDecided: nothing waits under this id.
        TopicUnknown, PhraseWrong: it stays as it is.
        PhraseKnown: it may not be used so, see `PhraseBook.stands_against`.
    """
    correction = _undecided(session, correction_id)
    topic = correction.topic if topic is None else topic
    text = _checked(correction.phrase if phrase is None else phrase)
    if topic not in book:
        raise TopicUnknown(topic)
    against = book.stands_against(text, use) or _accepted_book(session, book).stands_against(text, use)
    if against is not None:
        raise PhraseKnown(against.topic, against.text)
    correction.topic, correction.phrase, correction.use = topic, text, use
    return _decide(correction, CorrectionState.ACCEPTED, staff_id=staff_id, now=now)


def refuse(session: Session, correction_id: int, *, staff_id: int, now: datetime) -> Correction:
    """It is kept out of the data. Raises CorrectionNotFound, CorrectionDecided."""
    return _decide(_undecided(session, correction_id), CorrectionState.REFUSED, staff_id=staff_id, now=now)


def accepted(session: Session) -> list[Correction]:
    """What waits to be written to the data, the oldest first."""
    return list(
        session.scalars(select(Correction).where(Correction.state == CorrectionState.ACCEPTED).order_by(Correction.id))
    )


def mark_exported(session: Session, correction_ids: Collection[int], *, now: datetime) -> None:
    """They are in the data."""
    session.execute(
        update(Correction)
        .where(Correction.id.in_(correction_ids), Correction.state == CorrectionState.ACCEPTED)
        .values(state=CorrectionState.EXPORTED, state_at=now)
    )


def exported(session: Session, *, limit: int, before: int | None = None) -> list[Correction]:
    """What is in the data, the latest first, from those before this id on."""
    found = select(Correction).where(Correction.state == CorrectionState.EXPORTED)
    if before is not None:
        found = found.where(Correction.id < before)
    return list(session.scalars(found.order_by(Correction.id.desc()).limit(limit)))


def count(session: Session, state: CorrectionState) -> int:
    found = session.scalar(select(func.count()).select_from(Correction).where(Correction.state == state))
    return found or 0


# -- which messages


def _readable(session: Session, who: Member) -> Select[Message, str | None, Review | None]:
    """Rows of what people typed and do not keep to themselves, within reach."""
    return (
        select(Message, Person.display_name, Review)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .join(Person, Person.id == ChannelIdentity.person_id)
        .outerjoin(Review, Review.message_id == Message.id)
        .where(
            Message.author == Author.PERSON,
            Message.payload.is_(None),
            Message.private.is_(False),
            Message.text != "",
            _within_reach(session, who),
        )
    )


def _within_reach(session: Session, who: Member) -> ColumnElement[bool]:
    return true() if _reaches_nobody(who) else people_within_reach(session, who)


def _reaches_nobody(who: Member) -> bool:
    """An author reads phrases of everybody, since there is no telling whose they are."""
    return who.may(Right.ACCEPT)


def _reached(session: Session, who: Member, message_id: int) -> _Row:
    row = session.execute(_readable(session, who).where(Message.id == message_id)).one_or_none()
    # of somebody of whom nothing waits an author must not even know that they wrote
    if row is None or (row[2] is None and _reaches_nobody(who)):
        raise ReviewNotFound(message_id)
    return _Row(*row)


def _masked(rows: Sequence[_Row], who: Member, topics: Collection[str]) -> tuple[Misread, ...]:
    return tuple(
        Misread(
            message_id=row.message.id,
            phrase=_phrase_of(row),
            taken_for=row.message.intent,
            confidence=row.message.confidence,
            likeliest=_likeliest(row, topics),
            reason=row.review.reason if row.review is not None else None,
            conversation_id=None if _reaches_nobody(who) else row.message.conversation_id,
        )
        for row in rows
    )


def _phrase_of(row: _Row) -> str:
    """In one line, without names and numbers; the person's own name is hidden however they write it."""
    names = [row.name] if row.name else []
    return " ".join(masker().mask(row.message.text, names).split())


def _likeliest(row: _Row, topics: Collection[str]) -> tuple[str, ...]:
    ranked = [str(name) for name, _ in row.review.ranking] if row.review is not None else []
    if row.message.intent is not None and row.message.intent not in ranked:
        ranked.append(row.message.intent)
    return tuple(name for name in ranked if name in topics)[:LIKELIEST]


def _together(misread: Sequence[Misread]) -> tuple[str, ...]:
    """What most of them may mean, the first of each counting most."""
    points: Counter[str] = Counter()
    for each in misread:
        for rank, topic in enumerate(each.likeliest):
            points[topic] += LIKELIEST - rank
    return tuple(topic for topic, _ in sorted(points.items(), key=lambda entry: (-entry[1], entry[0]))[:LIKELIEST])


# -- what becomes of them


def _propose(
    session: Session,
    who: Member,
    row: _Row,
    *,
    topic: str,
    known: "_Known",
    now: datetime,
    use: CorrectionUse = CorrectionUse.TRAINING,
    phrase: str | None = None,
) -> Proposed:
    if topic not in known.book:
        raise TopicUnknown(topic)
    # what was typed by hand is freed again: a name slips in easily
    text = _checked(_phrase_of(row) if phrase is None else masker().mask(phrase, [row.name] if row.name else []))
    same = known.same(text, besides=row.message.id)
    here = next((each for each in same if each.topic == topic), None)
    if here is not None:
        raise PhraseKnown(here.topic, here.text)
    values = {
        "phrase": text,
        "taken_for": row.message.intent,
        "topic": topic,
        "use": use,
        "state": CorrectionState.PROPOSED,
        "state_at": now,
        "proposed_by_id": who.staff_id,
        "proposed_at": now,
        "decided_by_id": None,
    }
    correction_id = session.scalar(
        insert(Correction)
        .values(message_id=row.message.id, **values)
        .on_conflict_do_update(
            index_elements=[Correction.message_id],
            index_where=Correction.message_id.is_not(None),
            set_=values,
            where=Correction.state.in_([CorrectionState.PROPOSED, CorrectionState.REFUSED]),
        )
        .returning(Correction.id)
    )
    if correction_id is None:
        raise CorrectionDecided(row.message.id)
    _close(session, [row.message.id], now=now)
    known.waiting.setdefault(next(keys(text)), []).append((row.message.id, Labelled(topic, text, use)))
    return Proposed(correction_id, same[0] if same else None)


def _close(session: Session, message_ids: Collection[int], *, now: datetime) -> int:
    closed = session.scalars(
        update(Review)
        .where(Review.message_id.in_(message_ids), Review.closed_at.is_(None))
        .values(closed_at=now)
        .returning(Review.id)
    )
    return len(closed.all())


def _checked(phrase: str) -> str:
    """In one line. Raises PhraseWrong."""
    text = " ".join(phrase.split())
    if not text or len(text) > LONGEST:
        raise PhraseWrong(LONGEST)
    return text


def _undecided(session: Session, correction_id: int) -> Correction:
    correction = session.get(Correction, correction_id, with_for_update=True)  # two authors may press at once
    if correction is None:
        raise CorrectionNotFound(correction_id)
    if correction.state is not CorrectionState.PROPOSED:
        raise CorrectionDecided(correction.state)
    return correction


def _decide(correction: Correction, state: CorrectionState, *, staff_id: int, now: datetime) -> Correction:
    correction.state, correction.state_at, correction.decided_by_id = state, now, staff_id
    return correction


def _accepted_book(session: Session, book: PhraseBook) -> PhraseBook:
    """What will be in the data with the next export."""
    return PhraseBook(
        book.areas, (Labelled(each.topic, each.phrase, each.use) for each in accepted(session) if each.topic in book)
    )


# what was proposed or accepted: whose message, and as what
_Waiting = dict[object, list[tuple[int | None, Labelled]]]


@dataclass(frozen=True)
class _Known:
    """What is in the data, and what waits to be."""

    book: PhraseBook
    waiting: _Waiting

    def same(self, text: str, *, besides: int) -> list[Labelled]:
        """What says the very same; of the message ``besides`` nothing, since its proposal is replaced."""
        found = self.book.same(text)
        waiting = [each for owner, each in self.waiting.get(next(keys(text)), ()) if owner != besides]
        return [*([found] if found is not None else []), *waiting]


def _waiting(session: Session) -> _Waiting:
    """By the key of their words."""
    waiting: _Waiting = {}
    found = session.scalars(
        select(Correction).where(Correction.state.in_([CorrectionState.PROPOSED, CorrectionState.ACCEPTED]))
    )
    for each in found:
        labelled = Labelled(each.topic, each.phrase, each.use)
        waiting.setdefault(next(keys(each.phrase)), []).append((each.message_id, labelled))
    return waiting
