"""Campaigns: what they say, who would be written to, starting, standing still, what became of them."""

from collections.abc import Callable
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Form, Path, Query, Request, Response, status
from psycopg.errors import QueryCanceled
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.console import person_words
from bot.console.doors import Doors, MemberDep, SessionDep
from bot.console.forms import Typed
from bot.console.pages import go, render, tell, today_in
from programme import audit, french, permissions
from programme.campaigns import audience, dry_run, preview, runs
from programme.campaigns.definition import Definition, Step, load_campaigns
from programme.campaigns.preview import Preview
from programme.clock import clock
from programme.errors import (
    CampaignEmpty,
    CampaignNotFound,
    CampaignOutOfSeason,
    CampaignStateWrong,
    CampaignUnderWay,
    CohortRuleWrong,
)
from programme.exchange.tables import to_csv
from programme.facts import FactBook
from programme.models import Campaign, CampaignState, Person, Teller
from programme.permissions import Member, Right

router = Doors("/campagnes")

Name = Annotated[str, Path(max_length=60)]
LIST = "/console/campagnes"
STATES = {
    CampaignState.RUNNING: "en cours",
    CampaignState.PAUSED: "en pause",
    CampaignState.STOPPED: "arrêtée",
    CampaignState.FINISHED: "terminée",
}
ENDS = {
    "signed": "contrat signé",
    "found": "employeur trouvé",
    "other_way": "une autre voie",
    "stopped": "a dit stop",
    "silent": "sans réponse",
    "done": "arrivé au bout",
}
# counting a list that takes longer would hold up the page: the command has no such limit
LONGEST_COUNT = "8s"
# territories that a page lists; people whose messages a file holds
MOST_LINES, MOST_IN_A_FILE = 12, 20_000

tell(
    campaigns_started="La campagne est lancée. Tu peux la mettre en pause à tout moment.",
    campaigns_paused="La campagne est en pause : plus rien ne part.",
    campaigns_resumed="La campagne reprend : ce qui n'est pas parti est décalé d'autant de jours.",
    campaigns_stopped="La campagne est arrêtée : plus rien ne partira.",
    campaigns_other_state="Quelqu'un a changé l'état de la campagne entre-temps : rien n'a changé.",
)


@router.page("", Right.READ_CAMPAIGNS)
def listed(request: Request, session: SessionDep) -> Response:
    definitions = load_campaigns()
    last = {name: _last(session, name) for name in definitions}
    for run in runs.under_way(session):  # one whose file is gone goes on as it was
        if run.name not in definitions:
            definitions[run.name], last[run.name] = runs.definition_of(run), run
    return render(
        request,
        "campaigns/list.html",
        campaigns=[(definition, last[name]) for name, definition in sorted(definitions.items())],
        states=STATES,
        months_of=_months,
    )


@router.page("/{name}", Right.READ_CAMPAIGNS)
def one(request: Request, session: SessionDep, name: Name) -> Response:
    return _one(request, session, name, Typed())


def _one(request: Request, session: Session, name: str, typed: Typed) -> Response:
    run = _last(session, name)
    definition = _definition(session, name)
    return render(
        request,
        "campaigns/one.html",
        status_code=status.HTTP_422_UNPROCESSABLE_CONTENT if typed.wrong else status.HTTP_200_OK,
        definition=definition,
        months=_months(definition),
        run=run,
        state=STATES[run.state] if run is not None else "",
        going=run is not None and run.state in (CampaignState.RUNNING, CampaignState.PAUSED),
        paused=run is not None and run.state is CampaignState.PAUSED,
        figures=runs.figures(session, run.id) if run is not None else None,
        ends=ENDS,
        reason=person_words.reason,
        day=today_in(request).isoformat(),
        typed=typed,
    )


def _last(session: Session, name: str) -> Campaign | None:
    try:
        return runs.latest(session, name)
    except CampaignNotFound:
        return None


def _definition(session: Session, name: str) -> Definition:
    """As the file has it now; of one whose file is gone, as its last run kept it. Raises CampaignNotFound."""
    found = load_campaigns().get(name)
    return found if found is not None else runs.definition_of(runs.latest(session, name))


def _months(definition: Definition) -> str:
    return ", ".join(french.MONTHS[month - 1] for month in sorted(definition.months))


# -- who would be written to


@router.page("/{name}/apercu", Right.READ_CAMPAIGNS)
def dry(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    name: Name,
    on: Annotated[str, Query(alias="le", max_length=10)] = "",
) -> Response:
    """What would happen, without writing to anybody."""
    definition, day = _definition(session, name), _day(on) or today_in(request)
    found, wrong = _count(session, who, definition, day)
    return render(
        request,
        "campaigns/preview.html",
        definition=definition,
        day=day,
        found=found,
        wrong=wrong,
        excluded={audience.EXCLUDED_NAMES[reason]: count for reason, count in found.excluded.items()} if found else {},
        why={audience.in_words([key])[0]: count for key, count in found.why.items()} if found else {},
        most=MOST_LINES,
        under_way=any(run.name == name for run in runs.under_way(session)),
        past=day < today_in(request),
        file=found is not None and 0 < found.people <= MOST_IN_A_FILE,
    )


@router.page("/{name}/apercu.csv", Right.EXPORT)
def file(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    name: Name,
    on: Annotated[str, Query(alias="le", max_length=10)] = "",
) -> Response:
    """Every message of the dry run, with its blanks: the file is about people of every team, and names none."""
    definition, day, now = _definition(session, name), _day(on) or today_in(request), clock()
    found, wrong = _count(session, who, definition, day)
    if found is None or found.people > MOST_IN_A_FILE:
        return render(
            request,
            "problem.html",
            status_code=status.HTTP_409_CONFLICT,
            title="Le fichier serait trop long",
            words=wrong or "La commande « declic campaign preview --everybody » l'écrit sans limite.",
            way_on=f"{LIST}/{name}",
            way_words="Revenir à la campagne",
        )
    messages = preview.everybody(session, definition, starts_on=day, people=found.people, now=now)
    body = to_csv(dry_run.TITLES, dry_run.rows(messages, definition, dry_run.with_blanks))
    _record(session, "campaign.export", who, name, found.people)
    disposition = f'attachment; filename="{definition.id}-apercu-{day}.csv"'
    return Response(body, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition})


def _count(session: Session, who: Member, definition: Definition, day: date) -> tuple[Preview | None, str]:
    """None when it cannot be said here, and why."""
    say = _within_reach(session, who)
    try:
        with session.begin_nested():
            session.execute(text(f"SET LOCAL statement_timeout = '{LONGEST_COUNT}'"))
            found = preview.preview(session, definition, starts_on=day, now=clock(), say=say)
            session.execute(text("SET LOCAL statement_timeout = 0"))
            return found, ""
    except OperationalError as error:
        if not isinstance(error.orig, QueryCanceled):
            raise
        return None, "La liste est trop longue pour être comptée ici : la commande « declic campaign preview » le fait."
    except CohortRuleWrong as refused:
        return None, f"Sa règle parle de « {refused.args[0]} », qui n'existe pas ici : il faut l'ajouter d'abord."


def _within_reach(session: Session, who: Member) -> preview.Say:
    """The texts of those within reach as they would read them, of others with their blanks."""
    filled: Callable[..., list[str]] = dry_run.filled(session, FactBook.load(), clock())
    reached = permissions.people_within_reach(session, who)

    def say(person_id: int, step: Step, variant: str, zone: ZoneInfo) -> list[str]:
        near = session.scalar(select(Person.id).where(Person.id == person_id, reached)) is not None
        return (filled if near else dry_run.with_blanks)(person_id, step, variant, zone)

    return say


def _day(written: str) -> date | None:
    typed = Typed({"day": written})
    return typed.day("day")


# -- starting and standing still


@router.action("/{name}/lancer", Right.RUN_CAMPAIGNS)
def start(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    name: Name,
    on: Annotated[str, Form(alias="le", max_length=10)] = "",
    sure: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    definition, typed = _definition(session, name), Typed({"le": on})
    day = typed.day("le", required="Dis à partir de quel jour.")
    if not sure:
        typed.wrong["sure"] = "Regarde l'aperçu, puis coche la case : cela écrit à des personnes."
    if day is not None and not typed.wrong:
        try:
            with session.begin_nested():
                run = runs.start(session, definition, starts_on=day, staff_id=who.staff_id, now=clock())
        except CampaignOutOfSeason:
            typed.wrong["le"] = f"Choisis un jour à venir, dans un de ces mois : {_months(definition)}."
        except CampaignUnderWay:
            typed.wrong["le"] = "Elle est déjà en cours : arrête-la d'abord, ou attends sa fin."
        except CampaignEmpty:
            typed.wrong["le"] = (
                "Personne n'est sur sa liste ce jour-là : l'aperçu dit qui est laissé de côté et pourquoi."
            )
        except CohortRuleWrong as refused:
            typed.wrong["le"] = f"Sa règle parle de « {refused.args[0]} », qui n'existe pas ici."
        else:
            _record(session, "campaign.start", who, name, int(run.definition["people"]))
            return go(f"{LIST}/{name}", "campaigns_started")
    return _one(request, session, name, typed)


@router.action("/{name}/pause", Right.RUN_CAMPAIGNS)
def pause(session: SessionDep, who: MemberDep, name: Name) -> Response:
    return _change(session, who, name, "campaign.pause", "campaigns_paused", runs.pause)


@router.action("/{name}/reprendre", Right.RUN_CAMPAIGNS)
def resume(session: SessionDep, who: MemberDep, name: Name) -> Response:
    return _change(session, who, name, "campaign.resume", "campaigns_resumed", runs.resume)


@router.action("/{name}/arreter", Right.RUN_CAMPAIGNS)
def stop(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    name: Name,
    sure: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    if not sure:
        typed = Typed()
        typed.wrong["stop"] = "Coche la case : une campagne arrêtée ne reprend pas."
        return _one(request, session, name, typed)
    return _change(session, who, name, "campaign.stop", "campaigns_stopped", runs.stop)


def _change(
    session: Session, who: Member, name: str, action: str, said: str, change: Callable[..., object]
) -> Response:
    try:
        change(session, runs.latest(session, name).id, now=clock())
    except CampaignStateWrong:
        return go(f"{LIST}/{name}", "campaigns_other_state")
    _record(session, action, who, name)
    return go(f"{LIST}/{name}", said)


def _record(session: Session, action: str, who: Member, name: str, people: int | None = None) -> None:
    audit.record(
        session, action, teller=Teller.STAFF, now=clock(), staff_id=who.staff_id,
        details={"campaign": name, "rows": people},
    )  # fmt: skip
