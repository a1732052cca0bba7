"""A programme of a million young people, made up, in a database of its own, for `declic bench programme`."""

import math
import random
import shutil
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from psycopg import sql
from sqlalchemy import Connection, Engine, func, select, text

from programme import french
from programme.migrate import migrate
from programme.models import AgeBand, Base, BookingStatus, PathStage

DATABASE = "declic_bench"
NOW = datetime(2027, 3, 15, 9, 0, tzinfo=UTC)
PEOPLE, BOOKINGS_EACH, MESSAGES_EACH = 1_000_000, 5, 20
TERRITORIES, COMMUNES_EACH = 200, 5
STAFF, SERIES, DATES = 2_000, 5_000, 250_000
# one date in fifty is wanted by many: 50 seats, 250 who wait
POPULAR_EVERY, POPULAR_SEATS, POPULAR_WAITING = 50, 50, 250
SEATS = 12
# of the messages of each person: which one names a company, and how many companies there are
RARE_TURN, COMPANIES = 6, 5_000
NOT_UNDERSTOOD_EVERY = 50
COHORTS, LARGE_COHORTS, LARGE, SMALL = 20, 2, 50_000, 2_000
# of a row with its part of the indexes, by rule of thumb; the disk is looked at before anything is written
BYTES_FOR_EACH_PERSON = 14_000
CHUNK = 20_000
# loaded without their indexes, keys and checks, which are made again after
# of every fortieth territory each; the others are in Paris' hours
ZONES = {1: "Indian/Reunion", 2: "America/Guadeloupe", 3: "America/Cayenne"}
BIG = (
    "people",
    "consents",
    "channel_identities",
    "conversations",
    "messages",
    "event_dates",
    "bookings",
    "stage_changes",
)
STAGES = tuple(stage.value for stage in PathStage)
BANDS = tuple(band.value for band in AgeBand)
TEXTS = (
    "slt je cherche une alternance en boulangerie",
    "c payé combien en 1ere année à 17 ans ?",
    "Ton contrat dure de 6 mois à 3 ans. Tu peux commencer avant la rentrée.",
    "g appelé le garage il rappelle mardi",
    "Bravo ! Note le nom de la personne et le jour où tu rappelles.",
)


class NoRoom(Exception):
    """The disk is too small for the data that was asked for; the message says by how much."""


class NotABench(Exception):
    """The database has not the name of a bench: what it holds is not ours to empty."""


@dataclass(frozen=True)
class Size:
    """How many of each, at this scale of the whole."""

    scale: float

    def of(self, whole: int, *, least: int = 1) -> int:
        return max(least, round(whole * self.scale))

    @property
    def people(self) -> int:
        return self.of(PEOPLE, least=500)

    @property
    def dates(self) -> int:
        return self.of(DATES, least=2 * POPULAR_EVERY)

    @property
    def series(self) -> int:
        return self.of(SERIES, least=20)


def fill(engine: Engine, folder: Path | None, *, scale: float, again: bool, say: Callable[[str], None]) -> None:
    """Make the data, unless the database holds it at this scale and schema already.

    Args:
        folder: where the server keeps its data, to look at the room that is left; None when that is another machine.
    Raises:
        NoRoom, NotABench
    """
    if "bench" not in (engine.url.database or ""):
        raise NotABench(f"the database {engine.url.database} is not one of a bench, and would be emptied")
    migrate(engine)
    size = Size(scale)
    if not again and _made(engine) == _mark(engine, scale):
        say(f"Data: there already, {size.people:,} people.")
        return
    if folder is None:
        say("Data: the server keeps it where its disk cannot be looked at from here.")
    else:
        needed = 1.2 * size.people * BYTES_FOR_EACH_PERSON
        with engine.connect() as connection:
            given_back: int = connection.scalar(text("SELECT pg_database_size(current_database())")) or 0
        free = shutil.disk_usage(folder).free + given_back
        if free < needed:
            raise NoRoom(f"{needed / 1e9:.0f} GB are needed in {folder}, {free / 1e9:.0f} GB are free")
    started = time.monotonic()
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS bench_mark"))
        tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    # one transaction: a load that is stopped halfway must not leave tables without their indexes, which the next load
    # would take for the schema
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL synchronous_commit = off"))
        connection.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
        kept = _take_away(connection)
        for table, columns, rows in _tables(size):
            _copy(connection, table, columns, rows, say)
        for statement in kept:
            say(f"  {statement[:76]}…")
            connection.execute(text(statement))
        _after(connection)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        say("  VACUUM ANALYZE")
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("CREATE TABLE bench_mark (mark text)"))
        connection.execute(text("INSERT INTO bench_mark VALUES (:mark)"), {"mark": _mark(engine, scale)})
    say(f"Data: {size.people:,} people in {time.monotonic() - started:.0f} s.")


def _mark(engine: Engine, scale: float) -> str:
    with engine.connect() as connection:
        revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return f"{revision} {scale}"


def _made(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if connection.scalar(text("SELECT to_regclass('bench_mark')")) is None:
            return None
        mark: str | None = connection.scalar(text("SELECT mark FROM bench_mark"))
        return mark


def _take_away(connection: Connection) -> list[str]:
    """Drop keys, checks and indexes of the big tables; the statements that make them again, keys of others last."""
    constraints = connection.execute(
        text(
            "SELECT conrelid::regclass::text, conname, contype, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE contype IN ('p', 'u', 'f', 'c') AND (conrelid::regclass::text = ANY(:big) "
            "OR confrelid::regclass::text = ANY(:big)) ORDER BY contype = 'f' DESC"
        ),
        {"big": list(BIG)},
    ).all()
    indexes = connection.execute(
        text(
            "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i "
            "LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u') "
            "WHERE i.indrelid::regclass::text = ANY(:big) AND c.oid IS NULL"
        ),
        {"big": list(BIG)},
    ).all()
    for table, name, _, _ in constraints:  # foreign keys first: they hang on the others
        connection.execute(text(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'))
    for name, _ in indexes:
        connection.execute(text(f"DROP INDEX {name}"))
    keys = [
        f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {made}' for table, name, kind, made in constraints if kind != "f"
    ]
    foreign = [
        f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {made}' for table, name, kind, made in constraints if kind == "f"
    ]
    return [*keys, *(made for _, made in indexes), *foreign]


def _copy(connection: Connection, table: str, columns: str, rows: Iterable[str], say: Callable[[str], None]) -> None:
    """``rows`` are lines of COPY's text format."""
    started, count = time.monotonic(), 0
    names = [sql.Identifier(name) for name in columns.split()]
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), sql.SQL(", ").join(names))
    with connection.connection.cursor() as cursor, cursor.copy(statement) as copy:  # type: ignore[attr-defined]
        chunk: list[str] = []
        for row in rows:
            chunk.append(row)
            if len(chunk) == CHUNK:
                copy.write("".join(chunk))
                count += len(chunk)
                chunk.clear()
                if count % 2_000_000 == 0:
                    say(f"  {table:20} {count:>12,}")
        copy.write("".join(chunk))
        count += len(chunk)
    seconds = time.monotonic() - started
    say(f"  {table:20} {count:>12,} rows, {count / max(seconds, 0.001):>10,.0f} a second")


def conversation_of(person_id: int) -> uuid.UUID:
    """The id of somebody's conversation: spread out, as real ones are."""
    return uuid.UUID(int=(person_id * 0x9E3779B97F4A7C15F39CC0605CEDC835) % 2**128)


def is_popular(date_id: int) -> bool:
    return date_id % POPULAR_EVERY == 0


def stage_of(person_id: int) -> str:
    """Every counsellor has people at every stage."""
    # a counsellor's people are STAFF apart, and 7 * 2,000 + 3 has no factor in common with 12 stages
    return STAGES[(person_id * 7 + person_id // STAFF * 3) % len(STAGES)]


def wrote_at(person_id: int) -> str:
    """Spread over the last two months, no two at the same moment."""
    return (NOW - timedelta(seconds=person_id * 7919 % (60 * 86_400), microseconds=person_id)).isoformat()


def read_at(person_id: int) -> str:
    """Four in five were read since."""
    return r"\N" if person_id % 5 == 0 else NOW.isoformat()


def company_of(person_id: int) -> str:
    """A word that two hundred conversations in a million have."""
    return f"garagex{person_id % COMPANIES}"


def training_of(person_id: int) -> str:
    """The first day at the CFA, told by two in three: from January to July."""
    return r"\N" if person_id % 3 == 0 else (date(2027, 1, 1) + timedelta(days=person_id * 7 % 200)).isoformat()


def _tables(size: Size) -> Iterator[tuple[str, str, Iterator[str]]]:
    """Each table with its columns and its rows, parents first."""
    people, dates, series = size.people, size.dates, size.series
    at = NOW.isoformat()
    communes = TERRITORIES * COMMUNES_EACH
    chance = random.Random(2027)  # noqa: S311 (made-up data, the same each time)

    def start_of(date_id: int) -> datetime:
        """Spread over two years around now, on the hour."""
        hours = (date_id * 7919) % (730 * 8)
        return NOW - timedelta(days=365) + timedelta(days=hours // 8, hours=hours % 8)

    def bookings() -> Iterator[str]:
        number = 0
        of_popular = POPULAR_SEATS + POPULAR_WAITING
        ordinary = math.ceil((BOOKINGS_EACH * people / dates * POPULAR_EVERY - of_popular) / (POPULAR_EVERY - 1))
        for date_id in range(1, dates + 1):
            start, popular = start_of(date_id), is_popular(date_id)
            seats = POPULAR_SEATS if popular else SEATS
            wanted = POPULAR_SEATS + POPULAR_WAITING if popular else ordinary
            first, step = chance.randrange(people), 2 * chance.randrange(people // 4) + 1
            asked = (start - timedelta(days=20)).isoformat()
            taken, who = 0, set()
            for turn in range(min(wanted, people // 2)):
                person_id = (first + turn * step) % people + 1
                if person_id in who:
                    continue
                who.add(person_id)
                number += 1
                if turn % 8 == 7:
                    status, by = BookingStatus.CANCELLED, "person"
                elif taken < seats:
                    taken += 1
                    by = r"\N"
                    if start > NOW:
                        status = BookingStatus.BOOKED
                    else:
                        status = BookingStatus.PRESENT if turn % 6 else BookingStatus.ABSENT
                else:
                    status, by = BookingStatus.WAITING, r"\N"
                yield f"{number}\t{date_id}\t{person_id}\t{status.value}\t{asked}\t{asked}\t{by}\n"

    def messages() -> Iterator[str]:
        number = 0
        for person_id in range(1, people + 1):
            conversation = conversation_of(person_id)
            for turn in range(MESSAGES_EACH):
                number += 1
                author, state = ("person", "answered") if turn % 2 == 0 else ("assistant", "delivered")
                sent = f"2027-{1 + turn % 3:02d}-{1 + (person_id + turn) % 28:02d} 1{turn % 10}:00:00+00"
                said = f"g appelé {company_of(person_id)}" if turn == RARE_TURN else TEXTS[turn % len(TEXTS)]
                yield f"{number}\t{conversation}\t{number:x}\t{author}\t{said}\t{state}\t{sent}\t{sent}\n"

    yield "organisations", "id slug kind name", iter(["1\tml\tmission_locale\tMission locale\n"])
    yield (
        "territories",
        "id slug name region zone",
        (
            f"{n}\tt{n}\tTerritoire {n}\tRégion\t{ZONES.get(n % 40, 'Europe/Paris')}\n"
            for n in range(1, TERRITORIES + 1)
        ),
    )
    yield (
        "territory_communes",
        "commune territory_id",
        (f"commune {n}\t{1 + n // COMMUNES_EACH}\n" for n in range(communes)),
    )
    yield (
        "teams",
        "id organisation_id territory_id name",
        (f"{n}\t1\t{n}\tÉquipe {n}\n" for n in range(1, TERRITORIES + 1)),
    )
    yield (
        "staff",
        "id team_id role name email",
        (f"{n}\t{1 + n % TERRITORIES}\tcounsellor\tConseil {n}\tc{n}@exemple.fr\n" for n in range(1, STAFF + 1)),
    )
    yield (
        "people",
        "id created_at display_name age_band commune qpv level stage stage_at training_starts_on team_id counsellor_id",
        (
            f"{n}\t{at}\tPrénom {n}\t{BANDS[n % 4]}\tcommune {(n * 31) % communes}\t{'t' if n % 5 == 0 else 'f'}\t"
            f"{3 + n % 4}\t{stage_of(n)}\t{at}\t{training_of(n)}\t{1 + n % TERRITORIES}\t{1 + (n * 17) % STAFF}\n"
            for n in range(1, people + 1)
        ),
    )
    yield (
        "consents",
        "id person_id purpose given text_version text_shown at",
        (f"{n}\t{n}\treminders\t{'f' if n % 50 == 0 else 't'}\t1\t{TEXTS[2]}\t{at}\n" for n in range(1, people + 1)),
    )
    yield (
        "channel_identities",
        "id person_id channel external_id created_at",
        (f"{n}\t{n}\tweb\t{n:064x}\t{at}\n" for n in range(1, people + 1)),
    )
    yield (
        "conversations",
        "id identity_id created_at last_wrote_at read_at",
        (f"{conversation_of(n)}\t{n}\t{at}\t{wrote_at(n)}\t{read_at(n)}\n" for n in range(1, people + 1)),
    )
    yield "messages", "id conversation_id public_id author text state sent_at state_at", messages()
    yield (
        "flags",
        "id conversation_id reason raised_at",
        (f"{n}\t{conversation_of(n * 150)}\thuman_wanted\t{at}\n" for n in range(1, people // 150)),
    )
    yield (
        "reviews",
        "id message_id conversation_id reason created_at",
        (
            f"{n}\t{(n * NOT_UNDERSTOOD_EVERY - 1) * MESSAGES_EACH + 1}\t{conversation_of(n * NOT_UNDERSTOOD_EVERY)}\t"
            f"not_understood\t{at}\n"
            for n in range(1, people // NOT_UNDERSTOOD_EVERY)
        ),
    )
    yield (
        "programmes",
        "id slug name purpose starts_on ends_on places",
        (f"{n}\tp{n}\tProgramme {n}\tChercher ensemble\t2027-03-01\t2027-10-31\t55\n" for n in range(1, 21)),
    )
    yield (
        "enrolments",
        "id programme_id person_id enrolled_on",
        (f"{n}\t{1 + n % 20}\t{n}\t2027-03-0{1 + n % 9}\n" for n in range(1, people // 3)),
    )
    yield (
        "event_series",
        "id slug programme_id territory_id kind title summary place",
        (
            f"{n}\ts{n}\t{1 + n % 20}\t{1 + n % TERRITORIES}\tatelier\tAtelier {n}\tOn cherche ensemble.\tSalle {n}\n"
            for n in range(1, series + 1)
        ),
    )
    yield (
        "event_dates",
        "id series_id territory_id starts_at ends_at closes_at seats",
        (
            f"{n}\t{(sid := 1 + n % series)}\t{1 + sid % TERRITORIES}\t"
            f"{(start := start_of(n) + timedelta(seconds=n // series)).isoformat()}\t"
            f"{(start + timedelta(hours=2)).isoformat()}\t{(start - timedelta(hours=1)).isoformat()}\t"
            f"{POPULAR_SEATS if is_popular(n) else SEATS}\n"
            for n in range(1, dates + 1)
        ),
    )
    yield "bookings", "id event_date_id person_id status requested_at status_at cancelled_by", bookings()
    yield (
        "stage_changes",
        "id person_id aspect before after at teller",
        (f"{n}\t{n}\tstage\tprojet\t{stage_of(n)}\t{at}\tstaff\n" for n in range(1, people + 1)),
    )
    yield (
        "work_contracts",
        "id person_id kind announced_at teller signed_on starts_on",
        (f"{n}\t{n * 6}\tapprentissage\t{at}\tstaff\t2027-02-01\t2027-03-01\n" for n in range(1, people // 6)),
    )
    yield (
        "cohorts",
        "id slug name rule created_at frozen_at",
        (f"{n}\tc{n}\tCohorte {n}\t{{}}\t{at}\t{at}\n" for n in range(1, COHORTS + 1)),
    )
    yield (
        "cohort_members",
        "cohort_id person_id",
        (
            f"{n}\t{person_id}\n"
            for n in range(1, COHORTS + 1)
            for person_id in range(
                n, people + 1, max(1, people // size.of(LARGE if n <= LARGE_COHORTS else SMALL, least=50))
            )
        ),
    )


def _after(connection: Connection) -> None:
    """Words to search in; and new rows get numbers after those that were copied."""
    said = french.plain(" ".join(TEXTS[turn % len(TEXTS)] for turn in range(0, MESSAGES_EACH, 2) if turn != RARE_TURN))
    connection.execute(text("DROP INDEX ix_conversation_words"))
    connection.execute(
        text(
            "INSERT INTO conversation_words (conversation_id, up_to, words) "
            "SELECT c.id, i.person_id * :each, "
            "strip(to_tsvector('french', :said || ' garagex' || i.person_id % :companies)) "
            "FROM conversations c JOIN channel_identities i ON i.id = c.identity_id"
        ),
        {"said": said, "each": MESSAGES_EACH, "companies": COMPANIES},
    )
    connection.execute(text("CREATE INDEX ix_conversation_words ON conversation_words USING gin (words)"))
    for table in Base.metadata.sorted_tables:
        if "id" in table.c and table.c.id.identity is not None:
            following = select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery()
            connection.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), following)))
