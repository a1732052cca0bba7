"""`declic workshops`: dates, places, who came."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.commands.common import load_content, programme_engine, read_settings, say, stop
from bot.web.door_page import door_page
from programme import bookings, calendars, demonstration, door_codes, events, french
from programme.clock import clock
from programme.database import session_factory_for
from programme.errors import (
    BookingClosed,
    BookingNotFound,
    ContentError,
    EventNotFound,
    HoursConflict,
    NotEligible,
    SeatsMissing,
    WaitingListFull,
)
from programme.event_file import load_events, read_events
from programme.models import BookingStatus, Organisation, StaffMember

app = typer.Typer(no_args_is_help=True, help="Workshops, forums and visits.")

DateId = Annotated[
    int, typer.Argument(help="The number of a date: `declic workshops list` shows them.", min=1, max=2**63 - 1)
]
ATTENDANCE = {status.value: status for status in (BookingStatus.PRESENT, BookingStatus.ABSENT, BookingStatus.EXCUSED)}


@contextmanager
def _transaction() -> Iterator[Session]:
    """A refusal of the programme becomes one line."""
    with programme_engine(read_settings()) as engine, session_factory_for(engine).begin() as session:
        try:
            yield session
        except EventNotFound:
            stop("there is no such date: `declic workshops list` shows the coming ones.")
        except BookingClosed:
            stop("this date does not allow it now: it is cancelled, over, not over yet, or closed to requests.")
        except SeatsMissing:
            stop("there are not enough free seats in this date.")
        except WaitingListFull:
            stop("this date and its waiting list are full.")
        except HoursConflict:
            stop("the person has a seat in another date at these hours.")
        except NotEligible as shut:
            stop(f"the person does not meet what this date asks for: {shut.refusal.gate}.")
        except BookingNotFound:
            stop("there is no such person or booking, or it cannot change any more.")


@app.command("load")
def load(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Add or update workshops and their dates from a YAML file (docs/ateliers.md)."""
    settings = read_settings()
    try:
        found = read_events(file)
    except ContentError as problem:
        stop(str(problem))
    now = clock()
    with programme_engine(settings) as engine, session_factory_for(engine).begin() as session:
        today = now.astimezone(settings.zone).date()
        try:
            demonstration.remove(session)
            count = load_events(session, found, zone=settings.zone, today=today)
        except ContentError as problem:
            stop(f"{file}, {problem}")
        told = load_content(settings).desk.fill(session, now=now)
    say(f"{french.plural(len(found.series), 'workshop', 'workshops')}, {french.plural(count, 'date', 'dates')} loaded.")
    if told:
        say(f"{french.plural(told, 'person', 'people')} on a waiting list are offered a seat and told.")


@app.command("list")
def list_() -> None:
    """Show the coming dates with their free places."""
    settings = read_settings()
    with programme_engine(settings) as engine, session_factory_for(engine).begin() as session:
        for each in events.upcoming(session, now=clock(), limit=1000):
            local = each.date.starts_at.astimezone(settings.zone)
            say(
                f"{each.date.id:6}  {local:%Y-%m-%d %H:%M}  {each.date.series.slug:22} "
                f"{each.free_seats}/{each.date.seats} free, {each.waiting} waiting"
            )


@app.command("book")
def book(
    date_id: DateId,
    person: Annotated[int, typer.Option(help="The number of the young person.")],
    staff: Annotated[str, typer.Option(help="Your own e-mail address, as it is in the team.")],
) -> None:
    """Ask for a seat on behalf of somebody, who is told and says yes or no."""
    settings = read_settings()
    desk = load_content(settings).desk
    with _transaction() as session:
        staff_id = session.scalar(select(StaffMember.id).where(StaffMember.email == staff, StaffMember.active))
        if staff_id is None:
            stop(f"nobody of the team has the address {staff}.")
        made = desk.book_for(session, person_id=person, event_date_id=date_id, staff_id=staff_id, now=clock())
        say(f"Booking {made.id}: {made.status}. The person is told in their conversation.")


@app.command("group")
def group(
    date_id: DateId,
    school: Annotated[str, typer.Option(help="The key of the organisation.")],
    seats: Annotated[int, typer.Option(min=1, max=1000)],
    contact: Annotated[str, typer.Option(help="Whom to call at the school.")],
) -> None:
    """Hold seats for a class, all of them or none."""
    with _transaction() as session:
        organisation_id = session.scalar(select(Organisation.id).where(Organisation.slug == school))
        if organisation_id is None:
            stop(f"there is no organisation {school}.")
        held = bookings.hold_group(
            session,
            event_date_id=date_id,
            organisation_id=organisation_id,
            seats=seats,
            contact=contact,
            now=clock(),
        )
        say(f"Group {held.id}: {french.plural(seats, 'seat', 'seats')} held.")


@app.command("call-off")
def call_off(
    date_id: DateId, reason: Annotated[str, typer.Option(help="Said to the young people, in French.")]
) -> None:
    """Cancel a date; all who were to come or waited are told, with other dates."""
    desk = load_content(read_settings()).desk
    with _transaction() as session:
        told = desk.call_off(session, event_date_id=date_id, reason=reason, now=clock())
    say(f"Date {date_id} is cancelled; people told: {told}.")


@app.command("who")
def who(date_id: DateId) -> None:
    """Who has a seat in a date and who waits, with the number of each booking."""
    with _transaction() as session:
        events.availability(session, date_id)
        for booking, name in bookings.sheet(session, event_date_id=date_id):
            say(f"{booking.id:6}  {booking.status:10} person {booking.person_id}  {name or ''}".rstrip())


@app.command("mark")
def mark(
    booking_id: Annotated[int, typer.Argument(min=1, max=2**63 - 1)],
    attendance: Annotated[str, typer.Argument(help=f"One of {', '.join(ATTENDANCE)}.")],
) -> None:
    """Note who came; it may be corrected."""
    if attendance not in ATTENDANCE:
        stop(f"{attendance} is none of {', '.join(ATTENDANCE)}.")
    with _transaction() as session:
        bookings.mark(session, booking_id=booking_id, status=ATTENDANCE[attendance], now=clock())
    say(f"Booking {booking_id}: {attendance}.")


@app.command("close")
def close(date_id: DateId) -> None:
    """After a date: note as absent whoever was not seen, and ask them how they are."""
    desk = load_content(read_settings()).desk
    with _transaction() as session:
        asked = desk.close_sheet(session, event_date_id=date_id, now=clock())
    say(f"Date {date_id} is closed; people who were not seen, and are asked how they are: {asked}.")


@app.command("door")
def door(
    date_id: DateId, out: Annotated[Path, typer.Option(dir_okay=False, help="The HTML file to write, for a browser.")]
) -> None:
    """Write the poster for the door: the code that those who arrive type or scan, to print on A4."""
    settings = read_settings()
    site = str(settings.public_url).rstrip("/") if settings.public_url is not None else None
    with _transaction() as session:
        found = door_codes.poster(session, date_id, zone=settings.zone, public_url=site)
        try:
            out.write_text(door_page(found), encoding="utf-8")
        except OSError as problem:
            stop(f"{out} cannot be written: {problem.strerror}.")
    without = "" if site else " Without DECLIC_PUBLIC_URL there is nothing to scan on it, only the code to type."
    say(f"{out}: code {found.code}.{without}")


@app.command("calendar")
def calendar(by: Annotated[str, typer.Option("--by", help="Your own e-mail address, as it is in the team.")]) -> None:
    """Make the private address of your team's dates, for your own calendar; the one before stops."""
    settings = read_settings()
    with _transaction() as session:
        staff_id = session.scalar(select(StaffMember.id).where(StaffMember.email == by, StaffMember.active))
        if staff_id is None:
            stop(f"nobody of the team has the address {by}.")
        secret = calendars.staff_feed(session, staff_id, now=clock())
    site = (
        str(settings.public_url).rstrip("/") if settings.public_url is not None else f"http://localhost:{settings.port}"
    )
    say(f"{site}/agenda/{secret}.ics")
    say("Whoever has this address reads the dates, with counts and without names: keep it to yourself.")
