"""What a column means: its names, how its cells are read and written, what is expected when one cannot be read."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from openpyxl.utils.datetime import from_excel

from programme import french
from programme.exchange.tables import Bad, Cell, Written, clean, same_title


class Unreadable(ValueError):
    """A cell is not what its column expects; the argument says what was expected, in French."""


@dataclass(frozen=True)
class Column:
    """``read`` takes a cell that is not empty and raises Unreadable; ``write`` gives back what ``read`` takes."""

    key: str
    title: str
    read: Callable[[Cell], Any]
    also: tuple[str, ...] = ()
    write: Callable[[Any], Written] = str

    def is_named(self, title: str) -> bool:
        return same_title(title) in {same_title(name) for name in (self.title, self.key, *self.also)}


def text(longest: int, *, shortest: int = 1) -> Callable[[Cell], str]:
    def read(cell: Cell) -> str:
        found = as_text(cell)
        if not shortest <= len(found) <= longest:
            least = f"{shortest} à " if shortest > 1 else "au plus "
            raise Unreadable(f"un texte de {least}{longest} caractères")
        return found

    return read


def as_text(cell: Cell) -> str:
    """What was typed, whatever Excel made of it: 123.0 is « 123 »."""
    match cell:
        case Bad():
            raise Unreadable(cell.why)
        case bool():
            return "oui" if cell else "non"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime() if cell.time() == time(0):
            return f"{cell:%d/%m/%Y}"
        case datetime() | date() | time() | timedelta():
            return str(cell)
    return clean(str(cell))


def choice(words: Mapping[Any, Sequence[str]], expected: str) -> Callable[[Cell], Any]:
    """One of the keys, by any of its words: accents, case and signs do not count."""
    known = {same_title(word): key for key, names in words.items() for word in (*names, str(key))}

    def read(cell: Cell) -> Any:
        found = known.get(same_title(as_text(cell)))
        if found is None:
            raise Unreadable(expected)
        return found

    return read


def named(words: Mapping[Any, Sequence[str]]) -> Callable[[Any], Written]:
    """The first word of each key."""
    return lambda value: words[value][0]


YES_NO: dict[bool, tuple[str, ...]] = {
    True: ("oui", "o", "yes", "y", "vrai", "true", "1", "x"),
    False: ("non", "n", "no", "faux", "false", "0"),
}
yes_no = choice(YES_NO, "oui ou non")
write_yes_no = named(YES_NO)


def whole(lowest: int, highest: int) -> Callable[[Cell], int]:
    def read(cell: Cell) -> int:
        digits = as_text(cell)
        # « 8 places » and « 15 ans » are how people write
        found = re.fullmatch(r"(\d{1,9})\s*(?:places?|ans?)?", digits, re.ASCII)
        if isinstance(cell, bool) or found is None or not lowest <= int(found[1]) <= highest:
            raise Unreadable(f"un nombre entier de {lowest} à {highest}")
        return int(found[1])

    return read


# days and hours

_MONTHS = {french.plain(name): number for number, name in enumerate(french.MONTHS, start=1)}
_MONTHS |= {
    short: number
    for number, names in enumerate(
        (
            ("janv", "jan"),
            ("fevr", "fev"),
            (),
            ("avr",),
            (),
            (),
            ("juil",),
            (),
            ("sept", "sep"),
            ("oct",),
            ("nov",),
            ("dec",),
        ),
        start=1,
    )
    for short in names
}
# 1 January 2000 to 31 December 2099, as Excel counts days
_SERIALS = range(36526, 73051)
_A_DAY = "une date comme 31/12/2027"
_A_MONTH = "un mois comme 03/2009"
_AN_HOUR = "une heure comme 14h30"
_A_DURATION = "une durée comme 2h30 ou 90 min"


def day(cell: Cell) -> date:
    """31/12/2027, 31-12-27, 2027-12-31, « 31 décembre 2027 », a date of Excel or its serial number."""
    if isinstance(cell, datetime):
        if cell.time() != time(0):
            raise Unreadable(f"{_A_DAY}, sans l’heure : elle a sa colonne")
        return cell.date()
    if isinstance(cell, date):
        return cell
    words = french.plain(as_text(cell))
    if words.isdigit() and int(words) in _SERIALS:
        return _from_serial(int(words))
    if found := re.fullmatch(r"(\d{4})-(\d\d?)-(\d\d?)(?: 00:00(?::00)?)?", words, re.ASCII):
        year, month, number = int(found[1]), int(found[2]), int(found[3])
    elif found := re.fullmatch(r"(\d\d?)[/.\- ](\d\d?)[/.\- ](\d{4}|\d\d)(?: 00:00(?::00)?)?", words, re.ASCII):
        number, month, year = int(found[1]), int(found[2]), _year(found[3])
    elif found := re.fullmatch(r"(?:[a-z]+\.? )?(\d\d?)(?:er)?[ -]([a-z]+)\.?[ -](\d{4}|\d\d)", words, re.ASCII):
        number, month, year = int(found[1]), _MONTHS.get(found[2], 0), _year(found[3])
    else:
        raise Unreadable(_A_DAY)
    try:
        return date(year, month, number)
    except ValueError:
        raise Unreadable(_A_DAY) from None


def month(cell: Cell) -> date:
    """The first day of a month: 03/2009, 2009-03, « mars 2009 », « mars-09 » as Excel shows it; of a day, its month."""
    if not isinstance(cell, date):
        words = french.plain(as_text(cell))
        if found := re.fullmatch(r"(\d\d?)[/.\-](\d{4})", words, re.ASCII):
            return _month(int(found[2]), int(found[1]))
        if found := re.fullmatch(r"(\d{4})[/\-](\d\d?)", words, re.ASCII):
            return _month(int(found[1]), int(found[2]))
        if found := re.fullmatch(r"([a-z]+)\.?[ -](\d{4}|\d\d)", words, re.ASCII):
            return _month(_birth_year(found[2]), _MONTHS.get(found[1], 0))
        if found := re.fullmatch(r"\d\d?[/.\-](\d\d?)[/.\-](\d\d)", words, re.ASCII):
            return _month(_birth_year(found[2]), int(found[1]))
    try:
        return day(cell.date() if isinstance(cell, datetime) else cell).replace(day=1)
    except Unreadable:
        raise Unreadable(_A_MONTH) from None


def hour(cell: Cell) -> time:
    """14h30, 14 h, 14:30, an hour of Excel or its fraction of a day; without seconds."""
    if isinstance(cell, datetime):
        return cell.time().replace(second=0, microsecond=0)
    if isinstance(cell, time):
        return cell.replace(second=0, microsecond=0)
    if isinstance(cell, float) and 0 <= cell < 1:
        minutes = round(cell * 24 * 60) % (24 * 60)
        return time(minutes // 60, minutes % 60)
    found = re.fullmatch(r"(\d\d?) ?(?:h|:) ?(\d\d)?(?::00)?(?: ?min)?", french.plain(as_text(cell)), re.ASCII)
    if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59:
        raise Unreadable(_AN_HOUR)
    return time(int(found[1]), int(found[2] or 0))


def duration(longest: timedelta) -> Callable[[Cell], timedelta]:
    """2h30, 2 h, 90 min, 1 jour, 2:30, or minutes from 10 on: below, hours and minutes are easily mistaken."""

    def read(cell: Cell) -> timedelta:
        found = _duration(cell)
        if found > longest or found < timedelta(0):
            raise Unreadable(f"{_A_DURATION}, {french.number(longest / timedelta(hours=1))} h au plus")
        return found

    return read


def _duration(cell: Cell) -> timedelta:
    if isinstance(cell, timedelta):
        return cell
    if isinstance(cell, datetime | time):
        at = hour(cell)
        return timedelta(hours=at.hour, minutes=at.minute)
    words = french.plain(as_text(cell))
    if found := re.fullmatch(r"(\d{1,3}) ?(?:h|heures?|:) ?(?:(\d\d)(?::00)?(?: ?min)?)?", words, re.ASCII):
        return timedelta(hours=int(found[1]), minutes=int(found[2] or 0))
    if found := re.fullmatch(r"(\d{1,5}) ?(?:min|mn|minutes?)", words, re.ASCII):
        return timedelta(minutes=int(found[1]))
    if found := re.fullmatch(r"(\d{1,3}) ?(?:j|jours?)", words, re.ASCII):
        return timedelta(days=int(found[1]))
    if words.isdigit() and 10 <= int(words) <= 99_999:
        return timedelta(minutes=int(words))
    raise Unreadable(_A_DURATION)


def write_duration(value: timedelta) -> str:
    """Minutes as they are read back: « 150 min »."""
    return f"{int(value.total_seconds()) // 60} min"


def _from_serial(days: int) -> date:
    found = from_excel(days)
    assert isinstance(found, datetime)
    return found.date()


def _year(digits: str) -> int:
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _birth_year(digits: str) -> int:
    # nobody in the programme was born after 2030, or before 1931
    return int(digits) if len(digits) == 4 else int(digits) + (2000 if int(digits) <= 30 else 1900)


def _month(year: int, number: int) -> date:
    try:
        return date(year, number, 1)
    except ValueError:
        raise Unreadable(_A_MONTH) from None


# levels

LEVELS: dict[int, tuple[str, ...]] = {
    1: ("sans diplôme", "aucun", "aucun diplôme", "vi"),
    2: ("brevet", "dnb", "brevet des collèges", "cfg", "v bis"),
    3: ("CAP", "BEP", "BPA", "CAP BEP", "CAPA", "v"),
    4: ("bac", "bac pro", "bac techno", "bac général", "baccalauréat", "BP", "brevet professionnel", "iv"),
    5: ("BTS", "DUT", "BTSA", "BTS DUT", "bac 2", "deug", "iii"),
    6: ("licence", "licence pro", "BUT", "bachelor", "bac 3", "bac 4", "maîtrise", "ii"),
    7: ("master", "ingénieur", "diplôme d’ingénieur", "bac 5", "i"),
    8: ("doctorat", "thèse", "bac 8"),
}
_LEVEL_WORDS = {same_title(word): number for number, names in LEVELS.items() for word in names}


def level(cell: Cell) -> int:
    """« 3 CAP », « bac », « niveau 5 », and the Roman numerals from before 2019 (« niveau V » is a CAP).

    « niveau 5 CAP » is refused: it was right before 2019 and is wrong since (décret n° 2019-14).
    """
    words = same_title(as_text(cell)).removeprefix("niveau ").removeprefix("niv ")
    found = re.fullmatch(r"([1-8])?\s*(.*)", words)
    assert found is not None
    digit, name = found[1], found[2]
    by_name = _LEVEL_WORDS.get(name)
    if (name and by_name is None) or (digit and by_name is not None and int(digit) != by_name) or not words:
        raise Unreadable("un niveau de 1 à 8, comme « 3 CAP », « 4 bac », « 5 BTS », « 6 licence », « 7 master »")
    return int(digit) if digit else int(by_name or 0)


def write_level(value: int) -> str:
    return f"{value} {LEVELS[value][0]}"


def one_of(states: type[StrEnum], words: Mapping[Any, Sequence[str]]) -> Callable[[Cell], Any]:
    """A choice among the states of an enumeration; all of them must have words."""
    assert set(words) == set(states), f"{states.__name__}: words for each state"
    return choice(words, "l’un de : " + ", ".join(names[0] for names in words.values()))


_MAIL = re.compile(r"[^@\s,;<>]{1,64}@[^@\s,;<>]+\.[A-Za-z]{2,}")


def mail(cell: Cell) -> str:
    found = as_text(cell).removeprefix("mailto:").lower()
    if not _MAIL.fullmatch(found) or len(found) > 254:
        raise Unreadable("une adresse comme prenom.nom@exemple.fr")
    return found


def phone(cell: Cell) -> str:
    """Ten digits in pairs; one that Excel took its zero from is mended, a foreign one keeps its +."""
    written = as_text(cell)
    digits = re.sub(r"[\s.\-()/]", "", written)
    if re.fullmatch(r"[1-9]\d{8}", digits, re.ASCII) and not isinstance(cell, str):
        digits = f"0{digits}"
    digits = re.sub(r"^(?:\+33|0033)0?", "0", digits)
    if re.fullmatch(r"0[1-9]\d{8}", digits, re.ASCII):
        return " ".join(digits[at : at + 2] for at in range(0, 10, 2))
    if re.fullmatch(r"\+[1-9]\d{6,14}", digits, re.ASCII):
        return digits
    raise Unreadable("un numéro comme 01 23 45 67 89")
