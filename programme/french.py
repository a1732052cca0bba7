"""Amounts, dates and hours as a French reader expects them; words as they compare."""

import unicodedata
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

NARROW_NO_BREAK = "\u202f"
NO_BREAK = "\u00a0"

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)

SHORT_MONTHS = (
    "janv.",
    "févr.",
    "mars",
    "avril",
    "mai",
    "juin",
    "juil.",
    "août",
    "sept.",
    "oct.",
    "nov.",
    "déc.",
)


def number(value: int | float | Decimal) -> str:
    """``1867.02`` gives ``1 867,02`` and ``2.5`` gives ``2,5``: two decimals at most, and no idle zero."""
    exact = Decimal(str(value))
    text = f"{exact:,.2f}".rstrip("0").rstrip(".")
    return text.replace(",", NARROW_NO_BREAK).replace(".", ",")


def euros(value: int | float | Decimal) -> str:
    """``504.1`` gives ``504,10 €``: with cents or whole."""
    whole, _, cents = number(value).partition(",")
    return f"{whole},{cents:0<2}{NO_BREAK}€" if cents else f"{whole}{NO_BREAK}€"


def percent(value: int | float | Decimal) -> str:
    return f"{number(value)}{NO_BREAK}%"


def day(value: date) -> str:
    """``3 novembre 2026``; the first of the month is ``1er``."""
    ordinal = "1er" if value.day == 1 else str(value.day)
    return f"{ordinal} {MONTHS[value.month - 1]} {value.year}"


def weekday_and_day(value: date) -> str:
    """``mardi 24 novembre``."""
    ordinal = "1er" if value.day == 1 else str(value.day)
    return f"{DAYS[value.weekday()]} {ordinal} {MONTHS[value.month - 1]}"


def short_month(value: date, *, year: bool = True) -> str:
    """``sept. 2026``; without the year ``sept.``."""
    name = SHORT_MONTHS[value.month - 1]
    return f"{name} {value.year}" if year else name


def day_and_hour(instant: datetime, zone: ZoneInfo) -> str:
    """``mardi 24 novembre à 14h30``, in ``zone``; ``instant`` is aware."""
    local = instant.astimezone(zone)
    return f"{weekday_and_day(local)} à {hour(local)}"


def short_day_and_hour(instant: datetime, zone: ZoneInfo) -> str:
    """``mar. 24/11 14h30``, in ``zone``, for buttons."""
    local = instant.astimezone(zone)
    return f"{DAYS[local.weekday()][:3]}. {local:%d/%m} {hour(local)}"


def hour(local: datetime) -> str:
    return f"{local.hour}h{local.minute:02d}" if local.minute else f"{local.hour}h"


def rank(position: int) -> str:
    """``1er``, ``2e``…"""
    return "1er" if position == 1 else f"{position}e"


def plural(count: int, one: str, many: str) -> str:
    return f"{count} {one if count < 2 else many}"


def plain(text: str) -> str:
    """Lower case, without accents, one kind of apostrophe: « L’Été » gives « l'ete »."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("’", "'"))
    return "".join(char for char in decomposed if not unicodedata.combining(char))
