"""Where a message is cut to look for more than one wish."""

import pytest

from nlu.french.wishes import parts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("je cherche un patron", ["je cherche un patron"], id="one wish"),
        pytest.param(
            "c payé combien et faut quoi comme papiers", ["c payé combien", "faut quoi comme papiers"], id="et"
        ),
        pytest.param("On gagne combien ? Et le permis ?", ["On gagne combien", "le permis"], id="two questions"),
        pytest.param("mon père et ma mère", ["mon père", "ma mère"], id="cut too often: the classifier decides"),
        pytest.param("ok et merci", ["ok et merci"], id="one word is no wish"),
        pytest.param("Bonjour, mon CV, puis ma lettre", ["Bonjour, mon CV", "puis ma lettre"], id="puis"),
        pytest.param("je gagne 1.5 fois le smic", ["je gagne 1.5 fois le smic"], id="the dot of a number"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_a_message_is_cut_where_another_wish_may_begin(text: str, expected: list[str]) -> None:
    assert parts(text) == expected
