"""What is said when a seat is offered, passed on, moved, called off, missed; and when a gate stays shut."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from programme import bookings, choices
from programme.assistant import Assistant
from programme.door_codes import door_code
from programme.models import (
    AgeBand,
    Booking,
    BookingStatus,
    ChannelIdentity,
    Conversation,
    EventDate,
    Message,
    Organisation,
    OrganisationKind,
    PathStage,
    Person,
    Role,
    StaffMember,
    Team,
)
from programme.replies import Reply
from tests.conftest import NOW
from tests.programme.deliveries.builders import say_due

APerson = Callable[..., int]
ADate = Callable[..., int]
STARTS_AT = NOW + timedelta(days=3)
PERSON_TOLD = "Une place s'est libérée"


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory.begin() as session:
        yield session


class Desk:
    """The desk, with one transaction for the whole test."""

    def __init__(self, assistant: Assistant, session: Session) -> None:
        self.desk, self.session, self._sending = assistant.desk, session, assistant.sending

    def book(self, person_id: int, date_id: int, now: datetime = NOW, age: int | None = None) -> list[Reply]:
        return self.desk.book(self.session, person_id=person_id, event_date_id=date_id, now=now, age=age)

    def booking(self, person_id: int, date_id: int) -> Booking:
        """The latest of this person in this date."""
        found = self.session.scalars(
            select(Booking)
            .where(Booking.person_id == person_id, Booking.event_date_id == date_id)
            .order_by(Booking.id.desc())
        ).first()
        assert found is not None
        return found

    def cancel(self, person_id: int, date_id: int, now: datetime = NOW) -> list[Reply]:
        booking_id = self.booking(person_id, date_id).id
        return self.desk.cancel(self.session, person_id=person_id, booking_id=booking_id, now=now)

    def press(self, payload: str, person_id: int, now: datetime = NOW) -> list[Reply]:
        """A button about an offer, as the doors read it."""
        found = re.fullmatch(r'/(book_workshop|deny)\{"booking": "(\d+)"\}', payload)
        assert found is not None, payload
        act = self.desk.take_offer if found[1] == "book_workshop" else self.desk.leave_offer
        return act(self.session, person_id=person_id, booking_id=int(found[2]), now=now)

    def told(self, person_id: int, now: datetime = NOW) -> list[Message]:
        """What the person was told without asking, up to this moment, in order."""
        say_due(self.session, self._sending, now=now)
        return list(
            self.session.scalars(
                select(Message)
                .join(Conversation, Conversation.id == Message.conversation_id)
                .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
                .where(ChannelIdentity.person_id == person_id)
                .order_by(Message.id)
            )
        )


@pytest.fixture
def desk(assistant: Assistant, session: Session) -> Desk:
    return Desk(assistant, session)


@pytest.fixture
def staff_id(session: Session) -> int:
    organisation = Organisation(slug="ml", kind=OrganisationKind.MISSION_LOCALE, name="Mission locale")
    session.add(organisation)
    session.flush()
    team = Team(organisation_id=organisation.id, name="Alternance")
    session.add(team)
    session.flush()
    member = StaffMember(team_id=team.id, role=Role.COUNSELLOR, name="Sofia", email="sofia@exemple.fr")
    session.add(member)
    session.flush()
    return member.id


def text_of(replies: list[Reply]) -> str:
    return "\n".join(reply.text for reply in replies)


def titles_of(replies: list[Reply]) -> list[str]:
    return [button.title for reply in replies for button in reply.buttons]


def a_full_date(desk: Desk, a_person: APerson, an_event_date: ADate, waiting: int) -> tuple[int, int, list[int]]:
    """A date with one seat, who has it, and those who wait, first one first."""
    date_id, holder = an_event_date(seats=1, starts_at=STARTS_AT), a_person()
    desk.book(holder, date_id)
    people = [a_person() for _ in range(waiting)]
    for person_id in people:
        desk.book(person_id, date_id)
    return date_id, holder, people


# -- a seat that is offered


def test_the_first_one_says_yes_and_has_the_seat(desk: Desk, a_person: APerson, an_event_date: ADate) -> None:
    date_id, holder, (first, second) = a_full_date(desk, a_person, an_event_date, waiting=2)
    # given that the seat is given back
    desk.cancel(holder, date_id)
    (offer,) = desk.told(first)
    assert (offer.text.startswith(PERSON_TOLD), [each["title"] for each in offer.buttons]) == (
        True, ["Oui, je viens", "Non, je laisse la place"],
    )  # fmt: skip
    # when the first one says yes
    said = text_of(desk.press(offer.buttons[0]["payload"], first))
    # then it is theirs, and the other one is not disturbed
    assert said.startswith("C'est noté, tu viens")
    assert (desk.booking(first, date_id).status, desk.told(second)) == (BookingStatus.CONFIRMED, [])


def test_the_first_one_says_no_and_the_next_one_is_asked_at_once(
    desk: Desk, a_person: APerson, an_event_date: ADate
) -> None:
    date_id, holder, (first, second) = a_full_date(desk, a_person, an_event_date, waiting=2)
    desk.cancel(holder, date_id)
    (offer,) = desk.told(first)
    desk.press(offer.buttons[1]["payload"], first)
    assert [each.text.startswith(PERSON_TOLD) for each in desk.told(second)] == [True]


def test_an_offer_without_an_answer_passes_on_and_both_are_told_once(
    desk: Desk, a_person: APerson, an_event_date: ADate
) -> None:
    date_id, holder, (first, second) = a_full_date(desk, a_person, an_event_date, waiting=2)
    desk.cancel(holder, date_id)
    until = desk.booking(first, date_id).offered_until
    assert until is not None
    assert len(desk.told(first)) == 1
    # when the worker looks twice after its end
    passed = [desk.desk.pass_on(desk.session, event_date_id=date_id, now=until) for _ in range(2)]
    # then it has passed on once
    assert passed == [1, 0]
    assert [len(desk.told(first, until)), len(desk.told(second, until))] == [2, 1]
    assert "est passée à la personne suivante" in desk.told(first)[-1].text
    # when the first one presses the old button
    late = text_of(desk.press(desk.told(first)[0].buttons[0]["payload"], first, until))
    # then nothing is taken from the other one
    assert "n'est plus gardée" in late
    assert desk.booking(second, date_id).status is BookingStatus.OFFERED


def test_somebody_else_s_offer_is_not_for_taking(desk: Desk, a_person: APerson, an_event_date: ADate) -> None:
    date_id, holder, (first,) = a_full_date(desk, a_person, an_event_date, waiting=1)
    desk.cancel(holder, date_id)
    (offer,) = desk.told(first)
    assert "n'est plus gardée" in text_of(desk.press(offer.buttons[0]["payload"], a_person()))
    assert desk.booking(first, date_id).status is BookingStatus.OFFERED


def test_asking_for_the_date_again_takes_the_offer(desk: Desk, a_person: APerson, an_event_date: ADate) -> None:
    date_id, holder, (first,) = a_full_date(desk, a_person, an_event_date, waiting=1)
    desk.cancel(holder, date_id)
    assert text_of(desk.book(first, date_id)).startswith("C'est noté, tu viens")


def test_an_offer_is_among_one_s_bookings_with_its_end(desk: Desk, a_person: APerson, an_event_date: ADate) -> None:
    date_id, holder, (first,) = a_full_date(desk, a_person, an_event_date, waiting=1)
    desk.cancel(holder, date_id)
    shown = desk.desk.mine(desk.session, person_id=first, now=NOW)
    assert "gardée pour toi jusqu'à mardi 24 novembre à 10h" in text_of(shown)


# -- a date that is full, hours that are taken


def test_without_a_rank_left_other_dates_are_shown(desk: Desk, a_person: APerson, an_event_date: ADate) -> None:
    # given a full date whose list is full too, and another one with a seat
    date_id, _, _ = a_full_date(desk, a_person, an_event_date, waiting=1)
    desk.session.get_one(EventDate, date_id).waiting_limit = 1
    an_event_date(starts_at=NOW + timedelta(days=9), title="Job dating")
    # when somebody asks
    said = desk.book(a_person(), date_id)
    # then they learn where there is room
    assert "la liste d'attente aussi" in text_of(said)
    assert titles_of(said) == ["mer. 02/12 10h · Job dating", "Voir les dates"]


def test_two_seats_at_the_same_hours_are_refused_with_the_name_of_the_other(
    desk: Desk, a_person: APerson, an_event_date: ADate
) -> None:
    person_id = a_person()
    desk.book(person_id, an_event_date(starts_at=STARTS_AT, title="Atelier CV"))
    said = desk.book(person_id, an_event_date(starts_at=STARTS_AT + timedelta(minutes=90), title="Forum"))
    assert "tu as déjà une place : Atelier CV, jeudi 26 novembre à 10h" in text_of(said)


def test_one_may_wait_for_two_dates_and_take_only_one_of_them(
    desk: Desk, a_person: APerson, an_event_date: ADate
) -> None:
    # given somebody who waits in two places at the same hours
    first_date, holder, (person_id,) = a_full_date(desk, a_person, an_event_date, waiting=1)
    second_date, other_holder, _ = a_full_date(desk, a_person, an_event_date, waiting=0)
    desk.book(person_id, second_date)
    # when both seats are offered
    desk.cancel(holder, first_date)
    desk.cancel(other_holder, second_date)
    offers = [each.buttons[0]["payload"] for each in desk.told(person_id)]
    # then taking the second one after the first is refused
    assert desk.press(offers[0], person_id)[0].text.startswith("C'est noté")
    assert "À cette heure-là" in text_of(desk.press(offers[1], person_id))


# -- gates


def test_an_age_that_is_not_known_is_asked_and_kept_as_a_band(
    desk: Desk, a_person: APerson, an_event_date: ADate
) -> None:
    person_id, date_id = a_person(), an_event_date()
    desk.session.get_one(EventDate, date_id).series.min_age = 18
    # given that the age is asked
    asked = desk.book(person_id, date_id)
    assert titles_of(asked) == ["15-17 ans", "18-20 ans", "21-25 ans", "26-29 ans", "30 ans et plus"]
    # when it is said
    said = desk.desk.tell_and_book(desk.session, person_id=person_id, event_date_id=date_id, said="age.18_20", now=NOW)
    # then the seat is booked
    assert text_of(said).startswith("C'est réservé")
    assert desk.session.get_one(Person, person_id).age_band is AgeBand.FROM_18


def test_an_age_said_in_passing_is_not_asked_again(desk: Desk, a_person: APerson, an_event_date: ADate) -> None:
    person_id, date_id = a_person(), an_event_date()
    desk.session.get_one(EventDate, date_id).series.min_age = 18
    said = desk.book(person_id, date_id, age=17)
    assert "n'est pas prévu pour ton âge" in text_of(said)
    assert "Parler à quelqu'un" in titles_of(said)


def test_an_age_is_not_kept_when_nothing_asks_for_it(desk: Desk, a_person: APerson, an_event_date: ADate) -> None:
    person_id = a_person()
    desk.book(person_id, an_event_date(), age=17)
    assert desk.session.get_one(Person, person_id).age_band is None


def test_a_level_is_asked_and_one_that_is_too_low_is_told_kindly(
    desk: Desk, a_person: APerson, an_event_date: ADate
) -> None:
    person_id, date_id = a_person(), an_event_date(title="Forum post-alternance")
    series = desk.session.get_one(EventDate, date_id).series
    series.min_level, series.audience = 4, "à partir du bac pro"
    assert "Bac" in titles_of(desk.book(person_id, date_id))
    said = desk.desk.tell_and_book(desk.session, person_id=person_id, event_date_id=date_id, said="level.3", now=NOW)
    assert "demande un niveau d'études plus haut (à partir du bac pro)" in text_of(said)


@pytest.mark.parametrize(("stage", "says"), [(PathStage.PROJET, "projet est validé"), (PathStage.ENTRETIEN, "réservé")])
def test_a_date_for_validated_projects_asks_for_one(
    desk: Desk, a_person: APerson, an_event_date: ADate, stage: PathStage, says: str
) -> None:
    person_id, date_id = a_person(), an_event_date()
    desk.session.get_one(EventDate, date_id).series.needs_validated_project = True
    desk.session.get_one(Person, person_id).stage = stage
    assert says in text_of(desk.book(person_id, date_id))


def test_a_button_that_says_nonsense_of_oneself_changes_nothing(
    desk: Desk, a_person: APerson, an_event_date: ADate
) -> None:
    person_id, date_id = a_person(), an_event_date()
    desk.session.get_one(EventDate, date_id).series.min_age = 18
    said = desk.desk.tell_and_book(desk.session, person_id=person_id, event_date_id=date_id, said="age.12", now=NOW)
    assert "Tu as quel âge" in text_of(said)


# -- moving


def test_a_booking_is_moved_and_its_seat_offered(desk: Desk, a_person: APerson, an_event_date: ADate) -> None:
    date_id, holder, (first,) = a_full_date(desk, a_person, an_event_date, waiting=1)
    other = an_event_date(starts_at=NOW + timedelta(days=9), title="Club")
    # given the dates that the holder can move to
    shown = desk.desk.ask_to_move(desk.session, person_id=holder, booking_id=None, now=NOW)
    (choice,) = shown.replies[0].buttons
    booking_id = desk.booking(holder, date_id).id
    assert choice.payload == f'/move_booking{{"booking": "{booking_id}", "workshop_date": "{other}"}}'
    # when they choose one
    said = desk.desk.move(desk.session, person_id=holder, booking_id=booking_id, event_date_id=other, now=NOW)
    # then they have it, and the seat that they left is offered
    assert "Nouvelle date : Club, mercredi 2 décembre à 10h" in text_of(said)
    assert desk.booking(first, date_id).status is BookingStatus.OFFERED


def test_who_cannot_move_keeps_the_seat(desk: Desk, a_person: APerson, an_event_date: ADate) -> None:
    # given a seat, and another date that has just filled up
    person_id, date_id = a_person(), an_event_date(starts_at=STARTS_AT)
    desk.book(person_id, date_id)
    full = an_event_date(seats=1, starts_at=STARTS_AT + timedelta(days=1))
    desk.book(a_person(), full)
    booking = desk.booking(person_id, date_id)
    said = desk.desk.move(desk.session, person_id=person_id, booking_id=booking.id, event_date_id=full, now=NOW)
    assert "tu gardes ta place" in text_of(said)
    assert (booking.status, len(desk.session.scalars(select(Booking).where(Booking.event_date_id == full)).all())) == (
        BookingStatus.BOOKED, 1,
    )  # fmt: skip


def test_a_seat_is_moved_to_hours_that_it_takes_itself(desk: Desk, a_person: APerson, an_event_date: ADate) -> None:
    person_id, date_id = a_person(), an_event_date(starts_at=STARTS_AT)
    desk.book(person_id, date_id)
    later = an_event_date(starts_at=STARTS_AT + timedelta(hours=1))
    booking_id = desk.booking(person_id, date_id).id
    said = desk.desk.move(desk.session, person_id=person_id, booking_id=booking_id, event_date_id=later, now=NOW)
    assert text_of(said).startswith("C'est changé")


# -- by the staff


def test_a_seat_asked_for_by_a_counsellor_waits_for_the_person_s_yes(
    desk: Desk, a_person: APerson, an_event_date: ADate, staff_id: int
) -> None:
    person_id, date_id = a_person(), an_event_date()
    desk.desk.book_for(desk.session, person_id=person_id, event_date_id=date_id, staff_id=staff_id, now=NOW)
    (offer,) = desk.told(person_id)
    assert offer.text.startswith("Ta Mission locale te propose une place")
    assert desk.booking(person_id, date_id).status is BookingStatus.OFFERED
    desk.press(offer.buttons[0]["payload"], person_id)
    assert desk.booking(person_id, date_id).status is BookingStatus.CONFIRMED


def test_a_counsellor_who_asks_twice_tells_the_person_once(
    desk: Desk, a_person: APerson, an_event_date: ADate, staff_id: int
) -> None:
    person_id, date_id = a_person(), an_event_date()
    for minutes in (0, 5):
        now = NOW + timedelta(minutes=minutes)
        desk.desk.book_for(desk.session, person_id=person_id, event_date_id=date_id, staff_id=staff_id, now=now)
    assert len(desk.told(person_id)) == 1


def test_a_date_that_is_called_off_is_told_to_all_with_other_dates(
    desk: Desk, a_person: APerson, an_event_date: ADate
) -> None:
    date_id, holder, (first,) = a_full_date(desk, a_person, an_event_date, waiting=1)
    an_event_date(starts_at=NOW + timedelta(days=9), title="Club")
    assert desk.desk.call_off(desk.session, event_date_id=date_id, reason="salle fermée", now=NOW) == 2
    for person_id in (holder, first):
        (news,) = desk.told(person_id)
        assert "est annulé (salle fermée)" in news.text
        assert news.buttons[0]["title"] == "mer. 02/12 10h · Club"
    # and nobody can book it any more
    assert "n'est plus ouverte" in text_of(desk.book(a_person(), date_id))


# -- at the door


@pytest.mark.parametrize(
    ("minutes", "says"),
    [(-46, "juste avant le début"), (-45, "Bienvenue"), (120, "Bienvenue"), (121, "juste avant le début")],
)
def test_the_door_s_code_works_from_a_little_before_until_the_end(
    desk: Desk, a_person: APerson, an_event_date: ADate, minutes: int, says: str
) -> None:
    person_id, date_id = a_person(), an_event_date(starts_at=STARTS_AT)
    desk.book(person_id, date_id)
    code = door_code(desk.session, date_id)
    now = STARTS_AT + timedelta(minutes=minutes)
    said = desk.desk.check_in(desk.session, person_id=person_id, door_code=code, now=now)
    assert says in text_of(said)
    assert (desk.booking(person_id, date_id).status is BookingStatus.PRESENT) == (says == "Bienvenue")


def test_who_has_no_seat_and_who_has_a_wrong_code_are_told_what_to_do(
    desk: Desk, a_person: APerson, an_event_date: ADate
) -> None:
    code = door_code(desk.session, an_event_date(starts_at=STARTS_AT))
    unknown = desk.desk.check_in(desk.session, person_id=a_person(), door_code="ICI-QQQQQ", now=STARTS_AT)
    without = desk.desk.check_in(desk.session, person_id=a_person(), door_code=code, now=STARTS_AT)
    assert ("Je ne connais pas ce code" in text_of(unknown), "elle peut t'ajouter" in text_of(without)) == (True, True)


def test_who_was_not_seen_is_asked_how_they_are_once(desk: Desk, a_person: APerson, an_event_date: ADate) -> None:
    # given one who came and one who did not
    date_id = an_event_date(starts_at=STARTS_AT)
    came, missing = a_person(), a_person()
    for person_id in (came, missing):
        desk.book(person_id, date_id)
    code = door_code(desk.session, date_id)
    desk.desk.check_in(desk.session, person_id=came, door_code=code, now=STARTS_AT)
    # when the sheet is closed, twice
    after = STARTS_AT + timedelta(hours=3)
    assert [desk.desk.close_sheet(desk.session, event_date_id=date_id, now=after) for _ in range(2)] == [1, 0]
    # then one of them is asked, without a reproach
    assert (len(desk.told(came)), len(desk.told(missing))) == (0, 1)
    assert "J'espère que tu vas bien" in desk.told(missing)[0].text
    assert desk.booking(missing, date_id).status is BookingStatus.ABSENT


# -- online


def test_the_address_of_a_room_online_is_for_those_who_have_a_seat(
    desk: Desk, a_person: APerson, an_event_date: ADate
) -> None:
    date_id = an_event_date(seats=1)
    desk.session.get_one(EventDate, date_id).series.online_url = "https://salle.exemple/42"
    seated, waits = desk.book(a_person(), date_id), desk.book(a_person(), date_id)
    assert ("salle.exemple" in text_of(seated), "salle.exemple" in text_of(waits)) == (True, False)


def test_what_to_bring_is_said_before_one_says_yes(desk: Desk, a_person: APerson, an_event_date: ADate) -> None:
    date_id = an_event_date()
    desk.session.get_one(EventDate, date_id).series.bring = "ton CV, même pas fini"
    shown = desk.desk.ask_to_book(desk.session, person_id=a_person(), event_date_id=date_id, text="", now=NOW)
    assert "À apporter : ton CV, même pas fini" in text_of(shown.replies)


# -- a forum and its training, a long list


def test_who_books_a_forum_is_told_of_its_training_until_they_have_it(
    desk: Desk, a_person: APerson, an_event_date: ADate
) -> None:
    # given a forum in nine days, and its training in two
    forum = an_event_date(starts_at=NOW + timedelta(days=9), title="Forum santé")
    training = an_event_date(starts_at=NOW + timedelta(days=2), title="Préparer le forum")
    session = desk.session
    session.get_one(EventDate, training).series.prepares_id = session.get_one(EventDate, forum).series_id
    session.flush()
    # when it is booked
    first, second = a_person(), a_person()
    said = desk.book(first, forum)
    assert said[-1].text.startswith("Avant, il y a un entraînement : Préparer le forum, mercredi 25 novembre à 10h")
    assert said[-1].buttons[0].payload == f'/book_workshop{{"workshop_date": "{training}"}}'
    # then who is in the training already hears nothing of it, nor does anybody once it is over
    desk.book(second, training)
    assert "entraînement" not in text_of(desk.book(second, forum))
    assert "entraînement" not in text_of(desk.book(a_person(), forum, NOW + timedelta(days=3)))


def test_a_long_list_goes_on(desk: Desk, a_person: APerson, an_event_date: ADate) -> None:
    # given eight dates
    dates = [an_event_date(starts_at=NOW + timedelta(days=day)) for day in range(1, 9)]
    person_id = a_person()

    def shown(skip: int) -> tuple[list[int], list[str]]:
        found = desk.desk.coming(desk.session, now=NOW, person_id=person_id, skip=skip)
        payloads = [button.payload for button in found.replies[0].buttons]
        return list(found.listed), [each for each in payloads if "list_workshops" in each]

    # then six are shown with a button for the others, which has none
    assert shown(0) == (dates[:6], ['/list_workshops{"go": "6"}'])
    assert shown(6) == (dates[6:], [])
    # past the end it begins again
    assert shown(60)[0] == dates[:6]


def test_who_an_event_is_for_is_said_before_one_says_yes(desk: Desk, a_person: APerson, an_event_date: ADate) -> None:
    date_id = an_event_date()
    desk.session.get_one(EventDate, date_id).series.audience = "à partir du bac pro"
    shown = desk.desk.ask_to_book(desk.session, person_id=a_person(), event_date_id=date_id, text="", now=NOW)
    assert "Pour qui : à partir du bac pro" in text_of(shown.replies)


# -- who wants to hear nothing


def test_who_said_stop_is_told_only_that_a_date_is_called_off(
    desk: Desk, a_person: APerson, an_event_date: ADate, staff_id: int
) -> None:
    # given somebody with a seat, who said stop
    person_id, date_id, missed = a_person(), an_event_date(starts_at=STARTS_AT), an_event_date(starts_at=NOW)
    desk.book(person_id, date_id)
    desk.book(person_id, missed, now=NOW - timedelta(days=1))
    choices.stop(desk.session, person_id, shown="stop", now=NOW)
    # when they miss one date, and the other one is called off
    desk.desk.close_sheet(desk.session, event_date_id=missed, now=NOW + timedelta(hours=3))
    desk.desk.call_off(desk.session, event_date_id=date_id, reason="panne", now=NOW + timedelta(hours=3))
    # then nobody asks how they are, and they do not come for nothing
    (told,) = desk.told(person_id)
    assert "annulé" in told.text


def test_a_seat_is_not_held_for_who_wants_to_hear_nothing_and_they_keep_their_rank(
    desk: Desk, a_person: APerson, an_event_date: ADate
) -> None:
    # given a first one on the list who asked for silence until tomorrow
    date_id, holder, (first, second) = a_full_date(desk, a_person, an_event_date, waiting=2)
    choices.pause(desk.session, first, until=NOW + timedelta(days=1), now=NOW)
    # when the seat is given back
    desk.cancel(holder, date_id)
    # then the second one is asked, and the first one still waits as the first
    assert [len(desk.told(each)) for each in (first, second)] == [0, 1]
    assert bookings.waiting_rank(desk.session, desk.booking(first, date_id)) == 1
