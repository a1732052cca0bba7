"""Facts found by series and day, and whether they may be relied on."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from programme.errors import ContentError
from programme.facts import Fact, FactBook, Value
from tests.programme.builders import a_fact, a_fact_entry


@pytest.fixture(scope="module")
def real_facts() -> FactBook:
    return FactBook.load()


@pytest.mark.parametrize(
    ("series", "value", "on", "expected"),
    [
        pytest.param("smic", "mensuel_brut_35h", "2026-05-31", "1823.03", id="SMIC, last day of the old one"),
        pytest.param("smic", "mensuel_brut_35h", "2026-06-01", "1867.02", id="SMIC, first day of the new one"),
        pytest.param("smic", "horaire_brut", "2026-06-01", "12.31", id="hourly SMIC"),
        pytest.param("permis_500", "montant", "2026-02-20", "500", id="driving aid, its last day"),
        pytest.param("permis_500", "montant", "2026-02-21", "0", id="driving aid, the day it ended"),
    ],
)
def test_a_series_gives_the_fact_in_force_on_the_day(
    real_facts: FactBook, series: str, value: str, on: str, expected: str
) -> None:
    assert real_facts.on(series, date.fromisoformat(on)).amount(value) == Decimal(expected)


def test_a_fact_alone_is_found_by_its_id() -> None:
    book = FactBook([a_fact("cej")])
    assert book.on("cej", date(2026, 11, 23)).id == "cej"


def test_a_series_is_not_found_by_the_id_of_one_of_its_facts() -> None:
    book = FactBook([a_fact("smic_2026", series="smic")])
    assert ("smic" in book, "smic_2026" in book) == (True, False)


def test_facts_of_a_series_may_come_in_any_order() -> None:
    # given the later one first
    book = FactBook(
        [
            a_fact("smic_juin", series="smic", valid_from="2026-06-01"),
            a_fact("smic_janvier", series="smic", valid_from="2026-01-01", valid_to="2026-05-31"),
        ]
    )
    # then each is found on its day
    assert [book.on("smic", date(2026, month, 1)).id for month in (5, 6)] == ["smic_janvier", "smic_juin"]


@pytest.mark.parametrize(
    ("first_ends", "second_starts"),
    [
        pytest.param(None, "2026-06-01", id="the first never ends"),
        pytest.param("2026-06-30", "2026-06-01", id="a month in common"),
        pytest.param("2026-06-01", "2026-06-01", id="a day in common"),
    ],
)
def test_two_facts_of_a_series_that_overlap_are_refused(first_ends: str | None, second_starts: str) -> None:
    facts = [
        a_fact("avant", series="smic", valid_from="2026-01-01", valid_to=first_ends),
        a_fact("apres", series="smic", valid_from=second_starts),
    ]
    with pytest.raises(ContentError, match="facts avant and apres of series smic overlap"):
        FactBook(facts)


def test_a_series_may_not_fall_silent_in_between() -> None:
    facts = [
        a_fact("avant", series="smic", valid_from="2026-01-01", valid_to="2026-03-31"),
        a_fact("apres", series="smic", valid_from="2026-04-02"),
    ]
    with pytest.raises(ContentError, match="series smic says nothing between avant and apres"):
        FactBook(facts)


def test_a_day_before_a_series_begins_has_no_fact() -> None:
    with pytest.raises(ContentError, match="no fact smic is in force on 2025-12-31"):
        FactBook([a_fact("smic", valid_from="2026-01-01")]).on("smic", date(2025, 12, 31))


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        pytest.param("2026-03-31", "avant", id="in force"),
        pytest.param("2026-06-30", "apres", id="in force, its last day"),
        pytest.param("2026-07-01", "apres", id="ended: the last one known"),
        pytest.param("2020-01-01", "apres", id="before all: the last one known"),
    ],
)
def test_a_series_that_says_nothing_for_a_day_gives_its_last_fact_when_asked(on: str, expected: str) -> None:
    book = FactBook(
        [
            a_fact("avant", series="smic", valid_from="2026-01-01", valid_to="2026-03-31"),
            a_fact("apres", series="smic", valid_from="2026-04-01", valid_to="2026-06-30"),
        ]
    )
    assert book.on_or_latest("smic", date.fromisoformat(on)).id == expected


def test_a_series_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(ContentError, match="smci"):
        FactBook([a_fact("smic")]).on_or_latest("smci", date(2026, 11, 23))


def test_a_fact_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="valid_to is before valid_from"):
        a_fact(valid_from="2026-06-01", valid_to="2026-05-31")


@pytest.mark.parametrize(
    ("fact", "on", "expected"),
    [
        pytest.param(a_fact(review_by="2026-12-20"), "2026-11-23", True, id="before its review"),
        pytest.param(a_fact(review_by="2026-12-20"), "2026-12-20", True, id="on the day of its review"),
        pytest.param(a_fact(review_by="2026-12-20"), "2026-12-21", False, id="the day after"),
        pytest.param(a_fact(valid_to="2026-11-22"), "2026-11-23", False, id="the day after it ended"),
        pytest.param(a_fact(valid_from="2026-11-24"), "2026-11-23", False, id="the day before it begins"),
        pytest.param(a_fact(confidence="medium"), "2026-11-23", True, id="medium confidence"),
        pytest.param(a_fact(confidence="low"), "2026-11-23", False, id="low confidence, whatever the day"),
    ],
)
def test_a_fact_is_relied_on_while_in_force_until_its_review_and_never_with_low_confidence(
    fact: Fact, on: str, expected: bool
) -> None:
    assert fact.reliable(date.fromisoformat(on)) is expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        pytest.param(504.1, "EUR/mois", "504,10\u00a0€", id="cents"),
        pytest.param(500, "EUR, une fois", "500\u00a0€", id="whole euros"),
        pytest.param(1867.02, "EUR/mois brut", "1\u202f867,02\u00a0€", id="thousands"),
        pytest.param(27, "% SMIC", "27\u00a0%", id="percent"),
        pytest.param(20.84, "%", "20,84\u00a0%", id="percent with decimals"),
        pytest.param("2026-06-01", "date", "1er juin 2026", id="date"),
        pytest.param(45, "jours", "45", id="count"),
        pytest.param(2.5, "jours ouvrables", "2,5", id="half a day"),
        pytest.param("31 14", "numéro", "31 14", id="words are left alone"),
        pytest.param("15-25", "EUR", "15-25", id="words are left alone whatever their unit"),
    ],
)
def test_a_value_is_written_as_a_sentence_may_hold_it(value: float | str, unit: str, expected: str) -> None:
    assert Value(name="valeur", value=value, unit=unit).text == expected


def test_no_sentence_holds_an_unknown_value() -> None:
    with pytest.raises(ContentError, match="value autres is unknown"):
        _ = Value(name="autres", value=None, unit="EUR").text


def test_a_value_that_a_fact_does_not_have_is_refused_by_both_names() -> None:
    with pytest.raises(ContentError, match="fact smic has no value named net"):
        a_fact("smic").value("net")


@pytest.mark.parametrize("value", ["15-25", None])
def test_only_a_number_is_an_amount(value: str | None) -> None:
    fact = a_fact("permis", values=[{"name": "age", "value": value, "unit": "ans"}])
    with pytest.raises(ContentError, match="value age of fact permis is not a number"):
        fact.amount("age")


def test_amounts_are_exact() -> None:
    fact = a_fact(values=[{"name": "montant", "value": 0.1, "unit": "EUR"}])
    assert fact.amount("montant") * 3 == Decimal("0.3")


def test_an_id_that_comes_twice_is_refused_with_its_second_file(tmp_path: Path) -> None:
    # given the same id in two files
    for name in ("a.yml", "b.yml"):
        (tmp_path / name).write_text(yaml.safe_dump([a_fact_entry("cej")]), encoding="utf-8")
    # then the second is named
    with pytest.raises(ContentError, match=r"b\.yml: fact cej is written twice"):
        FactBook.load(tmp_path)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        pytest.param({"colour": "red"}, "colour: Extra inputs", id="unknown key"),
        pytest.param({"sources": []}, "sources: Tuple should have at least 1 item", id="no source"),
        pytest.param({"sources": [{"name": "x", "url": "exemple.fr"}]}, "sources.0.url", id="no address"),
        pytest.param({"confidence": "certain"}, "confidence: Input should be", id="unknown confidence"),
        pytest.param(
            {"values": [{"name": "Montant", "value": 1, "unit": ""}]}, "values.0.name", id="capital in a name"
        ),
    ],
)
def test_a_fact_that_breaks_the_schema_is_refused_with_file_and_id(
    tmp_path: Path, changes: dict[str, object], problem: str
) -> None:
    (tmp_path / "aides.yml").write_text(yaml.safe_dump([a_fact_entry("cej", **changes)]), encoding="utf-8")
    with pytest.raises(ContentError, match=rf"aides\.yml, cej: .*{problem}"):
        FactBook.load(tmp_path)


def test_an_entry_without_id_is_refused_with_its_position(tmp_path: Path) -> None:
    nameless = a_fact_entry()
    del nameless["id"]
    (tmp_path / "aides.yml").write_text(yaml.safe_dump([a_fact_entry(), nameless]), encoding="utf-8")
    with pytest.raises(ContentError, match=r"aides\.yml, entry 2: id: Field required"):
        FactBook.load(tmp_path)


def test_an_empty_file_of_facts_is_refused(tmp_path: Path) -> None:
    (tmp_path / "aides.yml").write_text("# rien\n", encoding="utf-8")
    with pytest.raises(ContentError, match=r"aides\.yml: expected a list"):
        FactBook.load(tmp_path)
