"""Papers to print, each under its secret link: a page, a PDF, a table for a spreadsheet."""

import csv
import io
from html import escape
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Response, status
from fastapi.responses import HTMLResponse

from bot.web.api import ConversationsDep
from bot.web.paper_pdf import as_pdf
from programme.clock import clock
from programme.documents import LIFETIME, Paper, find_paper

router = APIRouter(prefix="/document", include_in_schema=False)

PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
GONE = f"Cette page n'existe pas ou plus : un lien s'ouvre pendant {LIFETIME.days} jours. Redemande-la à Déclic."


async def asked_for(talk: ConversationsDep, token: Annotated[str, Path(pattern=r"^[\w-]{16,64}$")]) -> Paper:
    now = clock()
    paper = await talk.transaction(lambda session: find_paper(session, token, now=now))
    if paper is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, GONE, headers=PRIVATE)
    return paper


PaperDep = Annotated[Paper, Depends(asked_for)]


@router.get("/{token}.pdf")
async def pdf(paper: PaperDep) -> Response:
    return Response(as_pdf(paper), media_type="application/pdf", headers={**PRIVATE, **_named(paper, "pdf")})


@router.get("/{token}.csv")
async def table(paper: PaperDep) -> Response:
    if not paper.table:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "Ce document n'a pas de tableau.", headers=PRIVATE)
    written = io.StringIO()
    # semicolons and a mark at the start: spreadsheets set to French read it without asking
    csv.writer(written, delimiter=";").writerows([_inert(cell) for cell in row] for row in paper.table)
    body = "\ufeff" + written.getvalue()
    return Response(body, media_type="text/csv; charset=utf-8", headers={**PRIVATE, **_named(paper, "csv")})


@router.get("/{token}", response_class=HTMLResponse)
async def page(token: str, paper: PaperDep) -> HTMLResponse:
    links = f'<a href="{token}.pdf">PDF</a>' + (f' <a href="{token}.csv">Tableau (CSV)</a>' if paper.table else "")
    sections = "".join(
        f"<section><h2>{escape(section.heading)}</h2>"
        + "".join(f"<p>{escape(line)}</p>" for line in section.lines)
        + '<div class="write"></div>' * section.space
        + "</section>"
        for section in paper.sections
    )
    return HTMLResponse(
        f"""<!doctype html>
<html lang="fr">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="robots" content="noindex, nofollow">
  <title>{escape(paper.title)}</title>
  <link rel="icon" href="/static/favicon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/static/document.css">
  <script type="module" src="/static/print.js"></script>
</head>
<body>
  <nav><button type="button" id="print" hidden>Imprimer</button> {links}</nav>
  <main>
    <h1>{escape(paper.title)}</h1>
    <p class="subtitle">{escape(paper.subtitle)}</p>
    {sections}
    <footer>{escape(paper.foot)}</footer>
  </main>
</body>
</html>
""",
        headers=PRIVATE,
    )


def _named(paper: Paper, ending: str) -> dict[str, str]:
    name = "".join(char if char.isascii() and char.isalnum() else "-" for char in paper.title.lower())
    short = "-".join(part for part in name.split("-") if part)[:40] or "declic"
    return {"Content-Disposition": f'attachment; filename="{short}.{ending}"'}


def _inert(cell: str) -> str:
    """A spreadsheet must not take what a person wrote for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
