"""The page of figures: who sees it, what it says without a picture, its pictures and its files."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from xml.etree import ElementTree

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from bot.console import charts
from bot.console.charts import Bars, Chart, Columns, Lines, Series, draw
from programme import cohorts
from programme.clock import clock
from programme.exchange.tables import read_table
from programme.models import AuditLine, PathStage, Person, Role, Teller, WorkContract
from programme.permissions import Member
from tests.console.conftest import Browser

Browsers = Callable[..., Browser]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def lead(a_member: Callable[..., Member]) -> Member:
    return a_member(Role.TEAM_LEAD)


@pytest.fixture
def some_people(session_factory: sessionmaker[Session], lead: Member) -> None:
    """Twelve young people of the lead's team, of whom seven signed this month."""
    with session_factory.begin() as session:
        for place in range(12):
            person = Person(created_at=clock(), team_id=lead.team_id, stage=PathStage.PROJET_VALIDE)
            session.add(person)
            session.flush()
            if place < 7:
                session.add(WorkContract(person_id=person.id, announced_at=clock(), teller=Teller.PERSON))


def words(page: httpx.Response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def test_the_page_says_each_figure_in_a_sentence_with_a_picture_and_a_table(
    a_browser: Browsers, lead: Member, some_people: None
) -> None:
    # when
    page = a_browser(who=lead).get("/console/chiffres")
    # then
    assert page.status_code == 200
    assert "12 des 12 jeunes suivis sont sur le chemin de l&#39;alternance." in page.text
    assert "7 contrats signés, 0 contrat rompu." in words(page)
    pictures = re.findall(r'<img src="/console/chiffres/(\w+)\.svg[^"]*" alt="([^"]+)"', page.text)
    assert [name for name, _ in pictures] == ["chemin", "contrats"]
    assert all(len(alt) > 20 for _, alt in pictures)
    assert page.text.count("<caption>") == len(pictures)
    assert " style=" not in page.text


def test_a_period_in_which_nothing_happened_says_what_to_do(a_browser: Browsers, lead: Member) -> None:
    page = a_browser(who=lead).get("/console/chiffres")
    assert page.status_code == 200
    assert "Choisis une période plus longue" in words(page)
    assert '<img src="/console/chiffres' not in page.text


def test_months_out_of_order_come_back_with_what_is_wrong(a_browser: Browsers, lead: Member) -> None:
    # given
    now = clock()
    first, last = f"{now:%Y-%m}", f"{now - timedelta(days=70):%Y-%m}"
    # when
    page = a_browser(who=lead).get("/console/chiffres", params={"du": first, "au": last})
    # then
    assert page.status_code == 422
    assert "Ce mois vient avant le premier" in page.text
    assert f'<option value="{first}" selected>' in page.text


@pytest.mark.parametrize(
    "path", ["/console/chiffres", "/console/chiffres/contrats.svg", "/console/chiffres/contrats.csv"]
)
def test_a_month_that_is_none_is_refused(a_browser: Browsers, lead: Member, path: str) -> None:
    assert a_browser(who=lead).get(path, params={"du": "hier"}).status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/console/chiffres/rien.svg",
        "/console/chiffres/rien.csv",
        # nothing to draw
        "/console/chiffres/contrats.svg",
        "/console/chiffres/rapport.csv",
        "/console/chiffres?cohorte=rien",
        "/console/chiffres/rapport?cohorte=rien",
    ],
)
def test_what_is_not_there_is_said_so(a_browser: Browsers, lead: Member, path: str) -> None:
    answer = a_browser(who=lead).get(path)
    assert answer.status_code == 404
    assert "On ne trouve pas cette page" in answer.text


def test_a_counsellor_has_no_figures_and_a_manager_takes_files_out(a_browser: Browsers) -> None:
    assert a_browser(Role.COUNSELLOR).get("/console/chiffres").status_code == 403
    manager = a_browser(Role.PROGRAMME_MANAGER)
    assert manager.get("/console/chiffres").status_code == 200
    assert manager.get("/console/chiffres/contrats.csv").status_code == 200


def test_a_picture_is_svg_with_its_own_policy_and_its_text_as_text(
    a_browser: Browsers, lead: Member, some_people: None
) -> None:
    # given
    browser = a_browser(who=lead)
    # when
    wide = browser.get("/console/chiffres/contrats.svg")
    narrow = browser.get("/console/chiffres/contrats.svg?etroit=1")
    # then
    assert wide.headers["content-type"] == "image/svg+xml"
    assert wide.headers["content-security-policy"] == charts.CONTENT_SECURITY_POLICY
    assert "7" in texts(wide.content)
    assert width_of(wide.content) > width_of(narrow.content)


def test_the_files_hold_the_table_and_leave_a_line_in_the_audit(
    session_factory: sessionmaker[Session], a_browser: Browsers, lead: Member, some_people: None
) -> None:
    # given
    browser = a_browser(who=lead)
    # when
    csv = browser.get("/console/chiffres/contrats.csv")
    xlsx = browser.get("/console/chiffres/contrats.xlsx")
    # then
    assert re.fullmatch(
        r'attachment; filename="declic-contrats-\d{4}-\d\d-\d{4}-\d\d\.csv"', csv.headers["content-disposition"]
    )
    table = read_table(csv.content)
    assert table.columns == ("Mois", "Contrats signés", "Contrats rompus")
    assert table.rows[-1].cells[1:] == ("7", "0")
    sheet = load_workbook(io.BytesIO(xlsx.content)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[7]][1:] == [7, 0]
    with session_factory() as session:
        lines = session.scalars(select(AuditLine).where(AuditLine.action == "figures.export")).all()
        assert [(line.staff_id, line.details["name"]) for line in lines] == [(lead.staff_id, "contrats")] * 2


def test_small_numbers_are_in_no_page_picture_or_file(
    session_factory: sessionmaker[Session], a_browser: Browsers, lead: Member
) -> None:
    # given three people who signed
    with session_factory.begin() as session:
        for _ in range(3):
            person = Person(created_at=clock(), team_id=lead.team_id, stage=PathStage.CONTRAT_SIGNE)
            session.add(person)
            session.flush()
            session.add(WorkContract(person_id=person.id, announced_at=clock(), teller=Teller.PERSON))
    browser = a_browser(who=lead)
    # when
    page = words(browser.get("/console/chiffres"))
    picture = texts(browser.get("/console/chiffres/contrats.svg").content)
    rows = read_table(browser.get("/console/chiffres/contrats.csv").content).rows
    # then
    assert "moins de 5 contrats signés, 0 contrat rompu." in page
    assert "3" not in picture
    assert {row.cells[1] for row in rows} == {"masqué"}


@pytest.fixture
def a_cohort(session_factory: sessionmaker[Session], some_people: None) -> str:
    with session_factory.begin() as session:
        rule = cohorts.Rule(stages=frozenset({PathStage.PROJET_VALIDE}))
        cohorts.save(session, slug="valides", name="Projets validés", rule=rule, now=clock())
    return "valides"


def test_the_report_of_a_cohort_is_a_page_and_a_file(
    session_factory: sessionmaker[Session], a_browser: Browsers, lead: Member, a_cohort: str
) -> None:
    # given
    browser = a_browser(who=lead)
    # when
    choice = browser.get("/console/chiffres/rapport")
    page = browser.get("/console/chiffres/rapport", params={"cohorte": a_cohort})
    file = browser.get("/console/chiffres/rapport.csv", params={"cohorte": a_cohort})
    # then
    assert "Projets validés" in choice.text
    assert "<h2>Projets validés</h2>" in page.text
    assert "Jeunes suivis 12" in words(page)
    assert ("Jeunes", "jeunes suivis", "12", None, None) in [row.cells for row in read_table(file.content).rows]
    with session_factory() as session:
        assert session.scalar(select(AuditLine.details).where(AuditLine.action == "figures.export")) is not None


def test_a_cohort_whose_rule_does_not_hold_any_more_is_said_so(
    session_factory: sessionmaker[Session], a_browser: Browsers, lead: Member
) -> None:
    # given
    with session_factory.begin() as session:
        cohorts.save(session, slug="vide", name="Vide", rule=cohorts.Rule(programme="fini"), now=clock())
    browser = a_browser(who=lead)
    for path in ("/console/chiffres", "/console/chiffres/rapport"):
        # when
        page = browser.get(path, params={"cohorte": "vide"})
        # then
        assert page.status_code == 422
        assert "La règle de cette liste ne tient plus" in page.text
    for name in ("contrats.svg", "contrats.csv", "rapport.csv"):
        assert browser.get(f"/console/chiffres/{name}", params={"cohorte": "vide"}).status_code == 422


# -- charts


MONTHS = ("juin", "juil.", "août", "sept.", "oct.", "nov.")
CHARTS = {
    "bars": Bars(("jeunes suivis", "contrat & école"), (1200, None)),
    "no bars": Bars((), ()),
    "shares": Bars(("ateliers",), (80,), unit="%"),
    "columns": Columns(MONTHS, (Series("places", (1, 2, 3, 4, 5, 6)), Series("demandes", (1, None, 0, 4, 5, 6)))),
    "stacked": Columns(MONTHS, (Series("a", (10,) * 6), Series("b", (None,) * 6)), stacked=True, unit="messages"),
    "lines": Lines(MONTHS, (Series("médiane", (1.5, None, 2, 3, 4, None)), Series("rien", (None,) * 6)), unit="heures"),
}


def texts(svg: bytes) -> str:
    return " ".join("".join(each.itertext()).strip() for each in ElementTree.fromstring(svg).iter(f"{SVG}text"))


def width_of(svg: bytes) -> float:
    return float(ElementTree.fromstring(svg).attrib["width"].removesuffix("pt"))


@pytest.mark.parametrize("width", [charts.WIDE, charts.NARROW])
@pytest.mark.parametrize("chart", [pytest.param(chart, id=name) for name, chart in CHARTS.items()])
def test_a_chart_is_well_formed_and_the_same_each_time(chart: Chart, width: int) -> None:
    svg = draw(chart, width=width)
    assert width_of(svg) == pytest.approx(width * 0.75)
    assert svg == draw(chart, width=width)
    assert b"<script" not in svg


def test_a_chart_says_numbers_in_french_and_what_is_hidden() -> None:
    assert texts(draw(CHARTS["bars"])) == "jeunes suivis contrat & école 1\u202f200 masqué"
    assert "80\u00a0%" in texts(draw(CHARTS["shares"]))


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    ("colour", "least"),
    [*((each, 3) for each in charts.COLOURS), (charts.INK, 4.5), (charts.SOFT, 4.5)],
)
def test_colours_stand_out_on_white(colour: str, least: float) -> None:
    assert 1.05 / (luminance(colour) + 0.05) >= least
