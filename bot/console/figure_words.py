"""The figures of a team in words: a sentence, what the chart shows, the rows of the table."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.console import charts
from bot.console.charts import Bars, Chart, Columns, Lines
from programme import french, team_figures
from programme.errors import FigureNotFound
from programme.exchange.tables import Written
from programme.figures import FLOOR, HIDDEN, Block, Figure
from programme.models import PathStage
from programme.path import STAGE_NAMES
from programme.team_figures import Scope, month_name

NOTHING = "Rien sur ces mois. Choisis une période plus longue, ou une autre liste de jeunes."
NO_VALUE = "–"


@dataclass(frozen=True)
class Shown:
    """A figure as the page has it. ``chart`` is None when there is nothing to draw, and ``sentence`` then says so."""

    name: str
    title: str
    sentence: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Written]]
    chart: Chart | None
    # what the chart shows, for who does not see it
    alt: str = ""
    note: str = ""


@dataclass(frozen=True)
class View:
    """What figures are made of: whose, and the titles of topics."""

    session: Session
    scope: Scope
    titles: Mapping[str, str]


def _way(view: View) -> list[Shown]:
    reached = team_figures.reached(view.session, view.scope)
    everybody, on_the_way, *_ = reached
    if everybody.value == 0:
        sentence = "Aucun jeune n'est suivi par tes équipes pour l'instant, ou cette liste est vide."
    else:
        sentence = _share(on_the_way)
    return [
        Shown(
            "chemin",
            "Où en sont les jeunes",
            sentence,
            ("Étape", "Jeunes à cette étape ou au-delà", "Sur"),
            [(each.name, *_cells(each)) for each in reached],
            Bars([each.name for each in reached], [each.value for each in reached]) if everybody.value != 0 else None,
            alt="Barres de plus en plus courtes : combien de jeunes ont atteint chaque étape. "
            + _list(f"{each.name}, {each.shown}" for each in reached),
            note="À ce jour, quelle que soit la période. Qui a signé puis rompu compte jusqu'au contrat signé ; "
            "autre solution et parcours de deux ans sont à côté du chemin.",
        )
    ]


def _moves(view: View) -> list[Shown]:
    scope = view.scope
    taken = [each for each in team_figures.moves(view.session, scope) if each.whole != 0]
    # a break is no step forward
    forward = [each for each in taken if each.title != STAGE_NAMES[PathStage.RUPTURE]]
    first = max(forward, key=lambda each: each.whole or 0, default=None)
    return [
        Shown(
            "etapes",
            "Les étapes franchies",
            f"L'étape la plus franchie : {first.title}, {_total(first)}."
            if first
            else ("Des contrats rompus seulement." if taken else NOTHING),
            ("Mois", *(_capital(each.title) for each in taken)),
            _by_month(scope, taken),
            Bars([each.title for each in taken], [each.whole for each in taken]) if taken else None,
            alt=f"Une barre par étape, combien de fois elle a été franchie de {_span(scope)} : "
            + _list(f"{each.title}, {_total(each)}" for each in taken),
            note="Le tableau les donne mois par mois. Une personne qui franchit une étape deux fois compte deux fois.",
        )
    ]


def _places(view: View) -> list[Shown]:
    found = team_figures.places(view.session, view.scope)
    seats = [found.seats_by_month[month_name(month)] for month in view.scope.months]
    something = sum(seats) > 0 or found.kinds.whole != 0
    return [
        Shown(
            "places",
            "Places offertes et demandes",
            f"{french.number(sum(seats))} places offertes, {_total(found.months, 'demande', 'demandes')}."
            if something
            else NOTHING,
            ("Mois", "Places offertes", "Demandes"),
            [(each.name, places, *_cells(each)[:1]) for each, places in zip(found.months.figures, seats, strict=True)],
            Columns(
                _months(view.scope),
                [charts.Series("places offertes", seats), _series(found.months, "demandes")],
                unit="places",
            )
            if something
            else None,
            alt=f"Deux colonnes par mois, de {_span(view.scope)}, les places offertes et les demandes : "
            + _list(
                f"{each.name}, {places} et {each.shown}"
                for each, places in zip(found.months.figures, seats, strict=True)
            ),
            note="Dates de tes territoires et dates ouvertes à tout le monde, sans celles qui ont été annulées "
            "ni les places que des écoles tiennent pour une classe ; demandes des jeunes de tes équipes.",
        ),
        _presence(found),
    ]


def _presence(found: team_figures.Offered) -> Shown:
    rates = {each.title: team_figures.attendance(each) for each in found.became}
    known = {kind: rate for kind, rate in rates.items() if rate is not None}
    came = sum(rate.value or 0 for rate in known.values())
    noted = sum(rate.of or 0 for rate in known.values())
    parts = [each.name for each in found.became[0].figures] if found.became else []
    return Shown(
        "presence",
        "Qui est venu, par sorte de rendez-vous",
        f"{french.percent(round(100 * came / noted))} de présence, là où elle est notée et peut être montrée."
        if noted
        else "Aucune présence notée qui puisse être montrée sur ces mois.",
        ("Rendez-vous", "Places offertes", "Demandes", *(_capital(part) for part in parts), "Présence"),
        [
            (
                asked.name,
                found.seats_by_kind.get(asked.name, 0),
                *_cells(asked)[:1],
                *(_cells(part)[0] for part in block.figures),
                rate.percent if (rate := rates[block.title]) else NO_VALUE,
            )
            for asked, block in zip(found.kinds.figures, found.became, strict=True)
        ],
        Bars(list(known), [round(100 * (each.value or 0) / (each.of or 1)) for each in known.values()], unit="%")
        if known
        else None,
        alt="Une barre par sorte de rendez-vous, la part de présence : "
        + _list(f"{kind}, {rate.percent}" for kind, rate in known.items()),
    )


def _answers(view: View) -> list[Shown]:
    found = team_figures.first_answers(view.session, view.scope)
    medians = [each.median for each in found.waited]
    known = [(month, hours) for month, hours in zip(view.scope.months, medians, strict=True) if hours is not None]
    if found.raised.whole == 0:
        sentence = "Personne n'a demandé à parler à quelqu'un sur ces mois."
    else:
        sentence = f"{_total(found.raised, 'demande', 'demandes')}."
    if known:
        month, hours = known[-1]
        sentence += f" En {month_name(month)}, la moitié des réponses sont venues en {french.number(hours)} h ou moins."
    return [
        Shown(
            "reponses",
            "Avant la première réponse d'une personne",
            sentence,
            (
                "Mois",
                "Demandes",
                "Avec une réponse",
                "Sans réponse",
                "La moitié des réponses en (heures)",
                "Neuf sur dix en (heures)",
                "La moitié en (heures de travail)",
                "Neuf sur dix en (heures de travail)",
            ),
            [
                (
                    asked.name,
                    *_cells(asked)[:1],
                    *(_cells(each)[0] for each in block.figures),
                    *(
                        NO_VALUE if hours is None else french.number(hours)
                        for hours in (wait.median, wait.nine_in_ten, wait.worked_median, wait.worked_nine_in_ten)
                    ),
                )
                for asked, block, wait in zip(found.raised.figures, found.split, found.waited, strict=True)
            ],
            Lines(
                _months(view.scope),
                [
                    charts.Series("la moitié des réponses en", medians),
                    charts.Series("neuf sur dix en", [each.nine_in_ten for each in found.waited]),
                ],
                unit="heures",
            )
            if known
            else None,
            alt=f"Deux lignes, de {_span(view.scope)} : en combien d'heures sont venues la moitié des réponses, "
            "puis neuf sur dix. "
            + _list(
                f"{month_name(month)}, {french.number(each.median)} et {french.number(each.nine_in_ten or 0)}"
                for month, each in zip(view.scope.months, found.waited, strict=True)
                if each.median is not None
            ),
            note="Du moment où quelqu'un est demandé, ou va mal, à la première réponse humaine, nuits comprises.",
        )
    ]


def _topics(view: View) -> list[Shown]:
    found = team_figures.topics(view.session, view.scope)
    asked = [(view.titles.get(each.name, each.name), each) for each in found.asked.figures]
    first = next((pair for pair in asked if pair[1].value is not None), None)
    cut = (
        f"Compté sur les {french.number(team_figures.MOST_CONVERSATIONS)} conversations où l'on a écrit en dernier."
        if found.cut
        else ""
    )
    return [
        Shown(
            "sujets",
            "Ce que les jeunes demandent",
            f"Le sujet le plus demandé : « {first[0]} », par {first[1].shown} personnes." if first else NOTHING,
            ("Sujet", "Personnes", "Sur"),
            [(title, *_cells(each)) for title, each in asked],
            Bars([title for title, _ in asked], [each.value for _, each in asked]) if first else None,
            alt="Une barre par sujet, combien de personnes l'ont demandé : "
            + _list(f"{title}, {each.shown}" for title, each in asked),
            note=f"Les {team_figures.MOST_TOPICS} premiers ; une personne compte une fois par sujet. {cut}".strip(),
        ),
        _understood(view, found, cut),
    ]


def _understood(view: View, found: team_figures.Topics, cut: str) -> Shown:
    shown = [block for block in found.split if all(each.value is not None for each in block.figures)]
    misread = sum(block.figures[1].value or 0 for block in shown)
    of = sum(block.whole or 0 for block in shown)
    series = [
        charts.Series(name, [block.figures[at].value for block in found.split])
        for at, name in enumerate((team_figures.UNDERSTOOD, team_figures.NOT_UNDERSTOOD))
    ]
    return Shown(
        "comprehension",
        "Les messages compris ou non",
        f"{french.percent(round(100 * misread / of, 1))} des messages n'ont pas été compris." if of else NOTHING,
        ("Mois", "Messages", "Compris", "Pas compris", "Part pas comprise"),
        [
            (
                month.name,
                *_cells(month)[:1],
                *(_cells(each)[0] for each in block.figures),
                block.figures[1].percent or NO_VALUE,
            )
            for month, block in zip(found.messages.figures, found.split, strict=True)
        ],
        Columns(_months(view.scope), series, stacked=True, unit="messages") if of else None,
        alt=f"Une colonne par mois, de {_span(view.scope)}, les messages compris et par-dessus ceux qui ne l'ont pas "
        "été : "
        + _list(
            f"{month.name}, {block.figures[0].shown} et {block.figures[1].shown}"
            for month, block in zip(found.messages.figures, found.split, strict=True)
        ),
        note=f"Sans les entraînements ni les carnets, que personne d'autre ne lit. {cut}".strip(),
    )


def _practices(view: View) -> list[Shown]:
    found = team_figures.practices(view.session, view.scope)
    people = [each.people for each in found.months]
    something = any(each.value != 0 for each in people)
    told = found.confidence.figures
    return [
        Shown(
            "entrainements",
            "Les entraînements",
            "Combien de personnes se sont entraînées chaque mois avec un employeur simulé, jusqu'au bilan."
            if something
            else NOTHING,
            ("Mois", "Personnes", "Entraînements", "Besoin de l'employeur entendu", "Points en moyenne"),
            [
                (
                    month_name(each.month),
                    *(_cells(figure)[0] for figure in (each.people, each.runs, each.need_heard)),
                    NO_VALUE if each.points is None else french.number(each.points),
                )
                for each in found.months
            ],
            Columns(
                _months(view.scope), [charts.Series("personnes", [each.value for each in people])], unit="personnes"
            )
            if something
            else None,
            alt=f"Une colonne par mois, de {_span(view.scope)} : "
            + _list(f"{each.name}, {each.shown}" for each in people),
            note="Les entraînements sont privés : seuls ces nombres sont comptés.",
        ),
        Shown(
            "confiance",
            "La confiance avant et après un entraînement",
            "Ce que disent les personnes qui ont donné leur confiance avant et après."
            if any(each.value != 0 for each in told)
            else NOTHING,
            ("Ce qui change", "Personnes"),
            [(each.name, *_cells(each)[:1]) for each in told],
            Bars([each.name for each in told], [each.value for each in told])
            if any(each.value != 0 for each in told)
            else None,
            alt="Trois barres : " + _list(f"{each.name}, {each.shown}" for each in told),
            note="Qui s'est entraîné plusieurs fois peut compter dans plusieurs lignes.",
        ),
    ]


def _contracts(view: View) -> list[Shown]:
    found = team_figures.contracts(view.session, view.scope)
    something = found.signed.whole != 0 or found.broken.whole != 0
    reasons = [each for each in found.reasons.figures if each.value != 0]
    return [
        Shown(
            "contrats",
            "Contrats signés et rompus",
            f"{_total(found.signed, 'contrat signé', 'contrats signés')}, "
            f"{_total(found.broken, 'contrat rompu', 'contrats rompus')}."
            if something
            else NOTHING,
            ("Mois", "Contrats signés", "Contrats rompus"),
            _by_month(view.scope, (found.signed, found.broken)),
            Columns(_months(view.scope), [_series(found.signed), _series(found.broken)], unit="contrats")
            if something
            else None,
            alt=f"Deux colonnes par mois, de {_span(view.scope)}, les contrats signés et les contrats rompus : "
            + _list(
                f"{signed.name}, {signed.shown} et {broken.shown}"
                for signed, broken in zip(found.signed.figures, found.broken.figures, strict=True)
            ),
            note="Un contrat dont le jour de signature n'est pas connu compte le mois où l'on en a parlé.",
        ),
        Shown(
            "ruptures",
            "Pourquoi des contrats sont rompus",
            "Les raisons des contrats rompus sur ces mois." if reasons else "Aucun contrat rompu sur ces mois.",
            ("Raison", "Contrats", "Sur"),
            [(each.name, *_cells(each)) for each in reasons],
            Bars([each.name for each in reasons], [each.value for each in reasons]) if reasons else None,
            alt="Une barre par raison : " + _list(f"{each.name}, {each.shown}" for each in reasons),
        ),
    ]


# each question to the database gives one figure or two, which are shown in this order
_QUESTIONS: dict[Callable[[View], list[Shown]], tuple[str, ...]] = {
    _way: ("chemin",),
    _moves: ("etapes",),
    _places: ("places", "presence"),
    _answers: ("reponses",),
    _topics: ("sujets", "comprehension"),
    _practices: ("entrainements", "confiance"),
    _contracts: ("contrats", "ruptures"),
}


def everything(view: View) -> list[Shown]:
    """All figures, in the order of the page."""
    return [shown for question in _QUESTIONS for shown in question(view)]


def find(view: View, name: str) -> Shown:
    """Raises FigureNotFound."""
    for question, names in _QUESTIONS.items():
        if name in names:
            return next(shown for shown in question(view) if shown.name == name)
    raise FigureNotFound(name)


# -- in words and cells


def in_text(rows: Iterable[Sequence[Written]]) -> list[list[str]]:
    """The rows of a table as the page shows them: a name, then numbers."""
    return [[_capital(_text(name)), *(_text(cell) for cell in cells)] for name, *cells in rows]


def of_block(block: Block) -> list[list[str]]:
    """The rows of a block of the report: its names, numbers, what they are out of, shares."""
    return in_text((each.name, *_cells(each, NO_VALUE), each.percent or NO_VALUE) for each in block.figures)


def _text(cell: Written) -> str:
    return french.number(cell) if isinstance(cell, int) else NO_VALUE if cell is None else str(cell)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _cells(figure: Figure, without: str = HIDDEN) -> tuple[Written, Written]:
    """The value and what it is out of, as a table has them."""
    return (
        figure.value if figure.value is not None else figure.mark,
        figure.of if figure.of is not None else without,
    )


def _share(on_the_way: Figure) -> str:
    if on_the_way.value is None or on_the_way.of is None:
        return "Trop peu de personnes pour dire combien sont sur le chemin de l'alternance, ou à côté."
    return (
        f"{french.number(on_the_way.value)} des {french.number(on_the_way.of)} jeunes suivis sont sur le chemin de "
        "l'alternance."
    )


def _total(block: Block, one: str = "fois", many: str = "fois") -> str:
    """What a block adds up to: « 12 contrats signés »."""
    if block.whole is None:
        return f"moins de {FLOOR} {many}"
    return f"{french.number(block.whole)} {one if block.whole < 2 else many}"


def _series(block: Block, name: str = "") -> charts.Series:
    return charts.Series(name or block.title, [each.value for each in block.figures])


def _months(scope: Scope) -> list[str]:
    """Under a chart: « sept. », and the year when there are several."""
    several = scope.months[0].year != scope.months[-1].year
    return [
        french.short_month(month, year=several and (at == 0 or month.month == 1))
        for at, month in enumerate(scope.months)
    ]


def _span(scope: Scope) -> str:
    return f"{month_name(scope.months[0])} à {month_name(scope.months[-1])}"


def _by_month(scope: Scope, blocks: Sequence[Block]) -> list[list[Written]]:
    return [
        [month_name(month), *(_cells(block.figures[at])[0] for block in blocks)]
        for at, month in enumerate(scope.months)
    ]


def _list(parts: Iterable[str]) -> str:
    return " ; ".join(parts) + "."
