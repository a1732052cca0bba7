"""Sharing a profile: named fields, with consent, until a day, ended at once; each step in the audit."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from programme import audit, consents, profiles, sharing, structures
from programme.errors import OrganisationNotFound, PersonNotFound, ShareRefused
from programme.models import AgeBand, ConsentPurpose, OrganisationKind, ProfileShare
from programme.profiles import ProfileChanges
from programme.sharing import SharedField
from tests.conftest import NOW
from tests.programme.at_once import at_once

TODAY = NOW.date()
IN_A_MONTH = TODAY + timedelta(days=30)
NAME_AND_LEVEL = (SharedField.LEVEL, SharedField.DISPLAY_NAME)


@pytest.fixture
def person_id(session_factory: sessionmaker[Session], a_person: Callable[..., int]) -> int:
    person_id = a_person()
    with session_factory.begin() as session:
        told = ProfileChanges(display_name="Sam", level=4, qpv=True, birth_month=date(2008, 11, 1))
        profiles.change(session, person_id, told, on=TODAY)
    return person_id


@pytest.fixture
def organisation_id(session_factory: sessionmaker[Session]) -> int:
    with session_factory.begin() as session:
        return an_organisation(session, "leem")


def an_organisation(session: Session, slug: str) -> int:
    return structures.save_organisation(session, slug=slug, kind=OrganisationKind.BRANCH, name=slug)


def shared(
    session: Session,
    person_id: int,
    organisation_id: int,
    *,
    fields: tuple[SharedField, ...] = NAME_AND_LEVEL,
    ends_on: date = IN_A_MONTH,
) -> ProfileShare:
    return sharing.share(
        session,
        person_id,
        organisation_id,
        fields=fields,
        on=TODAY,
        ends_on=ends_on,
        text_version="2026-11",
        text_shown="Le Leem verra ton prénom et ton niveau.",
        now=NOW,
    )


def seen_by(session: Session, organisation_id: int, *, on: date = TODAY) -> dict[int, dict[str, str | None]]:
    profiles_seen = sharing.shared_with(session, organisation_id, on=on, now=NOW)
    return {each.person_id: {str(field): value for field, value in each.values.items()} for each in profiles_seen}


def stop_all(session: Session, person_id: int) -> None:
    consents.withdraw(
        session, person_id, ConsentPurpose.SHARE_PROFILE, text_version="2026-11", text_shown="Stop", now=NOW
    )


def actions(session: Session, person_id: int) -> list[str]:
    return [line.action for line in reversed(audit.about(session, person_id))]


# -- what is seen


def test_an_organisation_sees_the_named_fields_and_nothing_else(
    session_factory: sessionmaker[Session], person_id: int, organisation_id: int
) -> None:
    with session_factory.begin() as session:
        shared(session, person_id, organisation_id)
        assert seen_by(session, organisation_id) == {person_id: {"display_name": "Sam", "level": "4"}}
        assert seen_by(session, an_organisation(session, "autre")) == {}


def test_neither_birth_nor_neighbourhood_can_be_shared() -> None:
    assert {"birth_month", "qpv", "external_ref", "id"}.isdisjoint(SharedField)


def test_the_age_band_is_that_of_the_day(
    session_factory: sessionmaker[Session], person_id: int, organisation_id: int
) -> None:
    with session_factory.begin() as session:
        shared(session, person_id, organisation_id, fields=(SharedField.AGE_BAND,))
        bands = [seen_by(session, organisation_id, on=day)[person_id]["age_band"] for day in (TODAY, date(2026, 12, 1))]
    assert bands == [AgeBand.FROM_15, AgeBand.FROM_18]


@pytest.mark.parametrize(
    ("day", "seen"),
    [
        pytest.param(TODAY - timedelta(days=1), False, id="before"),
        pytest.param(TODAY, True, id="its first day"),
        pytest.param(IN_A_MONTH, True, id="its last day"),
        pytest.param(IN_A_MONTH + timedelta(days=1), False, id="after"),
    ],
)
def test_a_share_has_a_first_and_a_last_day(
    session_factory: sessionmaker[Session], person_id: int, organisation_id: int, day: date, seen: bool
) -> None:
    with session_factory.begin() as session:
        shared(session, person_id, organisation_id)
        assert (person_id in seen_by(session, organisation_id, on=day)) is seen
        assert (len(sharing.shares_of(session, person_id, on=day)) == 1) is seen


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"fields": ()}, id="nothing"),
        pytest.param({"ends_on": TODAY - timedelta(days=1)}, id="until a day that is past"),
        pytest.param({"ends_on": date(2027, 11, 24)}, id="longer than a year"),
    ],
)
def test_nobody_shares(
    session_factory: sessionmaker[Session], person_id: int, organisation_id: int, wrong: dict[str, object]
) -> None:
    with session_factory.begin() as session:
        with pytest.raises(ShareRefused):
            shared(session, person_id, organisation_id, **wrong)  # type: ignore[arg-type]
        assert not consents.holds(session, person_id, ConsentPurpose.SHARE_PROFILE)


def test_a_year_to_the_day_may_be_shared(
    session_factory: sessionmaker[Session], person_id: int, organisation_id: int
) -> None:
    with session_factory.begin() as session:
        assert shared(session, person_id, organisation_id, ends_on=date(2027, 11, 23)).ends_on == date(2027, 11, 23)


def test_nothing_is_shared_with_or_of_who_does_not_exist(
    session_factory: sessionmaker[Session], person_id: int, organisation_id: int
) -> None:
    with session_factory.begin() as session:
        with pytest.raises(OrganisationNotFound):
            shared(session, person_id, 404)
        with pytest.raises(PersonNotFound):
            shared(session, 404, organisation_id)


def test_sharing_again_replaces_what_was_shared_before(
    session_factory: sessionmaker[Session], person_id: int, organisation_id: int
) -> None:
    with session_factory.begin() as session:
        shared(session, person_id, organisation_id)
        shared(session, person_id, organisation_id, fields=(SharedField.LEVEL,))
        assert seen_by(session, organisation_id) == {person_id: {"level": "4"}}


def test_people_come_a_page_at_a_time(
    session_factory: sessionmaker[Session], a_person: Callable[..., int], organisation_id: int
) -> None:
    people = [a_person() for _ in range(3)]
    with session_factory.begin() as session:
        for person_id in reversed(people):
            shared(session, person_id, organisation_id)
        first = sharing.shared_with(session, organisation_id, on=TODAY, now=NOW, limit=2)
        rest = sharing.shared_with(session, organisation_id, on=TODAY, now=NOW, limit=2, after=first[-1].person_id)
    assert [[each.person_id for each in page] for page in (first, rest)] == [people[:2], people[2:]]


# -- the end


def test_a_consent_that_is_withdrawn_ends_every_share_at_once(
    session_factory: sessionmaker[Session], person_id: int, organisation_id: int
) -> None:
    with session_factory.begin() as session:
        other_id = an_organisation(session, "autre")
        for each in (organisation_id, other_id):
            shared(session, person_id, each)
        stop_all(session, person_id)
        assert seen_by(session, organisation_id) == seen_by(session, other_id) == {}


def test_one_organisation_can_be_shut_out_alone(
    session_factory: sessionmaker[Session], person_id: int, organisation_id: int
) -> None:
    with session_factory.begin() as session:
        other_id = an_organisation(session, "autre")
        for each in (organisation_id, other_id):
            shared(session, person_id, each)
        assert sharing.stop(session, person_id, organisation_id, now=NOW)
        assert not sharing.stop(session, person_id, organisation_id, now=NOW)
        assert (seen_by(session, organisation_id), list(seen_by(session, other_id))) == ({}, [person_id])


def test_a_share_and_a_withdrawal_at_once_never_leave_a_share_without_consent(
    session_factory: sessionmaker[Session], person_id: int, organisation_id: int
) -> None:
    def in_a_transaction(do: Callable[[Session], object]) -> Callable[[], None]:
        def run() -> None:
            with session_factory.begin() as session:
                do(session)

        return run

    for _ in range(10):
        at_once(
            [
                in_a_transaction(lambda session: shared(session, person_id, organisation_id)),
                in_a_transaction(lambda session: stop_all(session, person_id)),
            ]
        )
        with session_factory.begin() as session:
            agreed = consents.holds(session, person_id, ConsentPurpose.SHARE_PROFILE)
            assert bool(seen_by(session, organisation_id)) is agreed


# -- the audit


def test_each_share_reading_and_end_leaves_a_line_without_the_data(
    session_factory: sessionmaker[Session], person_id: int, organisation_id: int
) -> None:
    with session_factory.begin() as session:
        shared(session, person_id, organisation_id)
        seen_by(session, organisation_id)
        sharing.stop(session, person_id, organisation_id, now=NOW)
        shared(session, person_id, organisation_id)
        stop_all(session, person_id)
        seen_by(session, organisation_id)  # sees nobody: no line
        assert actions(session, person_id) == [
            "profile.share", "profile.read", "profile.unshare", "profile.share", "profile.unshare",
        ]  # fmt: skip
        read = audit.about(session, person_id)[3]
        assert read.details["fields"] == ["display_name", "level"]
        assert "Sam" not in str([line.details for line in audit.about(session, person_id)])
