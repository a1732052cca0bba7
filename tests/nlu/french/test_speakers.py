"""Whose age a message tells."""

import pytest

from nlu.french.entities import fold
from nlu.french.speakers import may_be_own_age, says_own_age


@pytest.mark.parametrize(
    ("text", "says", "may_be"),
    [
        ("j'ai 17 ans", True, True),
        ("g 17 ans jcherche un patron", True, True),
        ("j'ai bientôt 18 ans", True, True),
        ("J’ai dix-sept ans et mon patron crie", True, True),
        ("et j'ai 17 ans", True, True),
        ("17 ans, boulangerie", False, True),
        ("je gagne combien à 19 ans", False, True),
        ("et à 21 ans ?", False, False),
        ("si j'ai 21 ans je gagne combien", False, False),
        ("mon tuteur il a 45 ans il me fait bosser la nuit", False, False),
        ("ma patronne a 50 ans", False, False),
        ("mon petit frère a 15 ans, il peut signer ?", False, False),
        ("ma fille a 17 ans", False, False),
        ("un collègue qui a 16 ans", False, False),
    ],
)
def test_an_age_is_the_writers_own_or_not(text: str, says: bool, may_be: bool) -> None:
    assert (says_own_age(fold(text)), may_be_own_age(fold(text))) == (says, may_be)
