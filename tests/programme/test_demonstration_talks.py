"""The demonstration gives the team's pages something to show."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from programme import demonstration, inbox, morning, permissions
from programme.facts import FactBook
from programme.inbox import Filters
from programme.models import ChannelIdentity, Contact, Conversation, Flag, Message, StaffMember
from programme.morning import Whose
from programme.morning_sources import Why
from programme.permissions import Member
from tests.conftest import NOW, PARIS


def member(session: Session, email: str) -> Member:
    found = permissions.member(session, session.scalars(select(StaffMember.id).where(StaffMember.email == email)).one())
    assert found is not None
    return found


def test_the_morning_of_a_counsellor_has_something_of_several_kinds(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        demonstration.load(session, zone=PARIS, now=NOW)
        sofia = member(session, "sofia@demo.exemple.fr")
        needs = morning.needs(session, sofia, now=NOW, zone=PARIS, book=FactBook.load())
        assert [need.why for need in needs] == [
            Why.HARASSMENT,
            Why.MONEY_EMERGENCY,
            Why.HUMAN_WANTED,
            Why.HUMAN_WANTED,
            Why.SILENT_COMPANIES,
            Why.PROMISE_PAST,
        ]
        # one of them is a colleague's: a call for help
        assert {need.for_whom for need in needs} == {Whose.MINE, Whose.TEAM}
        lines, _ = inbox.page(session, sofia, Filters(), now=NOW, zone=PARIS)
        assert len(lines) == 7


def test_it_goes_with_the_demonstration_and_comes_once(session_factory: sessionmaker[Session]) -> None:
    tables = (ChannelIdentity, Conversation, Message, Flag, Contact)

    def counted(session: Session) -> list[int]:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]

    with session_factory.begin() as session:
        demonstration.load(session, zone=PARIS, now=NOW)
        once = counted(session)
        demonstration.load(session, zone=PARIS, now=NOW + timedelta(days=1))
        assert counted(session) == once
        demonstration.remove(session)
        assert counted(session) == [0] * len(tables)
