"""The journal: who did what to whose data."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request, Response

from bot.console.doors import Doors, MemberDep, SessionDep
from bot.console.own_account import ROLES
from bot.console.pages import render
from programme import journal
from programme.journal import Filter
from programme.models import Teller
from programme.permissions import Right

router = Doors("/journal")

# what is done is written down as « object.verb »; a test finds every one that the programme writes
ACTIONS = {
    "account.add": "compte ajouté",
    "account.change": "compte changé",
    "account.deactivate": "compte fermé",
    "account.invite": "lien fait pour un mot de passe",
    "account.lock": "compte bloqué après des erreurs",
    "account.reactivate": "compte rouvert",
    "account.reset_second_factor": "téléphone perdu, code à installer à nouveau",
    "account.unlock": "compte débloqué",
    "conversation.open": "conversation ouverte",
    "figures.export": "chiffres exportés",
    "people.export": "liste de jeunes exportée",
    "people.import": "liste de jeunes importée",
    "events.export": "rendez-vous exportés",
    "events.import": "rendez-vous importés",
    "attendance.note": "présence notée",
    "booking.add": "inscription demandée pour un jeune",
    "booking.cancel": "inscription annulée pour un jeune",
    "booking.move": "inscription déplacée pour un jeune",
    "date.add": "date ajoutée",
    "date.call_off": "date annulée",
    "date.group": "places gardées pour une classe",
    "date.group_left": "places d'une classe rendues",
    "date.seats": "nombre de places changé",
    "campaign.export": "aperçu d'une campagne exporté",
    "campaign.pause": "campagne mise en pause",
    "campaign.resume": "campagne reprise",
    "campaign.start": "campagne lancée",
    "campaign.stop": "campagne arrêtée",
    "companies.export": "entreprises exportées",
    "companies.import": "entreprises importées",
    "person.assign": "accompagnement confié à quelqu'un d'autre",
    "person.break": "rupture de contrat notée",
    "person.contract": "contrat noté",
    "person.open": "fiche d'un jeune ouverte",
    "person.export": "données d'un jeune exportées",
    "profile.read": "profil lu par une autre structure",
    "profile.share": "profil partagé",
    "profile.unshare": "partage arrêté",
    "reference.change": "table de référence changée",
}
TELLERS = {
    Teller.PERSON: "la personne elle-même",
    Teller.STAFF: "quelqu'un qui est parti",
    Teller.SYSTEM: "le programme",
    Teller.IMPORT: "un import",
}
# what the console knows how to say of the details
DETAILS = {
    "rows": "lignes",
    "role": "rôle",
    "role_before": "rôle avant",
    "failures": "erreurs",
    "staff_id": "compte n°",
    "date": "date n°",
    "campaign": "campagne",
}


@router.page("", Right.AUDIT)
def read(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    staff: Annotated[str, Query(alias="qui", pattern=r"^\d{0,9}$")] = "",
    person: Annotated[str, Query(alias="jeune", pattern=r"^\s*\d{0,18}\s*$")] = "",
    action: Annotated[str, Query(alias="quoi", max_length=60)] = "",
    before: Annotated[int | None, Query(alias="avant", ge=1, le=2**63 - 1)] = None,
) -> Response:
    person = person.strip()
    chosen = Filter(
        staff_id=int(staff) if staff else None,
        person_id=int(person) if person else None,
        action=action if action in ACTIONS else None,
    )
    found = journal.listed(session, who, chosen, before=before, limit=journal.PAGE + 1)
    lines = found[: journal.PAGE]
    kept = {name: value for name, value in (("qui", staff), ("jeune", person), ("quoi", action)) if value}
    older = {**kept, "avant": lines[-1][0].id} if len(found) > journal.PAGE else None
    return render(
        request,
        "access/journal.html",
        lines=lines,
        team=journal.staff_within_reach(session, who),
        actions=sorted(ACTIONS.items(), key=lambda each: each[1]),
        words=ACTIONS,
        tellers=TELLERS,
        staff=staff,
        person=person,
        action=action,
        details_of=_details,
        newest=f"/console/journal?{urlencode(kept)}" if before is not None else None,
        older=f"/console/journal?{urlencode(older)}" if older is not None else None,
    )


def _details(details: dict[str, object]) -> str:
    """« rôle : conseil » from what the line holds; what has no words is left out."""
    roles = {str(role): words for role, words in ROLES.items()}
    return ", ".join(
        f"{words} : {roles.get(str(details[name]), details[name])}"
        for name, words in DETAILS.items()
        if details.get(name) not in (None, "")
    )
