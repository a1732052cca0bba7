"""The figures of a team: each with a sentence, a chart, the table behind it, and files for who may take them out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, HTTPException, Query, Request, Response, status
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.console import charts, figure_words, talk
from bot.console.doors import Doors, MemberDep, SessionDep
from bot.console.pages import render, today_in, zone_of
from programme import cohorts, figures, team_figures
from programme.clock import clock
from programme.errors import CohortNotFound, CohortRuleWrong, FigureNotFound
from programme.exchange.tables import Written, to_csv, to_xlsx
from programme.models import Cohort
from programme.permissions import Member, Right
from programme.team_figures import Scope

router = Doors("/chiffres")

REPORT = "rapport"
RULE_WRONG = "La règle de cette liste ne tient plus : son programme ou son territoire n'existe plus."
MOST_COHORTS = 100
CSV, XLSX = "text/csv; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


# -- what is asked for


@dataclass(frozen=True)
class Asked:
    """The period and the cohort as they stand in the address; ``errors`` by the name of the field."""

    first: str
    last: str
    cohort: str
    months: tuple[date, ...]
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return urlencode([("du", self.first), ("au", self.last), *([("cohorte", self.cohort)] if self.cohort else [])])


def asked_for(
    request: Request,
    first: Annotated[str, Query(alias="du", max_length=20)] = "",
    last: Annotated[str, Query(alias="au", max_length=20)] = "",
    cohort: Annotated[str, Query(alias="cohorte", max_length=100)] = "",
) -> Asked:
    """The latest months when no period is given; of two days that are out of order none is taken."""
    months = {f"{each:%Y-%m}": each for each in _offered(request)}
    usual = team_figures.latest_months(today_in(request))
    first, last = first or f"{usual[0]:%Y-%m}", last or f"{usual[-1]:%Y-%m}"
    errors = {
        name: "Choisis un mois de la liste." for name, value in (("du", first), ("au", last)) if value not in months
    }
    if errors:
        return Asked(first, last, cohort, (), errors)
    found = team_figures.months_between(months[first], months[last])
    if not found:
        errors["au"] = "Ce mois vient avant le premier. Choisis-en un plus tard."
    return Asked(first, last, cohort, found, errors)


AskedDep = Annotated[Asked, Depends(asked_for)]


def _offered(request: Request) -> tuple[date, ...]:
    """The months that one may choose, the latest first."""
    return team_figures.latest_months(today_in(request), team_figures.LONGEST_MONTHS)[::-1]


def _scope(request: Request, session: Session, who: Member, asked: Asked) -> Scope:
    """For a picture or a file: their addresses are written by the page. Raises CohortNotFound, HTTPException."""
    if asked.errors:
        raise HTTPException(status.HTTP_422_UNPROCESSABLE_CONTENT)
    try:
        return _reached(request, session, who, asked)
    except CohortRuleWrong:
        raise HTTPException(status.HTTP_422_UNPROCESSABLE_CONTENT) from None


def _reached(request: Request, session: Session, who: Member, asked: Asked) -> Scope:
    return team_figures.scope(
        session,
        who,
        months=asked.months,
        zone=zone_of(request),
        on=today_in(request),
        cohort=asked.cohort or None,
    )


def _cohorts(session: Session) -> list[tuple[str, str]]:
    """Slugs and names, the latest first."""
    rows = session.execute(
        select(Cohort.slug, Cohort.name).order_by(Cohort.created_at.desc(), Cohort.id.desc()).limit(MOST_COHORTS)
    )
    return [(slug, name) for slug, name in rows]


# -- the pages


@router.page("", Right.FIGURES)
def page(request: Request, session: SessionDep, who: MemberDep, asked: AskedDep) -> Response:
    shown: list[figure_words.Shown] = []
    errors = dict(asked.errors)
    if not errors:
        try:
            shown = figure_words.everything(_view(request, session, _reached(request, session, who, asked)))
        except CohortRuleWrong:
            errors["cohorte"] = RULE_WRONG
    return render(
        request,
        "figures/page.html",
        status_code=status.HTTP_422_UNPROCESSABLE_CONTENT if errors else status.HTTP_200_OK,
        asked=asked,
        errors=errors,
        shown=shown,
        months=[(f"{each:%Y-%m}", team_figures.month_name(each)) for each in _offered(request)],
        cohorts=_cohorts(session),
        words=figure_words,
    )


@router.page(f"/{REPORT}", Right.FIGURES)
def report(
    request: Request, session: SessionDep, cohort: Annotated[str, Query(alias="cohorte", max_length=100)] = ""
) -> Response:
    """What committees ask of a cohort, wherever its people are followed."""
    blocks: list[figures.Block] = []
    error = ""
    chosen = session.scalar(select(Cohort).where(Cohort.slug == cohort)) if cohort else None
    if cohort and chosen is None:
        raise CohortNotFound(cohort)
    if chosen is not None:
        on = today_in(request)
        try:
            people = cohorts.listed(session, chosen.id, on=on)
        except CohortRuleWrong:
            error = RULE_WRONG
        else:
            blocks = figures.hide_small(figures.indicators(session, people, on=on))
    return render(
        request,
        "figures/report.html",
        status_code=status.HTTP_422_UNPROCESSABLE_CONTENT if error else status.HTTP_200_OK,
        chosen=chosen,
        error=error,
        blocks=blocks,
        cohorts=_cohorts(session),
        floor=figures.FLOOR,
        words=figure_words,
    )


# -- pictures and files


@router.page("/{name}.svg", Right.FIGURES)
def picture(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    asked: AskedDep,
    name: str,
    narrow: Annotated[bool, Query(alias="etroit")] = False,
) -> Response:
    shown = figure_words.find(_view(request, session, _scope(request, session, who, asked)), name)
    if shown.chart is None:
        raise FigureNotFound(name)
    return Response(
        charts.draw(shown.chart, width=charts.NARROW if narrow else charts.WIDE),
        media_type="image/svg+xml",
        headers={"Content-Security-Policy": charts.CONTENT_SECURITY_POLICY},
    )


@router.page("/{name}.csv", Right.EXPORT)
def as_csv(request: Request, session: SessionDep, who: MemberDep, asked: AskedDep, name: str) -> Response:
    columns, rows = _taken_out(request, session, who, asked, name)
    return _file(to_csv(columns, rows), CSV, f"{_file_name(asked, name)}.csv")


@router.page("/{name}.xlsx", Right.EXPORT)
def as_xlsx(request: Request, session: SessionDep, who: MemberDep, asked: AskedDep, name: str) -> Response:
    columns, rows = _taken_out(request, session, who, asked, name)
    return _file(to_xlsx(columns, rows, title="Chiffres"), XLSX, f"{_file_name(asked, name)}.xlsx")


def _taken_out(
    request: Request, session: Session, who: Member, asked: Asked, name: str
) -> tuple[Sequence[str], Sequence[Sequence[Written]]]:
    """Titles and rows, and the line in the audit."""
    if name == REPORT:
        try:
            blocks = figures.cohort_figures(
                session, asked.cohort, staff_id=who.staff_id, on=today_in(request), now=clock()
            )
        except CohortRuleWrong:
            raise HTTPException(status.HTTP_422_UNPROCESSABLE_CONTENT) from None
        return figures.as_table(blocks)
    scope = _scope(request, session, who, asked)
    shown = figure_words.find(_view(request, session, scope), name)
    team_figures.note_export(session, who, name, scope, cohort=asked.cohort or None, now=clock())
    return shown.columns, shown.rows


def _view(request: Request, session: Session, scope: Scope) -> figure_words.View:
    return figure_words.View(session, scope, talk.assistant_of(request).answers.titles)


def _file_name(asked: Asked, name: str) -> str:
    months = () if name == REPORT else (asked.first, asked.last)
    return re.sub(r"[^a-z0-9]+", "-", "-".join(("declic", name, asked.cohort, *months)))


def _file(content: bytes, media_type: str, name: str) -> Response:
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
