"""Names that are found however they are typed: `french.plain` for a column."""

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import InstrumentedAttribute

from programme import french

# PostgreSQL's own folding of accents is an extension, which the embedded one does not have
_ACCENTED, _PLAIN = "àâäáãåéèêëíìîïóòôöõúùûüýÿçñ’-", "aaaaaaeeeeiiiiooooouuuuyycn' "


def begins_a_word(
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None], words: str
) -> ColumnElement[bool]:
    """Does one of the words of the column, and what follows it, begin like this? No index serves it."""
    plain = func.translate(func.lower(" " + column), _ACCENTED, _PLAIN)
    return plain.contains(f" {french.plain(words).replace('-', ' ')}", autoescape=True)
