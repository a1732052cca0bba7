"""Worked pays in a file beside what is computed, and the command that compares them."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from programme.content import CONTENT_DIR, read_yaml
from programme.errors import ContentError
from programme.facts import FactBook
from programme.pay_file import Compared, Line, compare_file
from tests.bot.test_command import declic, refusal

FACTS = FactBook.load()
WORKED = Path(__file__).parent / "worked_pays.yml"
HOLDS = {"gross_monthly": 504.10}


def a_worked_pay(expected: Any = HOLDS, **changes: Any) -> dict[str, Any]:
    """17 years old, first year, November 2026: 504.10 €."""
    given = {
        "contract": "apprentissage",
        "birth_date": "2009-04-04",
        "contract_signed_on": "2026-07-18",
        "contract_starts_on": "2026-09-01",
        "pay_month": "2026-11",
        **changes,
    }
    return {"id": "seventeen", "input": given, "expected": expected}


def compared(folder: Path, case: dict[str, Any]) -> Compared:
    """The only case of a file."""
    (only,) = compare_file(FACTS, a_file(folder, {"cases": [case]}))
    return only


def a_file(folder: Path, data: Any) -> Path:
    path = folder / "pays.yml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return path


# -- our own worked pays


def test_every_worked_pay_of_ours_holds() -> None:
    assert [case for case in compare_file(FACTS, WORKED) if not case.holds] == []


def test_our_worked_pays_compare_an_amount_each() -> None:
    # given what each case compares, and the result
    lines = {case.id: {line.name: line.same for line in case.lines} for case in compare_file(FACTS, WORKED)}
    # then no amount is left open
    assert len(lines) == 12
    assert {id for id, line in lines.items() if line.get("gross_monthly") is not True} == set()


def test_the_amounts_of_the_smic_in_our_file_are_those_of_the_facts() -> None:
    published = {
        value["value"]
        for fact in read_yaml(CONTENT_DIR / "facts" / "smic.yml")
        for value in fact["values"]
        if value["name"] == "mensuel_brut_35h"
    }
    bases = {
        case["expected"]["base_monthly"]
        for case in read_yaml(WORKED)["cases"]
        if "base_monthly" in case["expected"] and case["expected"].get("base") != "smc"
    }
    assert bases - published == set()


# -- what holds and what differs


@pytest.mark.parametrize(
    ("expected", "holds"),
    [
        pytest.param({"gross_monthly": 504.10}, True, id="the same"),
        pytest.param({"gross_monthly": 504.14}, True, id="4 cents more"),
        pytest.param({"gross_monthly": 504.06}, True, id="4 cents less"),
        pytest.param({"gross_monthly": 504.15}, True, id="5 cents more"),
        pytest.param({"gross_monthly": 504.16}, False, id="6 cents more"),
        pytest.param({"gross_monthly": 504.04}, False, id="6 cents less"),
        pytest.param({"gross_monthly": 504.16, "tolerance": 0.06}, True, id="6 cents, and the case allows them"),
        pytest.param({"gross_monthly": 504.11, "tolerance": 0}, False, id="1 cent, and the case allows none"),
        pytest.param({"gross_monthly": None}, False, id="no amount expected, and there is one"),
        pytest.param({"percent": 27, "year_of_execution": 1, "age_for_pay": 17}, True, id="other lines"),
        pytest.param({"year_of_execution": 2}, False, id="another year"),
        pytest.param({"age_band": "18-20"}, False, id="another band"),
        pytest.param({"smic_valid_from": "2026-06-01"}, True, id="the day of the SMIC"),
        pytest.param({"smic_valid_from": "2026-01-01"}, False, id="the SMIC of another day"),
        pytest.param({"base": "smc"}, False, id="another base"),
        pytest.param({"gross_monthly_at_151_67_h": 504.11}, True, id="12.31 € × 151.67 h × 27 %"),
        pytest.param({"net_estimate": {"monthly": 519.10}}, True, id="net, 15 € away"),
        pytest.param({"net_estimate": {"monthly": 519.11}}, False, id="net, more than 15 € away"),
        pytest.param({"net_estimate": {"monthly": 505, "tolerance": 0.5}}, False, id="net, beyond the case's own"),
        pytest.param({"net_estimate": {"monthly": 505, "tolerance": 0.9}}, True, id="net, within the case's own"),
    ],
)
def test_a_pay_holds_within_its_tolerance(tmp_path: Path, expected: dict[str, Any], holds: bool) -> None:
    found = compared(tmp_path, a_worked_pay(expected))
    assert (found.holds, found.problem) == (holds, "")


@pytest.mark.parametrize(
    "expected",
    [
        pytest.param({"percent": None, "age_band": None}, id="null"),
        pytest.param({"base": "Code du travail"}, id="another word for the base"),
        pytest.param({"net_estimate": {"monthly": None}}, id="null net"),
    ],
)
def test_what_is_left_open_is_shown_and_not_compared(tmp_path: Path, expected: dict[str, Any]) -> None:
    found = compared(tmp_path, a_worked_pay(expected))
    assert ([line.same for line in found.lines], found.holds) == ([None] * len(expected), True)


def test_what_the_file_says_besides_is_left_out(tmp_path: Path) -> None:
    assert compared(tmp_path, a_worked_pay({"comment": "by hand"})) == Compared("seventeen")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"pay_month": "2027-01"}, id="SMIC not known yet"),
        pytest.param({"contract_starts_on": "2025-11-15"}, id="the law does not tell the percentage"),
    ],
)
def test_null_says_that_there_is_no_amount(tmp_path: Path, changes: dict[str, Any]) -> None:
    # given a month without amount, expected to have none, then one
    none, some = (compared(tmp_path, a_worked_pay({"gross_monthly": each}, **changes)) for each in (None, 504.10))
    assert (none.holds, some.holds) == (True, False)


def test_a_net_expected_where_none_is_estimated_differs(tmp_path: Path) -> None:
    found = compared(tmp_path, a_worked_pay({"net_estimate": {"monthly": 391}}, zone="mayotte"))
    assert found.lines == (Line("net_estimate", 391, None, False),)


@pytest.mark.parametrize(
    ("changes", "gross"),
    [
        pytest.param({"pay_month": "2026-11-15"}, 504.10, id="a day for the month"),
        pytest.param({"zone": "guadeloupe"}, 504.10, id="the name of a department"),
        pytest.param({"zone": "mayotte"}, 391.48, id="Mayotte"),
        pytest.param({"sector": "public_territorial", "public_extra_points": 10}, 690.80, id="a kind of public sector"),
    ],
)
def test_inputs_are_read_as_people_write_them(tmp_path: Path, changes: dict[str, Any], gross: float) -> None:
    assert compared(tmp_path, a_worked_pay({"gross_monthly": gross, "tolerance": 0}, **changes)).holds


# -- what cannot be read


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        pytest.param({"pay_mont": "2026-11"}, "ContentError: case seventeen: pay_mont: Extra inputs", id="unknown key"),
        pytest.param({"birth_date": "04/04/2009"}, "ContentError: case seventeen: birth_date", id="date in French"),
        pytest.param({"birth_date": "2009-04-31"}, "ContentError: case seventeen: birth_date", id="31 April"),
        pytest.param({"pay_month": "2026-13"}, "ContentError: case seventeen: pay_month", id="a thirteenth month"),
        pytest.param({"contract": "stage"}, "ContentError: case seventeen: contract", id="no such contract"),
        pytest.param({"zone": "paris"}, "ContentError: case seventeen: zone", id="no such zone"),
        pytest.param({"pay_month": "2026-08"}, "OutsideContract: 2026-08", id="a month before the contract"),
        pytest.param({"birth_date": "2013-09-02"}, "BornTooLate", id="not 14 yet"),
        pytest.param({"contract_ends_on": "2033-08-31"}, "ContractTooLong", id="seven years"),
    ],
)
def test_an_input_that_cannot_be_paid_differs_and_says_why(
    tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    found = compared(tmp_path, a_worked_pay(**changes))
    assert (found.problem.startswith(problem), found.holds) == (True, False)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        pytest.param("cases: 12", "expected a list", id="a number"),
        pytest.param("a: 1", "expected a list", id="no cases"),
        pytest.param("cases: []", "expected a list", id="an empty list"),
        pytest.param("", "expected a list", id="an empty file"),
        pytest.param("[1]", "case 1: entry", id="a case that is no mapping"),
        pytest.param("[{id: a, input: {}}]", "case 1: expected: Field required", id="nothing expected"),
        pytest.param("[", "not valid YAML", id="no YAML"),
        pytest.param("[{id: 7, input: {}, expected: {}}]", "case 1", id="an id in digits"),
        pytest.param("[{id: a, input: {}, expected: null}]", "case 1", id="expected is null"),
        pytest.param("[{id: a, input: {birth_date: 2009-04-31}, expected: {}}]", "pays.yml", id="31 April"),
    ],
)
def test_a_file_that_is_no_list_of_cases_is_refused(tmp_path: Path, written: str, problem: str) -> None:
    path = tmp_path / "pays.yml"
    path.write_text(written)
    with pytest.raises(ContentError, match=problem):
        compare_file(FACTS, path)


def test_a_tolerance_that_is_no_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="tolerance"):
        compared(tmp_path, a_worked_pay({"gross_monthly": 504.10, "tolerance": "beaucoup"}))


def test_a_list_without_a_heading_is_read_too(tmp_path: Path) -> None:
    path = a_file(tmp_path, [a_worked_pay()])
    assert [case.holds for case in compare_file(FACTS, path)] == [True]


# -- the command


def test_the_command_says_that_all_hold() -> None:
    done = declic(dict(os.environ), "pay", str(WORKED))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "All 12 cases hold."


def test_the_command_names_the_cases_that_differ(tmp_path: Path) -> None:
    # given one case that holds and one that does not
    other = {**a_worked_pay({"gross_monthly": 504.16}), "id": "six-cents"}
    path = a_file(tmp_path, {"cases": [a_worked_pay(), other]})
    # when they are compared
    done = declic(dict(os.environ), "pay", str(path))
    # then the second is named, with both amounts
    assert refusal(done) == "declic: 1 of 2 cases differ: six-cents"
    assert "ok   seventeen" in done.stdout
    (line,) = [line for line in done.stdout.splitlines() if "≠" in line]
    assert line.split() == ["≠", "gross_monthly", "expected", "504.16", "computed", "504.10"]


def test_the_command_refuses_a_file_that_is_no_list(tmp_path: Path) -> None:
    done = declic(dict(os.environ), "pay", str(a_file(tmp_path, "no cases")))
    assert refusal(done).endswith("pays.yml: expected a list under « cases »")
