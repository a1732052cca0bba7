"""Who an event is for."""

from datetime import date

import pytest

from programme.gates import Gate, Refusal, refusal
from programme.models import AgeBand, PathStage, Person, Series

ON = date(2027, 3, 15)


def a_person(**said: object) -> Person:
    return Person(**({"stage": PathStage.PROJET} | said))


@pytest.mark.parametrize(
    ("series", "person", "expected"),
    [
        pytest.param({}, {}, None, id="open to all: nothing is asked"),
        pytest.param({"min_age": 18}, {}, Refusal(Gate.AGE, unknown=True), id="age not known"),
        pytest.param({"min_age": 18}, {"age_band": AgeBand.FROM_15}, Refusal(Gate.AGE), id="too young by the band"),
        pytest.param({"min_age": 18}, {"age_band": AgeBand.FROM_18}, None, id="old enough by the band"),
        pytest.param({"min_age": 16}, {"age_band": AgeBand.FROM_15}, None, id="perhaps: in favour of the person"),
        pytest.param({"max_age": 25}, {"age_band": AgeBand.FROM_26}, Refusal(Gate.AGE), id="too old"),
        pytest.param({"min_age": 18}, {"birth_month": date(2009, 3, 1)}, Refusal(Gate.AGE), id="18 later this month"),
        pytest.param({"min_age": 18}, {"birth_month": date(2009, 2, 1)}, None, id="18 last month"),
        pytest.param(
            {"min_age": 18}, {"birth_month": date(2009, 4, 1), "age_band": AgeBand.FROM_18}, Refusal(Gate.AGE),
            id="the month says more than the band",
        ),
        pytest.param({"min_level": 4}, {}, Refusal(Gate.LEVEL, unknown=True), id="level not known"),
        pytest.param({"min_level": 4}, {"level": 3}, Refusal(Gate.LEVEL), id="level not reached"),
        pytest.param({"min_level": 4}, {"level": 4}, None, id="level reached"),
        pytest.param({"needs_validated_project": True}, {}, Refusal(Gate.PROJECT), id="project not validated"),
        pytest.param(
            {"needs_validated_project": True}, {"stage": PathStage.RUPTURE}, None, id="validated long ago"
        ),
    ],
)  # fmt: skip
def test_a_gate_is_open_shut_or_asked(
    series: dict[str, object], person: dict[str, object], expected: Refusal | None
) -> None:
    values = {"min_age": None, "max_age": None, "min_level": None, "needs_validated_project": False} | series
    assert refusal(Series(**values), a_person(**person), on=ON) == expected
