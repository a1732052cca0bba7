"""A rush for few seats, through two `bot` processes on one database, and what becomes of a seat that is held."""

import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import psutil
import pytest
from sqlalchemy import text

from tests.bot.test_faults import wait_for
from tests.programme.at_once import at_once
from tests.stack import DECLIC, Chat, Stack, free_ports, said, titles

PEOPLE, SEATS, RANKS = 200, 10, 50


@pytest.fixture
def second_bot(stack: Stack, tmp_path: Path) -> Iterator[str]:
    """The address of another `bot` process on the same database and dialogue server."""
    (port,) = free_ports(1)
    environment = {
        **stack.environment,
        "DECLIC_DATABASE_URL": stack.engine.url.render_as_string(hide_password=False),
        "DECLIC_PORT": str(port),
        "PTB_TIMEDELTA": "true",
    }
    environment.pop("DECLIC_TELEGRAM_TOKEN")  # one process asks Telegram for updates, not two
    url = f"http://127.0.0.1:{port}"
    with (tmp_path / "bot.log").open("wb") as log:
        process = subprocess.Popen([*DECLIC, "run", "bot"], env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_for(lambda: _answers(url), timeout_s=60)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=5, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


@pytest.fixture
def a_date(stack: Stack) -> Callable[..., int]:
    """Puts a date of the demonstration's own kind into the running database; its id."""

    def build(*, title: str, seats: int, waiting_limit: int | None = None, days: int = 12) -> int:
        starts_at = (stack.now() + timedelta(days=days)).replace(hour=13, minute=0, second=0, microsecond=0)
        with stack.engine.begin() as connection:
            series_id = connection.execute(
                text(
                    "INSERT INTO event_series (slug, kind, title, summary, place) "
                    "VALUES (:slug, 'job_dating', :title, 'Dix employeurs, dix minutes chacun.', 'Salle des fêtes') "
                    "ON CONFLICT (slug) DO UPDATE SET title = excluded.title RETURNING id"
                ),
                {"slug": f"rush-{title.lower().replace(' ', '-')}", "title": title},
            ).scalar_one()
            date_id: int = connection.execute(
                text(
                    "INSERT INTO event_dates (series_id, starts_at, ends_at, closes_at, seats, waiting_limit) "
                    "VALUES (:series_id, :starts_at, :ends_at, :starts_at, :seats, :limit) RETURNING id"
                ),
                {
                    "series_id": series_id,
                    "starts_at": starts_at,
                    "ends_at": starts_at + timedelta(hours=2),
                    "seats": seats,
                    "limit": waiting_limit,
                },
            ).scalar_one()
        return date_id

    yield build  # type: ignore[misc]
    with stack.engine.begin() as connection:
        connection.execute(text("DELETE FROM event_series WHERE slug LIKE 'rush-%'"))


def bookings(stack: Stack, date_id: int) -> list[tuple[int, str, int]]:
    """Id, state and person of each booking of a date, in the order of the requests."""
    with stack.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT id, status, person_id FROM bookings WHERE event_date_id = :date ORDER BY id"),
            {"date": date_id},
        )
        return [(row[0], row[1], row[2]) for row in rows]


def person_of(stack: Stack, chat: Chat) -> int:
    with stack.engine.connect() as connection:
        found: int = connection.execute(
            text(
                "SELECT i.person_id FROM conversations c JOIN channel_identities i ON i.id = c.identity_id "
                "WHERE c.id = :id"
            ),
            {"id": chat.conversation_id},
        ).scalar_one()
        return found


def test_200_people_rush_for_10_seats_through_two_bots_then_10_cancel_at_once(
    stack: Stack, second_bot: str, a_date: Callable[..., int]
) -> None:
    # seen to fail with `with_for_update` taken out of bookings._lock: 51 people waited on 50 ranks, four of them 24th
    # given ten seats, fifty ranks, another date with room, and two hundred people at two servers
    date_id = a_date(title="Job dating", seats=SEATS, waiting_limit=RANKS)
    a_date(title="Second job dating", seats=300)
    people = [stack.chat(url) for _ in range(PEOPLE // 2) for url in (stack.url, second_bot)]
    # when they all say yes at the same moment
    yes = f'/affirm{{"workshop_date": "{date_id}"}}'
    answers = at_once([partial(chat.press, yes) for chat in people])
    # then ten have a seat, fifty have the ranks 1 to 50, and the others are shown where there is room
    told = [said(answer) for answer in answers]
    ranks = sorted(int(found[1]) for each in told if (found := re.search(r"tu es (\d+)er? sur la liste", each)))
    full = [answer for answer in answers if "la liste d'attente aussi" in said(answer)]
    assert (sum("C'est réservé" in each for each in told), ranks) == (SEATS, list(range(1, RANKS + 1)))
    assert (len(full), all("Second job dating" in titles(answer) for answer in full)) == (140, True)
    rows = bookings(stack, date_id)
    assert Counter(state for _, state, _ in rows) == {"booked": SEATS, "waiting": RANKS}
    waiting = [person_id for _, state, person_id in rows if state == "waiting"]

    # when the ten cancel at the same moment
    mine = {person_id: booking_id for booking_id, state, person_id in rows if state == "booked"}
    holders = [(chat, person_of(stack, chat)) for chat, each in zip(people, told, strict=True) if "réservé" in each]
    cancels = [partial(chat.press, f'/affirm{{"booking": "{mine[person_id]}"}}') for chat, person_id in holders]
    assert all("C'est annulé" in said(answer) for answer in at_once(cancels))
    # then the first ten of the list are offered a seat, each once, and the others move up
    after = bookings(stack, date_id)
    assert [person_id for _, state, person_id in after if state == "offered"] == waiting[:SEATS]
    assert [person_id for _, state, person_id in after if state == "waiting"] == waiting[SEATS:]
    offered = [chat for chat in people if person_of(stack, chat) in waiting[:SEATS]]
    assert [len(chat.wait_to_hear("Une place s'est libérée")) for chat in offered] == [1] * SEATS
    others = [chat for chat in people if person_of(stack, chat) in waiting[SEATS:]]
    assert not any("Une place s'est libérée" in said(chat.history()) for chat in others)


def test_a_held_seat_passes_on_in_order_though_every_process_was_killed(
    stack: Stack, a_date: Callable[..., int]
) -> None:
    # given one seat that is offered to the first of three who wait
    date_id = a_date(title="Petit job dating", seats=1)
    holder, *waiting = [stack.chat() for _ in range(4)]
    for chat in (holder, *waiting):
        chat.press(f'/affirm{{"workshop_date": "{date_id}"}}')
    ids = [person_of(stack, chat) for chat in waiting]
    booking_id = bookings(stack, date_id)[0][0]
    holder.press(f'/affirm{{"booking": "{booking_id}"}}')
    assert _offered(stack, date_id) == [ids[0]]
    waiting[0].wait_to_hear("Une place s'est libérée")

    # when every process is killed, and the time of the offer ends while none runs
    parts = stack.process.children(recursive=True)
    for part in parts:
        part.kill()
    _end_offers(stack, date_id)
    psutil.wait_procs(parts, timeout=20)
    wait_for(lambda: _answers(stack.url))
    # then the seat goes to the second one
    wait_for(lambda: _offered(stack, date_id) == [ids[1]])
    waiting[1].wait_to_hear("Une place s'est libérée")
    # and, when their time is over too, to the third
    _end_offers(stack, date_id)
    wait_for(lambda: _offered(stack, date_id) == [ids[2]])
    waiting[2].wait_to_hear("Une place s'est libérée")
    # and each was told what happened to them, once
    heard = [said(chat.history()) for chat in waiting]
    assert [each.count("Une place s'est libérée") for each in heard] == [1, 1, 1]
    assert [each.count("est passée à la personne suivante") for each in heard] == [1, 1, 0]
    # who says yes has the seat; who comes too late does not
    assert "C'est noté, tu viens" in said(waiting[2].press(_yes(stack, date_id, ids[2])))
    assert "n'est plus gardée" in said(waiting[0].press(_yes(stack, date_id, ids[0])))


def _offered(stack: Stack, date_id: int) -> list[int]:
    return [person_id for _, state, person_id in bookings(stack, date_id) if state == "offered"]


def _yes(stack: Stack, date_id: int, person_id: int) -> str:
    (booking_id,) = [each for each, _, person in bookings(stack, date_id) if person == person_id]
    return f'/book_workshop{{"booking": "{booking_id}"}}'


def _end_offers(stack: Stack, date_id: int) -> None:
    """Time passes: the shortest offer lasts a quarter of an hour, which no test waits for."""
    with stack.engine.begin() as connection:
        connection.execute(
            text("UPDATE bookings SET offered_until = now() WHERE event_date_id = :date AND status = 'offered'"),
            {"date": date_id},
        )
