"""The register of personal data says what becomes of every column."""

from collections.abc import Mapping

import pytest
from sqlalchemy import BigInteger, Column, ForeignKey, MetaData, String
from sqlalchemy import Table as SchemaTable

from programme.models import Base
from programme.privacy import PERSON, REGISTER, Fate, Table, fates, hanging_from_people, problems


def test_the_register_says_what_becomes_of_every_column_there_is() -> None:
    assert problems(Base.metadata) == []


def test_every_column_has_one_fate() -> None:
    columns = {f"{table.name}.{column.name}" for table in Base.metadata.sorted_tables for column in table.columns}
    assert fates().keys() == columns


@pytest.mark.parametrize(
    ("name", "fate"),
    [
        pytest.param("messages.text", Fate.ERASED, id="what was written"),
        pytest.param("contacts.told", Fate.ERASED, id="the notebook"),
        pytest.param("channel_identities.external_id", Fate.ERASED, id="who it is on Telegram"),
        pytest.param("guardians.phone", Fate.ERASED, id="a parent"),
        pytest.param("people.display_name", Fate.ANONYMISED, id="a name"),
        pytest.param("people.commune", Fate.ANONYMISED, id="a home"),
        pytest.param("bookings.person_id", Fate.ANONYMISED, id="who came"),
        pytest.param("bookings.status", Fate.KEPT, id="how many came"),
        pytest.param("event_series.title", Fate.KEPT, id="the catalogue"),
    ],
)
def test_what_tells_who_somebody_is_goes_and_what_is_counted_stays(name: str, fate: Fate) -> None:
    assert fates()[name] == fate


def test_a_row_hangs_from_people_however_long_the_way() -> None:
    hanging = hanging_from_people(Base.metadata)
    assert {"people", "bookings", "conversations", "messages", "reviews", "check_ins"} <= hanging
    assert not {"event_series", "companies", "staff", "knowledge"} & hanging


# -- how it would be noticed


def a_schema() -> MetaData:
    """People, their notes, and words about these notes."""
    metadata = MetaData()
    SchemaTable("people", metadata, Column("id", BigInteger, primary_key=True), Column("name", String))
    SchemaTable(
        "notes",
        metadata,
        Column("id", BigInteger, primary_key=True),
        Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    )
    SchemaTable(
        "words",
        metadata,
        Column("id", BigInteger, primary_key=True),
        Column("note_id", ForeignKey("notes.id", ondelete="CASCADE"), nullable=False),
    )
    return metadata


PEOPLE = Table("why", PERSON, kept="id", anonymised={"name": "empty"})
NOTES = Table("why", PERSON, erased="id person_id")
WORDS = Table("why", PERSON, erased="id note_id")
IN_ORDER = {"people": PEOPLE, "notes": NOTES, "words": WORDS}


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        pytest.param({}, [], id="in order"),
        pytest.param(
            {"notes": Table("why", PERSON, erased="id")},
            ["notes.person_id: nobody said what becomes of it"],
            id="a column that is new",
        ),
        pytest.param(
            {"people": Table("why", PERSON, kept="id nickname", anonymised={"name": "empty"})},
            ["people.nickname: there is no such column any more"],
            id="a column that is gone",
        ),
        pytest.param(
            {"notes": Table("why", PERSON, erased="id id person_id")},
            ["notes.id: named 2 times"],
            id="a column named twice",
        ),
        pytest.param(
            {"words": Table("why", kept="id note_id")},
            [
                "words: its rows hang from people, and all of it is kept",
                "words: kept, but it would go with notes",
            ],
            id="kept as a whole, two tables below people",
        ),
        pytest.param(
            {"notes": Table("why", PERSON, erased="id", anonymised={"person_id": "leads to an emptied row"})},
            ["notes: a row goes whole, or stays"],
            id="half a row",
        ),
        pytest.param({"words": Table("why", erased="id note_id")}, ["words: nobody said for how long"], id="for ever"),
        pytest.param(
            {
                "notes": Table("why", PERSON, kept="id", anonymised={"person_id": "empty"}),
            },
            ["notes.person_id: cannot be empty"],
            id="a value that the table needs",
        ),
    ],
)
def test_what_is_missing_from_the_register_is_named(changed: Mapping[str, Table], found: list[str]) -> None:
    assert problems(a_schema(), IN_ORDER | dict(changed)) == found


def test_a_table_that_is_new_or_gone_is_noticed() -> None:
    without = {name: entry for name, entry in REGISTER.items() if name != "heartbeats"}
    assert problems(Base.metadata, without) == [
        "heartbeats.beat_at: nobody said what becomes of it",
        "heartbeats.process: nobody said what becomes of it",
    ]
    assert problems(a_schema(), IN_ORDER | {"ghosts": Table("why", kept="id")}) == [
        "ghosts.id: there is no such column any more"
    ]
