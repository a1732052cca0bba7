"""Contracts and breaks within reach, a month at a time, and of whom news is due."""

from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from dateutil.relativedelta import relativedelta
from fastapi import Query, Request, Response

from bot.console import person_words
from bot.console.doors import Doors, MemberDep, SessionDep
from bot.console.forms import FIRST_YEAR, LAST_YEAR, options
from bot.console.pages import render, today_in
from programme import contract_list, french
from programme.contract_list import What
from programme.models import ContractKind
from programme.permissions import Right

router = Doors("/contrats")

SHOWN = {"contrats": What.BEGUN, "ruptures": What.BROKEN}


@router.page("", Right.READ_PEOPLE)
def listed(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    shown: Annotated[str, Query(alias="voir", max_length=10)] = "contrats",
    month: Annotated[str, Query(alias="mois", max_length=7)] = "",
    kind: Annotated[str, Query(alias="type", max_length=30)] = "",
    before: Annotated[str, Query(alias="apres", max_length=18)] = "",
) -> Response:
    what = SHOWN.get(shown, What.BEGUN)
    first = _month(month) or today_in(request).replace(day=1)
    chosen = ContractKind(kind) if kind in {each.value for each in ContractKind} else None
    lines, following = contract_list.page(
        session,
        who,
        what,
        month=first,
        kind=chosen,
        before=int(before) if before.isascii() and before.isdecimal() else None,
    )

    def address(**changes: str) -> str:
        kept = {"voir": shown if shown in SHOWN else "contrats", "mois": f"{first:%Y-%m}", "type": chosen or ""}
        return "?" + urlencode({name: value for name, value in {**kept, **changes}.items() if value})

    return render(
        request,
        "contracts/list.html",
        broken=what is What.BROKEN,
        lines=lines,
        due=contract_list.due(session, who, today=today_in(request)),
        month=first,
        month_words=f"{french.MONTHS[first.month - 1]} {first.year}",
        kind=chosen or "",
        kinds=options(ContractKind, person_words.in_words, none="tous"),
        earlier=address(mois=f"{first - relativedelta(months=1):%Y-%m}"),
        later=address(mois=f"{first + relativedelta(months=1):%Y-%m}"),
        following=address(apres=str(following)) if following else "",
        first_page=address() if before else "",
        words=person_words,
    )


def _month(written: str) -> date | None:
    """« 2026-11 »; None when it is no month, or of a year that nobody means."""
    try:
        found = date.fromisoformat(f"{written}-01")
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None
