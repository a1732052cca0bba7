"""Dates of workshops, forums and visits: who is in them, seats, bookings on behalf of somebody, who came."""

from datetime import time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Form, Path, Query, Request, Response, status
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from bot.console import person_words, talk
from bot.console.doors import Doors, MemberDep, SessionDep
from bot.console.forms import Typed
from bot.console.pages import go, render, tell, today_in, zone_of
from bot.web.door_page import door_page
from programme import audit, bookings, door_codes, event_pages, events, people_list, permissions
from programme.clock import clock
from programme.errors import (
    AlreadyBooked,
    BookingClosed,
    BookingNotFound,
    HoursConflict,
    NotEligible,
    ProgrammeError,
    SeatsMissing,
    WaitingListFull,
)
from programme.event_pages import Filters
from programme.gates import Gate
from programme.models import Booking, BookingStatus, EventDate, EventKind, Series, Teller
from programme.people_list import Filters as PeopleFilters
from programme.permissions import Member, Right

router = Doors("/dates")

DateId = Annotated[int, Path(ge=1, le=2**63 - 1)]
BookingId = Annotated[int, Path(ge=1, le=2**63 - 1)]
LIST = "/console/dates"
KINDS = {
    EventKind.ATELIER: "atelier",
    EventKind.FORUM: "forum",
    EventKind.FORMATION: "formation avant un forum",
    EventKind.JOB_DATING: "job dating",
    EventKind.VISITE: "visite",
    EventKind.IMMERSION: "immersion",
    EventKind.TABLE_RONDE: "table ronde",
    EventKind.INFORMATION: "réunion d'information",
    EventKind.EN_LIGNE: "en ligne",
}
STATES = {
    BookingStatus.BOOKED: "inscription faite",
    BookingStatus.CONFIRMED: "a confirmé",
    BookingStatus.OFFERED: "place gardée, réponse attendue",
    BookingStatus.WAITING: "en liste d'attente",
    BookingStatus.PRESENT: "présence notée",
    BookingStatus.ABSENT: "absence notée",
    BookingStatus.EXCUSED: "absence excusée",
    BookingStatus.CANCELLED: "annulée",
}
MARKS = {
    "present": (BookingStatus.PRESENT, "Présence"),
    "absent": (BookingStatus.ABSENT, "Absence"),
    "excuse": (BookingStatus.EXCUSED, "Excuse"),
}
GATES = {
    Gate.AGE: ("l'âge demandé", "son âge"),
    Gate.LEVEL: ("le diplôme demandé", "son diplôme"),
    Gate.PROJECT: ("un projet validé", "si son projet est validé"),
}
MOST_SEATS, LONGEST_REASON, LONGEST_MINUTES = 1000, 120, 24 * 60
# dates to which a booking may be moved, people that a search shows
OTHERS, FOUND = 12, 8

tell(
    events_offered="La place est gardée : la personne reçoit un message et dit oui ou non.",
    events_waiting="Il n'y a plus de place libre : la personne est en liste d'attente, et on le lui dit.",
    events_there="Cette personne est déjà dans cette date : rien n'a changé.",
    events_cancelled="C'est annulé, et la personne est prévenue. La place va à la personne suivante.",
    events_moved="La date est changée, et la personne est prévenue.",
    events_seats="Le nombre de places est changé.",
    events_called_off="La date est annulée. Les personnes inscrites ou en attente sont prévenues.",
    events_added="La date est ajoutée.",
    events_group="Les places de la classe sont gardées.",
    events_group_left="Les places de la classe sont rendues.",
    events_came="C'est noté : la personne est là.",
)


# -- the list


@router.page("", Right.READ_EVENTS)
def listed(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    when: Annotated[str, Query(alias="quand", max_length=10)] = "",
    where: Annotated[str, Query(alias="ou", max_length=10)] = "",
    kind: Annotated[str, Query(alias="sorte", max_length=20)] = "",
    after: Annotated[str, Query(alias="apres", pattern=r"^\d{0,18}$")] = "",
) -> Response:
    chosen = EventKind(kind) if kind in {each.value for each in EventKind} else None
    filters = Filters(past=when == "passees", near=where != "partout", kind=chosen)
    lines, following = event_pages.page(session, who, filters, now=clock(), after=int(after) if after else None)
    kept = {
        "quand": "passees" if filters.past else "",
        "ou": "" if filters.near else "partout",
        "sorte": chosen or "",
    }
    address = urlencode({name: value for name, value in kept.items() if value})
    return render(
        request,
        "events/list.html",
        lines=lines,
        filters=filters,
        kinds=[("", "tous"), *((each.value, words) for each, words in KINDS.items())],
        words=KINDS,
        following=f"?{address}&apres={following}" if following else "",
        first_page=f"{LIST}?{address}" if after else "",
        adds=who.may(Right.CHANGE_EVENTS),
    )


# -- one date


@router.page("/nouvelle", Right.CHANGE_EVENTS)
def new(request: Request, session: SessionDep, who: MemberDep) -> Response:
    return _new(request, session, who, Typed({"minutes": "120", "seats": "10"}))


@router.action("/nouvelle", Right.CHANGE_EVENTS)
def add(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    series: Annotated[str, Form(max_length=18)] = "",
    day: Annotated[str, Form(max_length=10)] = "",
    at: Annotated[str, Form(max_length=5)] = "",
    minutes: Annotated[str, Form(max_length=5)] = "",
    seats: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    typed = Typed({"series": series, "day": day, "at": at, "minutes": minutes, "seats": seats})
    chosen = {str(each.id): each for each in event_pages.series_within_reach(session, who)}.get(series)
    if chosen is None:
        typed.wrong["series"] = "Choisis le rendez-vous dans la liste."
    on = typed.day("day", required="Dis quel jour.")
    hour = _hour(typed)
    length = _number(typed, "minutes", most=LONGEST_MINUTES)
    places = _number(typed, "seats", most=MOST_SEATS)
    if on is not None and on < today_in(request):
        typed.wrong["day"] = "Ce jour est passé."
    if typed.wrong or chosen is None or on is None or hour is None or not length or not places:
        return _new(request, session, who, typed)
    date_id = events.add_date(
        session,
        chosen,
        day=on,
        at=hour,
        duration=timedelta(minutes=length),
        seats=places,
        zone=zone_of(request),
    )
    _record(session, "date.add", who, date_id)
    return go(f"{LIST}/{date_id}", "events_added")


def _new(request: Request, session: Session, who: Member, typed: Typed) -> Response:
    found = [(str(each.id), each.title) for each in event_pages.series_within_reach(session, who)]
    code = status.HTTP_422_UNPROCESSABLE_CONTENT if typed.wrong else status.HTTP_200_OK
    return render(request, "events/new.html", status_code=code, typed=typed, series=[("", "choisis"), *found])


def _hour(typed: Typed) -> time | None:
    try:
        return time.fromisoformat(typed.get("at"))
    except ValueError:
        typed.wrong["at"] = "On attend une heure comme 14:30."
        return None


def _number(typed: Typed, name: str, *, most: int) -> int:
    """0 when it is none, which is then said beside the field."""
    written = typed.get(name)
    number = int(written) if written.isascii() and written.isdecimal() else 0
    if not 1 <= number <= most:
        typed.wrong[name] = f"On attend un nombre de 1 à {most}."
        return 0
    return number


@router.page("/{date_id}", Right.READ_EVENTS)
def one(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    date_id: DateId,
    words: Annotated[str, Query(alias="mots", max_length=80)] = "",
) -> Response:
    return _one(request, session, who, date_id, Typed({"mots": words}))


def _one(request: Request, session: Session, who: Member, date_id: int, typed: Typed) -> Response:
    now = clock()
    found = events.availability(session, date_id)
    date = found.date
    changes = who.may(Right.CHANGE_EVENTS) and _reaches(session, who, date_id)
    words = typed.get("mots")
    people: list[Any] = []
    if words and who.may(Right.CHANGE_PEOPLE):
        people, _ = people_list.page(session, who, PeopleFilters(words=words), now=now, size=FOUND)
    others = events.alternatives(session, date_id, now=now, limit=OTHERS)
    return render(
        request,
        "events/one.html",
        status_code=status.HTTP_422_UNPROCESSABLE_CONTENT if typed.wrong else status.HTTP_200_OK,
        date=date,
        series=date.series,
        free=found.free_seats,
        waiting=found.waiting,
        kind=KINDS[date.series.kind],
        gates=_gates(date.series),
        sheet=event_pages.sheet(session, who, date_id),
        states=STATES,
        name_of=person_words.name_of,
        over=now >= date.ends_at,
        begun=now >= date.starts_at,
        open=date.cancelled_at is None and now < date.closes_at,
        at_the_door=date.cancelled_at is None and now >= date.starts_at - bookings.DOOR_OPENS,
        reaches=_reaches(session, who, date_id),
        changes=changes and date.cancelled_at is None and now < date.starts_at,
        books=who.may(Right.CHANGE_PEOPLE),
        people=people,
        others=[(str(each.date.id), _title(request, each.date)) for each in others],
        groups=event_pages.groups(session, date_id),
        schools=[(str(each.id), each.name) for each in event_pages.schools(session)] if changes else [],
        typed=typed,
        most=MOST_SEATS,
        longest=LONGEST_REASON,
    )


def _reaches(session: Session, who: Member, date_id: int) -> bool:
    try:
        event_pages.within_reach(session, who, date_id)
    except ProgrammeError:
        return False
    return True


def _title(request: Request, date: EventDate) -> str:
    local = date.starts_at.astimezone(zone_of(request))
    return f"{local:%d/%m/%Y %H:%M}, {date.series.title}"


def _gates(series: Series) -> list[str]:
    """For whom it is, in words."""
    found = []
    if series.min_age is not None or series.max_age is not None:
        low, high = series.min_age, series.max_age
        both = f"de {low} à {high} ans" if low is not None and high is not None else ""
        found.append(both or (f"à partir de {low} ans" if low is not None else f"jusqu'à {high} ans"))
    if series.min_level is not None:
        found.append(f"diplôme de niveau {series.min_level} au moins")
    if series.needs_validated_project:
        found.append("projet validé")
    return found


# -- seats of people


@router.action("/{date_id}/inscrire", Right.CHANGE_PEOPLE)
def book(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    date_id: DateId,
    person: Annotated[str, Form(pattern=r"^\d{1,18}$")],
    words: Annotated[str, Form(alias="mots", max_length=80)] = "",
) -> Response:
    """Hold a seat for somebody, who is asked; or put them on the waiting list."""
    now, person_id = clock(), int(person)
    permissions.reach_person(session, who, person_id)
    try:
        with session.begin_nested():
            made = talk.assistant_of(request).desk.book_for(
                session, person_id=person_id, event_date_id=date_id, staff_id=who.staff_id, now=now
            )
    except (BookingClosed, NotEligible, HoursConflict, WaitingListFull) as refusal:
        return _refused(request, session, who, date_id, refusal, words)
    if made.requested_at != now:
        return go(f"{LIST}/{date_id}", "events_there")
    _record(session, "booking.add", who, date_id, person_id)
    return go(f"{LIST}/{date_id}", "events_waiting" if made.status is BookingStatus.WAITING else "events_offered")


@router.action("/{date_id}/inscriptions/{booking_id}/annuler", Right.CHANGE_PEOPLE)
def cancel(request: Request, session: SessionDep, who: MemberDep, date_id: DateId, booking_id: BookingId) -> Response:
    booking = _theirs(session, who, date_id, booking_id)
    desk = talk.assistant_of(request).desk
    desk.cancel_for(session, person_id=booking.person_id, booking_id=booking_id, now=clock())
    _record(session, "booking.cancel", who, date_id, booking.person_id)
    return go(f"{LIST}/{date_id}", "events_cancelled")


@router.action("/{date_id}/inscriptions/{booking_id}/deplacer", Right.CHANGE_PEOPLE)
def move(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    date_id: DateId,
    booking_id: BookingId,
    to: Annotated[str, Form(pattern=r"^\d{1,18}$")],
) -> Response:
    booking = _theirs(session, who, date_id, booking_id)
    try:
        with session.begin_nested():
            talk.assistant_of(request).desk.move_for(
                session, person_id=booking.person_id, booking_id=booking_id, event_date_id=int(to), now=clock()
            )
    except (BookingClosed, NotEligible, HoursConflict, WaitingListFull, SeatsMissing, AlreadyBooked) as refusal:
        return _refused(request, session, who, date_id, refusal)
    _record(session, "booking.move", who, int(to), booking.person_id)
    return go(f"{LIST}/{to}", "events_moved")


def _theirs(session: Session, who: Member, date_id: int, booking_id: int) -> Booking:
    """A booking of this date, of somebody within reach. Raises BookingNotFound, PersonNotFound."""
    booking = event_pages.booking_of(session, date_id, booking_id)
    if booking is None:
        raise BookingNotFound(booking_id)
    permissions.reach_person(session, who, booking.person_id)
    return booking


def _refused(
    request: Request, session: Session, who: Member, date_id: int, refusal: ProgrammeError, words: str = ""
) -> Response:
    typed = Typed({"mots": words})
    typed.wrong["booking"] = _in_words(refusal)
    return _one(request, session, who, date_id, typed)


def _in_words(refusal: ProgrammeError) -> str:
    """What stands against a seat, and what can be done."""
    match refusal:
        case BookingClosed():
            return "Les inscriptions sont fermées, ou la date est annulée. Choisis une autre date."
        case HoursConflict():
            return "La personne a déjà une place ailleurs à ces heures. Annule ou déplace d'abord l'autre place."
        case WaitingListFull():
            return "C'est complet, et la liste d'attente aussi. Choisis une autre date."
        case SeatsMissing():
            return "Il n'y a plus de place libre dans l'autre date : la personne garde sa place ici."
        case AlreadyBooked():
            return "La personne est déjà dans l'autre date : rien n'a changé."
        case NotEligible():
            shut = refusal.refusal
            asked, unknown = GATES[shut.gate]
            if shut.unknown:
                return f"Ce rendez-vous demande {asked}, et on ne sait pas {unknown}. Demande-le à la personne."
            return f"Ce rendez-vous demande {asked} : la personne ne peut pas s'y inscrire."
        case _:
            raise refusal


# -- the date itself


@router.action("/{date_id}/places", Right.CHANGE_EVENTS)
def change_seats(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    date_id: DateId,
    seats: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    event_pages.within_reach(session, who, date_id)
    typed = Typed({"seats": seats})
    number = _number(typed, "seats", most=MOST_SEATS)
    if number:
        try:
            desk = talk.assistant_of(request).desk
            desk.change_seats(session, event_date_id=date_id, seats=number, now=clock())
        except SeatsMissing:
            typed.wrong["seats"] = "Plus de places sont déjà prises ou gardées : annule d'abord des inscriptions."
        except BookingClosed:
            typed.wrong["seats"] = "La date a commencé ou est annulée : ses places ne changent plus."
    if typed.wrong:
        return _one(request, session, who, date_id, typed)
    _record(session, "date.seats", who, date_id)
    return go(f"{LIST}/{date_id}", "events_seats")


@router.action("/{date_id}/annuler", Right.CHANGE_EVENTS)
def call_off(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    date_id: DateId,
    reason: Annotated[str, Form(max_length=LONGEST_REASON)] = "",
    sure: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    event_pages.within_reach(session, who, date_id)
    typed = Typed({"reason": reason})
    why = typed.text("reason", required="Dis pourquoi : les jeunes le liront.", longest=LONGEST_REASON)
    if not sure:
        typed.wrong["sure"] = "Coche la case : tout le monde sera prévenu."
    if why is not None and not typed.wrong:
        try:
            talk.assistant_of(request).desk.call_off(session, event_date_id=date_id, reason=why, now=clock())
        except BookingClosed:
            typed.wrong["reason"] = "La date a commencé ou est déjà annulée."
    if typed.wrong:
        return _one(request, session, who, date_id, typed)
    _record(session, "date.call_off", who, date_id)
    return go(f"{LIST}/{date_id}", "events_called_off")


@router.action("/{date_id}/groupe", Right.CHANGE_EVENTS)
def hold(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    date_id: DateId,
    school: Annotated[str, Form(max_length=18)] = "",
    places: Annotated[str, Form(max_length=5)] = "",
    contact: Annotated[str, Form(max_length=120)] = "",
) -> Response:
    """Seats for a class, all of them or none."""
    event_pages.within_reach(session, who, date_id)
    typed = Typed({"school": school, "places": places, "contact": contact})
    number = _number(typed, "places", most=MOST_SEATS)
    told = typed.text("contact", required="Dis qui appeler dans l'école.")
    if school not in {str(each.id) for each in event_pages.schools(session)}:
        typed.wrong["school"] = "Choisis l'école dans la liste."
    if told is not None and not typed.wrong:
        try:
            bookings.hold_group(
                session, event_date_id=date_id, organisation_id=int(school), seats=number, contact=told, now=clock()
            )
        except SeatsMissing:
            typed.wrong["places"] = "Il n'y a pas autant de places libres, ou quelqu'un les attend."
        except BookingClosed:
            typed.wrong["places"] = "Les inscriptions sont fermées."
    if typed.wrong:
        return _one(request, session, who, date_id, typed)
    _record(session, "date.group", who, date_id)
    return go(f"{LIST}/{date_id}", "events_group")


@router.action("/{date_id}/groupes/{group_id}/rendre", Right.CHANGE_EVENTS)
def leave(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    date_id: DateId,
    group_id: Annotated[int, Path(ge=1, le=2**63 - 1)],
) -> Response:
    event_pages.within_reach(session, who, date_id)
    if group_id not in {group.id for group, _ in event_pages.groups(session, date_id)}:
        raise BookingNotFound(group_id)
    talk.assistant_of(request).desk.release_group(session, group_booking_id=group_id, now=clock())
    _record(session, "date.group_left", who, date_id)
    return go(f"{LIST}/{date_id}", "events_group_left")


@router.page("/{date_id}/affiche.html", Right.ATTENDANCE)
def poster(request: Request, session: SessionDep, who: MemberDep, date_id: DateId) -> Response:
    """The poster for the door, to open and print; a file, as its style stands within it."""
    event_pages.within_reach(session, who, date_id)
    settings = request.app.state.settings
    site = str(settings.public_url).rstrip("/") if settings.public_url is not None else None
    found = door_codes.poster(session, date_id, zone=zone_of(request), public_url=site)
    name = f'attachment; filename="declic-affiche-{date_id}.html"'
    return HTMLResponse(door_page(found), headers={"Content-Disposition": name})


# -- at the door


@router.page("/{date_id}/presence", Right.ATTENDANCE)
def door(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    date_id: DateId,
    words: Annotated[str, Query(alias="mots", max_length=80)] = "",
) -> Response:
    return _door(request, session, who, date_id, Typed({"mots": words}))


def _door(request: Request, session: Session, who: Member, date_id: int, typed: Typed) -> Response:
    now = clock()
    date = event_pages.within_reach(session, who, date_id)
    lines = event_pages.at_the_door(session, date_id)
    words = typed.get("mots")
    people: list[Any] = []
    if words and who.may(Right.READ_PEOPLE):
        people, _ = people_list.page(session, who, PeopleFilters(words=words), now=now, size=FOUND)
    return render(
        request,
        "events/door.html",
        status_code=status.HTTP_422_UNPROCESSABLE_CONTENT if typed.wrong else status.HTTP_200_OK,
        date=date,
        lines=lines,
        marks=MARKS,
        states=STATES,
        name_of=person_words.name_of,
        came=sum(line.booking.status is BookingStatus.PRESENT for line in lines),
        gone=sum(line.booking.status in (BookingStatus.ABSENT, BookingStatus.EXCUSED) for line in lines),
        open=date.cancelled_at is None and now >= date.starts_at - bookings.DOOR_OPENS,
        opens_at=date.starts_at - bookings.DOOR_OPENS,
        searches=who.may(Right.READ_PEOPLE),
        people=people,
        typed=typed,
    )


@router.action("/{date_id}/presence", Right.ATTENDANCE)
def note(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    date_id: DateId,
    booking_id: Annotated[str, Form(alias="inscription", pattern=r"^\d{1,18}$")],
    mark: Annotated[str, Form(alias="note", max_length=10)] = "",
) -> Response:
    """One tap of the sheet; another one corrects it."""
    event_pages.within_reach(session, who, date_id)
    booking = event_pages.booking_of(session, date_id, int(booking_id))
    if booking is None or mark not in MARKS:
        raise BookingNotFound(booking_id)
    try:
        bookings.mark(session, booking_id=booking.id, status=MARKS[mark][0], now=clock())
    except BookingNotFound:
        typed = Typed()
        typed.wrong["door"] = "Ce n'est pas noté : la personne n'a plus de place, ou la porte n'est pas encore ouverte."
        return _door(request, session, who, date_id, typed)
    _record(session, "attendance.note", who, date_id, booking.person_id)
    return go(f"{LIST}/{date_id}/presence#inscription-{booking.id}")


@router.action("/{date_id}/presence/arrivee", Right.ATTENDANCE)
def came(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    date_id: DateId,
    person: Annotated[str, Form(pattern=r"^\d{1,18}$")],
) -> Response:
    """Somebody without a seat was let in."""
    event_pages.within_reach(session, who, date_id)
    permissions.reach_person(session, who, int(person))
    try:
        made = bookings.walk_in(
            session, person_id=int(person), event_date_id=date_id, staff_id=who.staff_id, now=clock()
        )
    except BookingClosed:
        typed = Typed()
        typed.wrong["door"] = "Ce n'est pas noté : la porte n'est pas encore ouverte, ou la date est annulée."
        return _door(request, session, who, date_id, typed)
    _record(session, "attendance.note", who, date_id, made.person_id)
    return go(f"{LIST}/{date_id}/presence#inscription-{made.id}", "events_came")


def _record(session: Session, action: str, who: Member, date_id: int, person_id: int | None = None) -> None:
    audit.record(
        session, action, teller=Teller.STAFF, now=clock(), person_id=person_id, staff_id=who.staff_id,
        details={"date": date_id},
    )  # fmt: skip
