"""Papers that a person may print: kept as data, shown by the web as a page, a PDF or a table."""

import secrets
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.orm import Session

from programme.models import Document

TOKEN_BYTES = 24
# the link is the only key, and phones are shared: it does not open for ever
LIFETIME = timedelta(days=30)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Section(_Part):
    """``lines`` are paragraphs; with ``space``, so many empty lines to write on follow."""

    heading: str
    lines: tuple[str, ...] = ()
    space: int = 0


class Paper(_Part):
    """``table`` is the same as rows with a header, for a spreadsheet; () when it would make no sense."""

    title: str
    subtitle: str = ""
    sections: tuple[Section, ...]
    foot: str = ""
    table: tuple[tuple[str, ...], ...] = ()


def keep_paper(session: Session, paper: Paper, *, person_id: int, now: datetime) -> str:
    """The token under which it can be read."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(Document(token=token, person_id=person_id, content=paper.model_dump(mode="json"), created_at=now))
    session.flush()
    return token


def find_paper(session: Session, token: str, *, now: datetime) -> Paper | None:
    """None when there is none, or it has expired."""
    content = session.scalar(
        select(Document.content).where(Document.token == token, Document.created_at > now - LIFETIME)
    )
    return Paper.model_validate(content) if content is not None else None


def path_of(token: str) -> str:
    return f"/document/{token}"
