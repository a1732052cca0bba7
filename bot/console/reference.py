"""The tables of reference data, listed and changed through SQLAdmin; none of them is about a young person.

SQLAdmin finds, pages, and reads the forms. Its own pages load scripts and styles that ours do not need, and speak
English: templates/tables/ takes their place, so that these pages keep to the Content-Security-Policy of all the others
and to the same habits. Of its routes only those below are open, all of them behind the door of the console (`Guard`),
and every form carries the token of its session.
"""

import logging
from collections.abc import Sequence
from typing import Any, ClassVar

from fastapi import FastAPI
from sqladmin import Admin, ModelView
from sqladmin.helpers import get_object_identifier
from sqladmin.templating import Jinja2Templates
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from wtforms import DateField, Form, SelectField, TextAreaField  # type: ignore[import-untyped]
from wtforms.validators import InputRequired, Optional  # type: ignore[import-untyped]

from bot.console import doors
from bot.console.pages import FLASH, TEMPLATES, go, render, tell, values_for
from programme import reference
from programme.accounts import LoggedIn
from programme.clock import clock
from programme.errors import ReferenceRefused
from programme.models import (
    Organisation,
    OrganisationKind,
    Programme,
    Series,
    Team,
    Territory,
    TerritoryCommune,
)
from programme.permissions import Right
from programme.recurrence import SCHOOL_ZONES
from programme.reference import Row

PATH = "/console/tables"
LARGEST_FORM = 256 * 1024
Options = Sequence[tuple[Any, str]]
NOT_TAKEN = "La base n'a pas pris cette ligne. Réessaie, et si cela dure, préviens la personne qui fait tourner Déclic."
KINDS = {
    OrganisationKind.MISSION_LOCALE: "Mission locale",
    OrganisationKind.NETWORK: "réseau",
    OrganisationKind.HUB: "pôle d'entreprises",
    OrganisationKind.BRANCH: "branche professionnelle",
    OrganisationKind.SCHOOL: "école",
    OrganisationKind.CFA: "CFA",
    OrganisationKind.OPCO: "OPCO",
    OrganisationKind.ASSOCIATION: "association",
    OrganisationKind.FUNDER: "financeur",
}

tell(tables_saved="La ligne est enregistrée.", tables_removed="La ligne est retirée.")


class FrenchForm(Form):  # type: ignore[misc]
    """What is wrong is said in French."""

    class Meta:
        locales: ClassVar = ["fr"]


class Table(ModelView):
    """What the tables have in common. ``address`` is its part of the path, ``hint`` is said above the list."""

    address: ClassVar[str] = ""
    hint: ClassVar[str] = ""
    # of the application that this one is a table of
    sessions: sessionmaker[Session]
    can_delete = False
    can_view_details = False
    can_export = False
    form_base_class = FrenchForm
    form_include_pk = True
    page_size = 25
    page_size_options: ClassVar[list[int]] = [25]
    list_template = "tables/list.html"
    create_template = "tables/form.html"
    edit_template = "tables/form.html"

    def options(self, session: Session) -> dict[str, Options]:
        """By column: what it may be, and what each is called."""
        return {}

    async def list_context(self, request: Request) -> dict[str, Any]:
        found = await run_in_threadpool(self._options)
        return {
            "words": {name: dict(options) for name, options in found.items()},
            "identifier": get_object_identifier,
        }

    async def scaffold_form(self, rules: list[str] | None = None) -> type[Form]:
        """With lists to choose from for what refers to another table."""
        form = await super().scaffold_form(rules)
        for name, options in (await run_in_threadpool(self._options)).items():
            column = self._mapper.columns[name]
            none: Options = [("", "aucun")] if column.nullable else []
            field = SelectField(
                self._column_labels[name],
                choices=[*none, *((str(value), words) for value, words in options)],
                validators=[Optional()] if column.nullable else [InputRequired()],
            )
            setattr(form, name, field)
        return form

    async def insert_model(self, request: Request, data: dict[str, Any]) -> Any:
        return await run_in_threadpool(self._save, request, None, data)

    async def update_model(self, request: Request, pk: str, data: dict[str, Any]) -> Any:
        return await run_in_threadpool(self._save, request, pk, data)

    async def delete_model(self, request: Request, pk: Any) -> None:
        await run_in_threadpool(self._remove, request, pk)

    def _options(self) -> dict[str, Options]:
        with self.sessions() as session:
            return self.options(session)

    def _save(self, request: Request, pk: str | None, data: dict[str, Any]) -> Row:
        try:
            with self.sessions.begin() as session:
                row: Row = self.model() if pk is None else self._row(session, pk)
                values = {name: self._as_kept(name, value) for name, value in data.items()}
                return reference.save(session, row, values, staff_id=_staff_id(request), now=clock())
        except SQLAlchemyError as error:  # SQLAdmin shows what an error says, which is then a statement with its values
            raise ReferenceRefused(NOT_TAKEN) from error

    def _remove(self, request: Request, pk: str) -> None:
        with self.sessions.begin() as session:
            row = self._row(session, pk)
            assert isinstance(row, TerritoryCommune), "no other table can be deleted from"
            reference.remove_commune(session, row, staff_id=_staff_id(request), now=clock())

    def _row(self, session: Session, pk: str) -> Row:
        row: Row | None = session.scalar(self._stmt_by_identifier(pk))
        if row is None:
            raise HTTPException(404)
        return row

    def _as_kept(self, name: str, value: Any) -> Any:
        """Texts without blanks around and without the zero byte that PostgreSQL refuses; an empty one is none."""
        if not isinstance(value, str):
            return value
        text = value.replace("\0", "").strip()
        column = self._mapper.columns[name]
        return None if not text and column.nullable else column.type.python_type(text)


def named(session: Session, table: type[Organisation] | type[Territory] | type[Programme]) -> Options:
    return [(row[0], row[1]) for row in session.execute(select(table.id, table.name).order_by(table.name, table.id))]


class OrganisationTable(Table, model=Organisation):
    name, name_plural, address = "structure", "Structures", "structures"
    hint = "Une structure ne se supprime pas ici : ses équipes et leurs comptes partiraient avec elle."
    column_list: ClassVar = [Organisation.name, Organisation.kind, Organisation.slug]
    column_labels: ClassVar = {
        Organisation.name: "Nom",
        Organisation.kind: "Sorte",
        Organisation.slug: "Nom court (dans les fichiers importés)",
    }
    column_searchable_list: ClassVar = [Organisation.name, Organisation.slug]
    column_default_sort: ClassVar = [(Organisation.name, False)]
    form_columns: ClassVar = [Organisation.name, Organisation.slug, Organisation.kind]

    def options(self, session: Session) -> dict[str, Options]:
        return {"kind": [(each.value, words) for each, words in KINDS.items()]}


class TerritoryTable(Table, model=Territory):
    name, name_plural, address = "territoire", "Territoires", "territoires"
    hint = "Ses communes sont dans la table des communes."
    column_list: ClassVar = [Territory.name, Territory.region, Territory.zone, Territory.school_zone, Territory.slug]
    column_labels: ClassVar = {
        Territory.name: "Nom",
        Territory.region: "Région",
        Territory.zone: "Fuseau horaire, comme « Europe/Paris »",
        Territory.school_zone: "Zone de vacances scolaires",
        Territory.slug: "Nom court (dans les fichiers importés)",
    }
    column_searchable_list: ClassVar = [Territory.name, Territory.slug]
    column_default_sort: ClassVar = [(Territory.name, False)]
    form_columns: ClassVar = column_list

    def options(self, session: Session) -> dict[str, Options]:
        return {"school_zone": [(each, each) for each in sorted(SCHOOL_ZONES)]}


class CommuneTable(Table, model=TerritoryCommune):
    name, name_plural, address = "commune", "Communes", "communes"
    hint = "Une commune est d'un seul territoire. Pour la changer de territoire, retire-la puis ajoute-la à l'autre."
    can_edit = False
    can_delete = True
    column_list: ClassVar = [TerritoryCommune.commune, TerritoryCommune.territory_id]
    column_labels: ClassVar = {TerritoryCommune.commune: "Commune", TerritoryCommune.territory_id: "Territoire"}
    column_searchable_list: ClassVar = [TerritoryCommune.commune]
    column_default_sort: ClassVar = [(TerritoryCommune.commune, False)]
    form_columns: ClassVar = column_list

    def options(self, session: Session) -> dict[str, Options]:
        return {"territory_id": named(session, Territory)}


class TeamTable(Table, model=Team):
    name, name_plural, address = "équipe", "Équipes", "equipes"
    hint = "Une équipe ne se supprime pas ici : les comptes de ses membres partiraient avec elle."
    column_list: ClassVar = [Team.name, Team.organisation_id, Team.territory_id]
    column_labels: ClassVar = {Team.name: "Nom", Team.organisation_id: "Structure", Team.territory_id: "Territoire"}
    column_searchable_list: ClassVar = [Team.name]
    column_default_sort: ClassVar = [(Team.name, False)]
    form_columns: ClassVar = column_list

    def options(self, session: Session) -> dict[str, Options]:
        return {"organisation_id": named(session, Organisation), "territory_id": named(session, Territory)}


class ProgrammeTable(Table, model=Programme):
    name, name_plural, address = "programme", "Programmes", "programmes"
    hint = "Un programme ne se supprime pas ici : on ne saurait plus qui y a participé."
    column_list: ClassVar = [Programme.name, Programme.organisation_id, Programme.starts_on, Programme.ends_on]
    column_labels: ClassVar = {
        Programme.name: "Nom",
        Programme.slug: "Nom court (dans les fichiers importés)",
        Programme.purpose: "À quoi il sert",
        Programme.organisation_id: "Structure",
        Programme.funders: "Qui le paie",
        Programme.led_by: "Qui le mène, si c'est une autre structure",
        Programme.starts_on: "Premier jour",
        Programme.ends_on: "Dernier jour",
        Programme.places: "Nombre de jeunes prévu",
    }
    column_searchable_list: ClassVar = [Programme.name, Programme.slug]
    column_default_sort: ClassVar = [(Programme.ends_on, True)]
    form_columns: ClassVar = [
        Programme.name, Programme.slug, Programme.purpose, Programme.organisation_id, Programme.funders,
        Programme.led_by, Programme.starts_on, Programme.ends_on, Programme.places,
    ]  # fmt: skip
    form_overrides: ClassVar = {"purpose": TextAreaField, "starts_on": DateField, "ends_on": DateField}

    def options(self, session: Session) -> dict[str, Options]:
        return {"organisation_id": named(session, Organisation)}


class SeriesTable(Table, model=Series):
    name, name_plural, address = "rendez-vous", "Rendez-vous : textes", "rendez-vous"
    hint = "Seulement les textes : les dates, les places et le territoire engagent des inscriptions."
    can_create = False
    column_list: ClassVar = [Series.title, Series.place, Series.programme_id]
    column_labels: ClassVar = {
        Series.title: "Titre",
        Series.summary: "En quelques mots",
        Series.place: "Lieu",
        Series.access: "Comment venir",
        Series.bring: "À apporter",
        Series.animator: "Qui anime",
        Series.audience: "Pour qui",
        Series.programme_id: "Programme",
    }
    column_searchable_list: ClassVar = [Series.title, Series.slug]
    column_default_sort: ClassVar = [(Series.title, False)]
    form_columns: ClassVar = [
        Series.title, Series.summary, Series.place, Series.access, Series.bring, Series.animator, Series.audience,
        Series.programme_id,
    ]  # fmt: skip
    form_overrides: ClassVar = {"summary": TextAreaField, "access": TextAreaField}

    def options(self, session: Session) -> dict[str, Options]:
        return {"programme_id": named(session, Programme)}


TABLES = (OrganisationTable, TerritoryTable, CommuneTable, TeamTable, ProgrammeTable, SeriesTable)


class Pages(Jinja2Templates):
    """SQLAdmin's way to show a page, with the templates of the console and what all of these have."""

    def __init__(self) -> None:
        super().__init__("templates")
        self.env = TEMPLATES.overlay(enable_async=True)

    async def TemplateResponse(
        self, request: Request, name: str, context: dict[str, Any] | None = None, status_code: int = 200
    ) -> Any:
        values = await run_in_threadpool(values_for, request)
        response = await super().TemplateResponse(request, name, {**values, **(context or {})}, status_code)
        if FLASH in request.cookies:
            response.delete_cookie(FLASH, path="/console")
        return response


class Tables(Admin):
    """SQLAdmin with the few routes that we open, and our pages."""

    def __init__(self, app: FastAPI) -> None:
        # its own: SQLAdmin changes how the sessions of the factory that it is given flush
        factory = sessionmaker(app.state.session_factory.kw["bind"], expire_on_commit=False)
        super().__init__(Starlette(), session_maker=factory, base_url=PATH)
        self.admin.state = app.state
        self.admin.router.routes = [
            Route("/", endpoint=self.index, name="index"),
            Route("/{identity}/list", endpoint=self.list, name="list"),
            Route("/{identity}/create", endpoint=self.create, name="create", methods=["GET", "POST"]),
            Route("/{identity}/edit/{pk:path}", endpoint=self.edit, name="edit", methods=["GET", "POST"]),
            Route("/{identity}/retirer/{pk:path}", endpoint=self.remove, name="remove", methods=["POST"]),
        ]
        self.admin.exception_handlers = {HTTPException: _problem}
        for table in TABLES:
            # SQLAdmin keeps them on the class, which two applications in one process would share
            self.add_view(type(table.__name__, (table,), {"sessions": factory, "identity": table.address}))

    def init_templating_engine(self) -> Jinja2Templates:
        return Pages()

    async def index(self, request: Request) -> Response:
        return await self.templates.TemplateResponse(request, "tables/index.html", {"tables": self.views})

    async def remove(self, request: Request) -> Response:
        view = self._find_model_view(request.path_params["identity"])
        if not view.can_delete:
            raise HTTPException(403)
        await view.delete_model(request, request.path_params["pk"])
        return go(f"{PATH}/{view.identity}/list", "tables_removed")

    async def _resolve_after_change_response(
        self, request: Request, context: dict[str, Any], obj: Any, template: str, identity: str
    ) -> Response | None:
        return go(f"{PATH}/{identity}/list", "tables_saved")


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return await run_in_threadpool(
        render,
        request,
        "problem.html",
        status_code=error.status_code,
        title="On ne trouve pas cette ligne" if error.status_code == 404 else "Ce n'est pas possible ici",
        words="Elle n'existe pas ou plus." if error.status_code == 404 else "Cette table ne le permet pas.",
        way_on=f"{PATH}/",
        way_words="Aller à la liste des tables",
    )


class _WithoutRefusals(logging.Filter):
    """SQLAdmin logs every refusal as an error of the program; it was told to who typed."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, ReferenceRefused) or error.__cause__ is not None


_REFUSALS = _WithoutRefusals()


class Guard:
    """The door of the console, before anything of SQLAdmin runs: session, second factor, right, token of the form."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._check = doors._opens(Right.REFERENCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body_of(Request(scope, receive))
        # the form is read here and once more behind the door
        request = Request(scope, _again(body, receive))
        await self._check(request, await run_in_threadpool(_who, request))
        await self._app(scope, _again(body, receive), send)


def _who(request: Request) -> LoggedIn | None:
    with doors.transaction(request) as session:
        return doors.logged_in(request, session)


async def _body_of(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise HTTPException(413)
    return body


def _again(body: bytes, receive: Receive) -> Receive:
    told = False

    async def read() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return read


def _staff_id(request: Request) -> int:
    return doors.present(request).member.staff_id


def mount(app: FastAPI) -> None:
    """Add the tables to the bot's application, whose state has ``session_factory`` and ``settings``."""
    logging.getLogger("sqladmin.application").addFilter(_REFUSALS)
    app.router.routes.append(Mount(PATH, app=Tables(app).admin, name="admin", middleware=[Middleware(Guard)]))
