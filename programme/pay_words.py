"""What a person answers to our questions on their pay: age, year, diploma, length of the contract."""

import re

from nlu.french.dates import NUMBER, number
from programme import french
from programme.profile import DiplomaHeld

_ORDINAL = re.compile(
    r"\b(?:premiere|deuxieme|seconde|troisieme|quatrieme|cinquieme|sixieme|septieme"
    r"|[1-9]\s?(?:ere|re|er|nde|eme|e))\b"
)
_ORDINALS = {"premiere": 1, "deuxieme": 2, "seconde": 2, "troisieme": 3, "quatrieme": 4, "cinquieme": 5, "sixieme": 6,
             "septieme": 7}  # fmt: skip
_NUMBER = re.compile(r"(?<!\d)\d{1,2}(?!\d)")
_IN_WORDS = re.compile(rf"^(?:j'?\s?ai\s+|c'est\s+|bientot\s+)?(?P<age>{NUMBER})(?:\s+ans?)?(?:\s+et\s+demie?)?\W*$")
# lengths of contracts that are said in words, besides the numbers up to thirty
_MONTHS_IN_WORDS = {"trente-six": 36, "trente six": 36, "quarante-huit": 48, "quarante huit": 48}
_COUNT = "|".join([*_MONTHS_IN_WORDS, NUMBER])
_LENGTH = re.compile(rf"(?<![\w,.-])(?P<count>{_COUNT})\s*(?P<unit>ans?|annees?|mois)\b(?P<half>\s+et\s+demie?\b)?")
_BAC = re.compile(r"\bbac\b|\bbaccalaureat\b")
# with a diploma of higher education, or a professional title of the bac's level
_HIGHER = re.compile(
    r"\bbts\b|(?<!mon )(?<!le )\bbut\b|\bdut\b|\blicence\b|\bmaster\b|\bbachelor\b|\bdeust\b"
    r"|\bbac\s?\+\s?\d|\bbac\s?pro|\bprofessionnel|\btitre pro|\bbp\b|\bingenieur\b|\bmba\b"
)
_TECHNO = re.compile(r"\btechno|\b(?:sti2d|stmg|st2s|stl|std2a|sthr|stav|s2tmd)\b")
# « pas de bac pro », « sans bts »: what is not held
_WITHOUT = re.compile(
    r"\b(?:pas|sans|ni)\b(?:\s+(?:de|d'|le|la|un|une|mon|encore))*\s*(?:bac\s?(?:pro\w*|techno\w*|general)?|\w+)"
)
_LOWER = re.compile(r"\bcap\b|\bbep\b|\bbrevet\b|\baucun|\brien\b|\bpas de\b|\bsans\b|\bnon\b|\bcfg\b|\bdnb\b")


def age_in(text: str) -> int | None:
    """The only whole number of one or two digits, or an age that is all the text says, in words."""
    numbers = _NUMBER.findall(text)
    if len(numbers) == 1:
        return int(numbers[0])
    match = _IN_WORDS.match(french.plain(text)) if not numbers else None
    return number(match["age"]) if match else None


def year_named(text: str) -> int | None:
    """The year of the contract that a fragment names without the word « année » (« et en 3e ? »); None without one."""
    found = _ORDINAL.search(french.plain(text))
    if found is None:
        return None
    return _ORDINALS.get(found[0]) or int(found[0][0])


def diploma_held_in(text: str) -> DiplomaHeld | None:
    """The highest diploma that a short answer names."""
    plain = _WITHOUT.sub(" ", french.plain(text))
    if plain != french.plain(text) and not (_HIGHER.search(plain) or _BAC.search(plain)):
        return DiplomaHeld.SANS_BAC_PRO
    if _HIGHER.search(plain):
        return DiplomaHeld.BAC_PRO_OU_PLUS
    if _BAC.search(plain):
        return DiplomaHeld.BAC_TECHNOLOGIQUE if _TECHNO.search(plain) else DiplomaHeld.BAC_GENERAL
    return DiplomaHeld.SANS_BAC_PRO if _LOWER.search(plain) else None


def length_in(text: str) -> int | None:
    """The length of a contract in months (« 2 ans », « 18 mois », « un an et demi », « 1 an et 6 mois »)."""
    months = 0
    for found in _LENGTH.finditer(french.plain(text)):
        count = _MONTHS_IN_WORDS.get(found["count"]) or number(found["count"])
        months += count if found["unit"] == "mois" else 12 * count + (6 if found["half"] else 0)
    return months or None
