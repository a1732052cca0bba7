"""The legal minimum pay, against worked pays and the text of each rule."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from programme.facts import Fact, FactBook
from programme.pay import (
    Base,
    BornTooLate,
    ContractTooLong,
    Extension,
    MonthPay,
    OutsideContract,
    PayCase,
    PreviousContract,
    Undecided,
    Zone,
    age_on,
    month_pay,
    pay_today,
    schedule,
    share,
    smic_of,
    spans,
)
from programme.profile import Contract, DiplomaHeld
from tests.programme.builders import a_fact

FACTS = FactBook.load()
NOVEMBER = date(2026, 11, 1)
PRO = Contract.PROFESSIONNALISATION


def a_case(**changes: Any) -> PayCase:
    """17 years old, first year of an apprenticeship since September 2026."""
    return PayCase(
        **{
            "contract": Contract.APPRENTISSAGE,
            "birth_date": date(2009, 4, 4),
            "starts_on": date(2026, 9, 1),
            "signed_on": date(2026, 7, 18),
            **changes,
        }
    )


def a_pro_case(**changes: Any) -> PayCase:
    """19 years old, a CAP."""
    return a_case(
        **{"contract": PRO, "birth_date": date(2007, 4, 4), "diploma_held": DiplomaHeld.SANS_BAC_PRO, **changes}
    )


def aged(age: int) -> date:
    """Born so that this is the age all through the autumn of 2026."""
    return date(2026 - age, 2, 10)


def gross(case: PayCase, month: date = NOVEMBER) -> Decimal | None:
    return month_pay(FACTS, case, month).gross


def percents(case: PayCase, month: date = NOVEMBER) -> list[int]:
    return [int(percent) for percent in month_pay(FACTS, case, month).percents]


# -- the grid of apprentices (D6222-26)


@pytest.mark.parametrize(
    ("age", "year", "percent", "amount"),
    [
        pytest.param(15, 1, 27, "504.10", id="15, as at 16"),
        pytest.param(16, 1, 27, "504.10", id="16, 1st year"),
        pytest.param(17, 2, 39, "728.14", id="17, 2nd year"),
        pytest.param(17, 3, 55, "1026.86", id="17, 3rd year"),
        pytest.param(18, 1, 43, "802.82", id="18, 1st year"),
        pytest.param(19, 2, 51, "952.18", id="19, 2nd year"),
        pytest.param(20, 3, 67, "1250.90", id="20, 3rd year"),
        pytest.param(21, 1, 53, "989.52", id="21, 1st year"),
        pytest.param(22, 2, 61, "1138.88", id="22, 2nd year"),
        pytest.param(25, 3, 78, "1456.28", id="25, 3rd year"),
        pytest.param(26, 1, 100, "1867.02", id="26, 1st year"),
        pytest.param(34, 3, 100, "1867.02", id="34, 3rd year"),
    ],
)
def test_the_minimum_is_a_share_of_the_smic_by_age_and_year(age: int, year: int, percent: int, amount: str) -> None:
    pay = month_pay(FACTS, a_case(birth_date=aged(age), credited_years=year - 1), NOVEMBER)
    assert (pay.percent, pay.gross, pay.age, pay.year) == (percent, Decimal(amount), age, year)


@pytest.mark.parametrize(
    ("smic", "percent", "expected"),
    [
        pytest.param("100.50", 1, "1.01", id="half a cent goes up, even cent below"),
        pytest.param("101.50", 1, "1.02", id="half a cent goes up, odd cent below"),
        pytest.param("101.49", 1, "1.01", id="less than half goes down"),
        pytest.param("0.29", 100, "0.29", id="exact where binary floats are not"),
    ],
)
def test_half_a_cent_is_rounded_up(smic: str, percent: int, expected: str) -> None:
    assert share(Decimal(smic), Decimal(percent)) == Decimal(expected)


# -- the year of the contract


@pytest.mark.parametrize(
    ("month", "year"),
    [
        pytest.param(date(2026, 9, 1), 1, id="the month it starts"),
        pytest.param(date(2027, 8, 1), 1, id="the last month of the first year"),
        pytest.param(date(2027, 9, 1), 2, id="the month of the anniversary, on the 1st"),
        pytest.param(date(2028, 9, 1), 3, id="the third year"),
        pytest.param(date(2029, 9, 1), 3, id="a fourth year is paid as the third"),
    ],
)
def test_a_new_year_begins_on_the_anniversary_of_the_contract(month: date, year: int) -> None:
    assert month_pay(FACTS, a_case(), month).year == year


def test_a_month_split_by_the_anniversary_is_not_decided() -> None:
    # given a contract that began on the 15th
    case = a_case(birth_date=aged(17), starts_on=date(2024, 9, 15))
    # then September has both rates and no amount, the months around it one
    months = [month_pay(FACTS, case, date(2025, month, 1)) for month in (8, 9, 10)]
    assert [[int(each) for each in pay.percents] for pay in months] == [[27], [27, 39], [39]]
    assert (months[1].gross, months[1].undecided) == (None, Undecided.ANNIVERSARY_IN_MONTH)


def test_a_split_month_is_decided_when_both_years_pay_the_same() -> None:
    pay = month_pay(FACTS, a_case(birth_date=aged(28), starts_on=date(2025, 9, 15)), date(2026, 9, 1))
    assert (pay.gross, pay.undecided) == (Decimal("1867.02"), None)


def test_the_month_in_which_year_two_begins_after_months_at_the_cfa_is_not_decided() -> None:
    # given two months at the CFA before a contract of November
    case = a_case(birth_date=aged(17), starts_on=date(2024, 11, 1), months_at_cfa=2)
    open_months = [
        month
        for month in (date(2025, number, 1) for number in range(7, 13))
        if month_pay(FACTS, case, month).undecided is Undecided.MONTHS_AT_CFA
    ]
    # then the rate is open from September until the anniversary in November
    assert open_months == [date(2025, 9, 1), date(2025, 10, 1)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"credited_years": 1}, 61, id="a master 2 alone counts as a second year"),
        pytest.param({"credited_years": 2}, 78, id="the third year of a licence alone"),
        pytest.param({"licence_pro": True}, 61, id="a licence professionnelle in one year"),
        pytest.param({"licence_pro": True, "credited_years": 2}, 78, id="more than two years count more"),
        pytest.param({"extension": Extension.ECHEC_EXAMEN, "years_before_extension": 2}, 61, id="a year again"),
        pytest.param({"extension": Extension.RQTH, "years_before_extension": 2}, 76, id="a year more, RQTH: 15 points"),
        pytest.param({"extension": Extension.RQTH, "years_before_extension": 3}, 93, id="RQTH after three years"),
    ],
)
def test_years_done_before_count(changes: dict[str, Any], expected: int) -> None:
    assert percents(a_case(birth_date=aged(23), **changes)) == [expected]


# -- points (D6222-30, D6222-31, D6272-2)


@pytest.mark.parametrize(
    ("age", "changes", "expected"),
    [
        pytest.param(20, {"credited_years": 1, "same_level_related_diploma": True}, 66, id="a CAP, then a mention"),
        pytest.param(20, {"credited_years": 2, "same_level_related_diploma": True}, 82, id="a bac pro, then a mention"),
        pytest.param(27, {"same_level_related_diploma": True}, 100, id="never above the SMIC"),
        pytest.param(19, {"sector": "public", "public_extra_points": 10}, 53, id="a public employer that adds ten"),
        pytest.param(
            24,
            {"credited_years": 2, "public_extra_points": 20, "same_level_related_diploma": True},
            100,
            id="added up, never above the SMIC",
        ),
    ],
)
def test_points_are_added_up_to_the_smic(age: int, changes: dict[str, Any], expected: int) -> None:
    assert percents(a_case(birth_date=aged(age), **changes)) == [expected]


# -- the contract before (D6222-29)


def before(**changes: Any) -> PreviousContract:
    return PreviousContract(**{"same_employer": False, "diploma_obtained": True, **changes})


@pytest.mark.parametrize(
    ("previous", "percent", "amount"),
    [
        pytest.param(before(last_percent=Decimal(51)), 51, "952.18", id="another employer: the rate is kept"),
        pytest.param(before(last_percent=Decimal(39)), 43, "802.82", id="unless the grid gives more"),
        pytest.param(
            before(last_percent=Decimal(51), diploma_obtained=False), 43, "802.82", id="without the diploma, nothing"
        ),
        pytest.param(
            before(same_employer=True, last_actual_gross=Decimal(1000)), 43, "1000", id="the same: what was paid"
        ),
        pytest.param(
            before(same_employer=True, last_actual_gross=Decimal(700)), 43, "802.82", id="the same, paid less: the grid"
        ),
        pytest.param(
            before(same_employer=True, last_percent=Decimal(51)), 51, "952.18", id="the same, pay not known: the rate"
        ),
    ],
)
def test_what_the_contract_before_gave_is_kept(previous: PreviousContract, percent: int, amount: str) -> None:
    pay = month_pay(FACTS, a_case(birth_date=aged(19), previous=previous), NOVEMBER)
    assert (pay.percent, pay.gross) == (percent, Decimal(amount))


def test_a_pay_kept_from_before_says_so() -> None:
    previous = before(same_employer=True, last_actual_gross=Decimal(1000))
    assert month_pay(FACTS, a_case(previous=previous), NOVEMBER).base is Base.PREVIOUS_PAY


# -- the minimum of the sector


@pytest.mark.parametrize(
    ("age", "agreed", "base", "amount"),
    [
        pytest.param(23, 2100, Base.SMC, "1113.00", id="from 21, when it is higher"),
        pytest.param(23, 1800, Base.SMIC, "989.52", id="not when it is lower than the SMIC"),
        pytest.param(20, 2100, Base.SMIC, "802.82", id="not before 21"),
        pytest.param(27, 2100, Base.SMC, "2100.00", id="26 and more: the whole of it"),
    ],
)
def test_the_minimum_of_the_sector_counts_from_twenty_one(age: int, agreed: int, base: Base, amount: str) -> None:
    pay = month_pay(FACTS, a_case(birth_date=aged(age), conventional_minimum=Decimal(agreed)), NOVEMBER)
    assert (pay.base, pay.gross) == (base, Decimal(amount))


# -- birthdays (D6222-31)


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        pytest.param(date(2008, 10, 31), [43, 43, 43], id="the last day of October: from November"),
        pytest.param(date(2008, 11, 1), [27, 43, 43], id="the 1st of November: from December"),
        pytest.param(date(2008, 11, 30), [27, 43, 43], id="the last day of November: from December"),
        pytest.param(date(2008, 12, 1), [27, 27, 43], id="the 1st of December: from January"),
    ],
)
def test_a_birthday_raises_the_pay_on_the_first_of_the_next_month(born: date, expected: list[int]) -> None:
    case = a_case(birth_date=born)
    assert [percents(case, month)[0] for month in (NOVEMBER, date(2026, 12, 1), date(2027, 1, 1))] == expected


def test_a_birthday_does_not_change_the_year_of_the_contract() -> None:
    assert month_pay(FACTS, a_case(birth_date=date(2008, 10, 20)), NOVEMBER).year == 1


@pytest.mark.parametrize("turning", [18, 21, 26])
@pytest.mark.parametrize("day", [1, 3, 30])
def test_a_birthday_in_the_month_the_contract_starts_is_not_decided(turning: int, day: int) -> None:
    pay = month_pay(FACTS, a_case(birth_date=date(2026 - turning, 9, day)), date(2026, 9, 1))
    assert (pay.undecided, pay.gross, len(pay.percents)) == (Undecided.BIRTHDAY_IN_FIRST_MONTH, None, 2)


def test_another_birthday_in_the_first_month_changes_nothing() -> None:
    assert percents(a_case(birth_date=date(2007, 9, 20)), date(2026, 9, 1)) == [43]


def test_who_was_born_on_29_february_is_a_year_older_on_the_28th() -> None:
    born = date(2008, 2, 29)
    assert (age_on(born, date(2026, 2, 27)), age_on(born, date(2026, 2, 28))) == (17, 18)


# -- the SMIC


@pytest.mark.parametrize(
    ("month", "expected"),
    [
        pytest.param(date(2023, 4, 1), None, id="before what is on record"),
        pytest.param(date(2024, 10, 1), "1766.92", id="October 2024"),
        pytest.param(date(2024, 11, 1), "1801.8", id="November 2024"),
        pytest.param(date(2026, 5, 1), "1823.03", id="May 2026"),
        pytest.param(date(2026, 6, 1), "1867.02", id="June 2026"),
        pytest.param(date(2026, 12, 1), "1867.02", id="December 2026"),
        pytest.param(date(2027, 1, 1), None, id="January 2027 is not decreed"),
    ],
)
def test_each_month_has_its_smic_or_none(month: date, expected: str | None) -> None:
    found = smic_of(FACTS, Zone.METROPOLE, month)
    assert (found and str(found.amount("mensuel_brut_35h"))) == expected


def test_a_month_without_smic_has_a_percentage_and_no_amount() -> None:
    pay = month_pay(FACTS, a_case(), date(2027, 2, 1))
    assert (pay.percent, pay.gross, pay.undecided) == (27, None, None)


def test_once_the_new_smic_is_on_record_its_months_have_an_amount() -> None:
    # given a decree for 2027, and a next change that was not written anew
    series = [fact for fact in FACTS.series["smic"] if fact.valid_to is not None]
    last = FACTS.series["smic"][-1].model_copy(update={"valid_to": date(2026, 12, 31)})
    values = [{"name": "mensuel_brut_35h", "value": 1900, "unit": "EUR/mois"}]
    new = a_fact("smic_2027_01", series="smic", valid_from="2027-01-01", values=values)
    others = [fact for name, facts in FACTS.series.items() if name != "smic" for fact in facts]
    book = FactBook([*series, last, new, *others])
    # then 2027 is known, and 2028 is not
    assert month_pay(book, a_case(), date(2027, 12, 1)).gross == Decimal("969.00")
    assert month_pay(book, a_case(), date(2028, 1, 1)).gross is None


def test_mayotte_has_its_own_smic_and_the_other_islands_the_national_one() -> None:
    assert (gross(a_case(zone=Zone.MAYOTTE)), gross(a_case(zone=Zone.DROM))) == (Decimal("391.48"), Decimal("504.10"))


# -- contrat de professionnalisation (D6325-15)


@pytest.mark.parametrize(
    ("age", "held", "expected"),
    [
        pytest.param(18, DiplomaHeld.SANS_BAC_PRO, [55], id="below 21, a CAP"),
        pytest.param(18, DiplomaHeld.BAC_GENERAL, [55], id="below 21, a bac général alone"),
        pytest.param(18, DiplomaHeld.BAC_PRO_OU_PLUS, [65], id="below 21, a bac pro"),
        pytest.param(18, DiplomaHeld.BAC_TECHNOLOGIQUE, [55, 65], id="below 21, a bac technologique: open"),
        pytest.param(23, DiplomaHeld.SANS_BAC_PRO, [70], id="21 to 25, a CAP"),
        pytest.param(23, DiplomaHeld.BAC_PRO_OU_PLUS, [80], id="21 to 25, a bac pro"),
        pytest.param(27, DiplomaHeld.BAC_TECHNOLOGIQUE, [100], id="26: the diploma changes nothing"),
    ],
)
def test_a_contrat_pro_is_paid_by_age_and_diploma(age: int, held: DiplomaHeld, expected: list[int]) -> None:
    assert percents(a_pro_case(birth_date=aged(age), diploma_held=held)) == expected


def test_from_twenty_six_a_contrat_pro_gives_the_better_of_the_smic_and_most_of_the_sector_minimum() -> None:
    low, high = (
        month_pay(FACTS, a_pro_case(birth_date=aged(27), conventional_minimum=Decimal(agreed)), NOVEMBER)
        for agreed in (2100, 2400)
    )
    assert (low.percent, low.gross, low.base) == (100, Decimal("1867.02"), Base.SMIC)
    assert (high.percent, high.gross, high.base) == (85, Decimal("2040.00"), Base.SMC)


def test_a_contrat_pro_has_no_year_and_does_not_rise_at_eighteen() -> None:
    pays = [
        month_pay(FACTS, a_pro_case(birth_date=date(2008, 11, 3)), month) for month in (NOVEMBER, date(2026, 12, 1))
    ]
    assert [(pay.year, pay.gross) for pay in pays] == [(None, Decimal("1026.86"))] * 2


# -- the whole contract


def test_the_months_of_a_contract_follow_one_another() -> None:
    months = list(schedule(FACTS, a_case(ends_on=date(2027, 8, 31))))
    assert [pay.month for pay in months] == [
        *(date(2026, number, 1) for number in range(9, 13)),
        *(date(2027, number, 1) for number in range(1, 9)),
    ]


def test_months_that_say_the_same_are_one_span() -> None:
    # given 18 years in November, a second year from September on, and a SMIC that is unknown from January on
    case = a_case(birth_date=date(2008, 11, 3), starts_on=date(2025, 9, 1), ends_on=date(2027, 8, 31))
    found = [
        (f"{group[0].month:%Y-%m}", f"{group[-1].month:%Y-%m}", str(group[0].gross))
        for group in spans(schedule(FACTS, case))
    ]
    assert found == [
        ("2025-09", "2025-12", "486.49"),
        ("2026-01", "2026-05", "492.22"),
        ("2026-06", "2026-08", "504.10"),
        ("2026-09", "2026-11", "728.14"),
        ("2026-12", "2026-12", "952.18"),
        ("2027-01", "2027-08", "None"),
    ]


@pytest.mark.parametrize(
    ("month", "inside"),
    [
        (date(2026, 8, 31), False),
        (date(2026, 9, 1), True),
        (date(2027, 8, 1), True),
        (date(2027, 9, 1), False),
    ],
)
def test_only_months_of_the_contract_are_paid(month: date, inside: bool) -> None:
    case = a_case(ends_on=date(2027, 8, 31))
    if inside:
        assert month_pay(FACTS, case, month).month == month
    else:
        with pytest.raises(OutsideContract):
            month_pay(FACTS, case, month)


def test_nobody_signs_before_fourteen_nor_for_seven_years() -> None:
    with pytest.raises(BornTooLate):
        a_case(birth_date=date(2013, 9, 2))
    with pytest.raises(ContractTooLong):
        a_case(ends_on=date(2033, 8, 31))


# -- today


def test_today_needs_an_age_and_a_year_only() -> None:
    assert pay_today(FACTS, age=19, year=2, on=date(2026, 11, 23))[1].gross == Decimal("952.18")


# -- what holds for every case

MONTHS = st.integers(0, 43).map(lambda count: date(2023, 5, 1) + relativedelta(months=count))
CONTRACTS = st.sampled_from(list(Contract))
HELD = st.sampled_from([None, *DiplomaHeld])


@st.composite
def cases(draw: st.DrawFn) -> tuple[PayCase, date]:
    """A contract of any kind that has begun, and one of its months with a known SMIC."""
    month = draw(MONTHS)
    starts_on = month - timedelta(days=draw(st.integers(0, 1000)))
    age_days = draw(st.integers(15 * 366, 45 * 365))
    return (
        PayCase(
            contract=draw(CONTRACTS),
            birth_date=starts_on - timedelta(days=age_days),
            starts_on=starts_on,
            zone=draw(st.sampled_from([Zone.METROPOLE, Zone.DROM])),
            credited_years=draw(st.integers(0, 2)),
            licence_pro=draw(st.booleans()),
            diploma_held=draw(HELD),
        ),
        month,
    )


def lowest(pay: MonthPay) -> Decimal:
    return min(pay.percents)


@given(cases())
def test_the_pay_never_falls_from_one_month_to_the_next(drawn: tuple[PayCase, date]) -> None:
    case, month = drawn
    now, then = (month_pay(FACTS, case, each) for each in (month, month + relativedelta(months=1)))
    # an open month may end on its lower rate; what comes after is never below that
    assert lowest(now) <= lowest(then)
    if now.gross is not None and then.gross is not None:
        assert now.gross <= then.gross


@given(cases(), st.integers(0, 3000))
def test_the_pay_never_falls_with_age(drawn: tuple[PayCase, date], older_days: int) -> None:
    case, month = drawn
    older = PayCase(**{**vars(case), "birth_date": case.birth_date - timedelta(days=older_days)})
    assert lowest(month_pay(FACTS, case, month)) <= lowest(month_pay(FACTS, older, month))


@given(cases())
def test_the_pay_never_falls_with_the_year(drawn: tuple[PayCase, date]) -> None:
    case, month = drawn
    further = PayCase(**{**vars(case), "credited_years": case.credited_years + 1})
    assert lowest(month_pay(FACTS, case, month)) <= lowest(month_pay(FACTS, further, month))


@given(cases())
def test_no_pay_is_above_the_smic_without_a_sector_minimum_nor_below_the_lowest_rate(
    drawn: tuple[PayCase, date],
) -> None:
    pay = month_pay(FACTS, *drawn)
    assert pay.smic is not None
    if pay.gross is not None:
        assert Decimal(27) <= pay.percents[0] <= Decimal(100)
        assert pay.gross <= pay.smic.amount("mensuel_brut_35h")


@given(cases())
def test_on_both_sides_of_a_birthday_the_month_is_paid_alike(drawn: tuple[PayCase, date]) -> None:
    # given two people born on the first and on the last day of one month
    case, month = drawn
    first = case.birth_date.replace(day=1)
    last = first + relativedelta(months=1, days=-1)
    pays = [month_pay(FACTS, PayCase(**{**vars(case), "birth_date": born}), month) for born in (first, last)]
    # then no month pays them differently
    assert pays[0].said == pays[1].said


# -- the tables that were published, cell by cell


@pytest.mark.parametrize("table", FACTS.series["apprenti_grille_montants"], ids=lambda fact: fact.id)
def test_the_published_table_of_apprentices_is_what_is_computed(table: Fact) -> None:
    ages = {"16_17": 17, "18_20": 19, "21_25": 23}
    for value in table.values:
        band, _, year = value.name.partition("_annee_")
        age = ages.get(band, 28)
        born = table.valid_from.replace(month=1) - relativedelta(years=age, months=6)
        case = a_case(birth_date=born, starts_on=table.valid_from, credited_years=int(year or 1) - 1)
        assert (value.name, gross(case, table.valid_from)) == (value.name, table.amount(value.name))


def test_the_published_table_of_contrats_pro_is_what_is_computed() -> None:
    (table,) = FACTS.series["pro_grille_montants"]
    ages = {"moins_21": 19, "21_25": 23, "26_et_plus": 28}
    for value in table.values:
        age = next(age for band, age in ages.items() if value.name.startswith(band))
        held = DiplomaHeld.BAC_PRO_OU_PLUS if value.name.endswith("bac_pro_ou_plus") else DiplomaHeld.SANS_BAC_PRO
        case = a_pro_case(birth_date=aged(age), diploma_held=held)
        assert (value.name, gross(case)) == (value.name, table.amount(value.name))
