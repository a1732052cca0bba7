"""Whose age a message tells: the writer's own, or that of somebody, or of an example."""

import re

from nlu.french.dates import NUMBER

_FIRST_PERSON = re.compile(
    rf"(?<!si )(?:\bj'? ?ai|\bg|\bj'? ?aurai|\bje vais avoir|\bmoi c'?est|\bage de)"
    rf"\s+(?:que |juste |deja |bientot |presque |maintenant |a peine )?(?:{NUMBER})\b"
)
_COMPARED = re.compile(r"^\s*et\b|\bsi (?:j'|je |on )|\bquand (?:j'|je )")
_SOMEBODY = re.compile(
    r"\b(?:freres?|soeurs?|cousine?s?|potes?|copains?|copines?|amie?s?|fils|fille|neveu|niece|enfants?|bebe|mari|femme"
    r"|conjointe?|mere|pere|maman|papa|parents?|maitre|tuteur|tutrice|patron(?:ne)?|boss|chef|cheffe|employeur"
    r"|collegues?|prof|il a|elle a|ils ont|elles ont|qui a|qui ont|quelqu'un)\b"
)


def says_own_age(folded: str) -> bool:
    """Does the writer say « j'ai … ans » of themselves? ``folded`` is lower case without accents."""
    return _FIRST_PERSON.search(folded) is not None


def may_be_own_age(folded: str) -> bool:
    """May an age in the text be the writer's? Not « et à 21 ans ? » nor « mon frère a 17 ans »."""
    return says_own_age(folded) or not (_COMPARED.search(folded) or _SOMEBODY.search(folded))
