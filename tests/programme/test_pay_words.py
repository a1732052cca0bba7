"""What people answer when they are asked for an age, a year, a diploma or a length."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme.pay_words import age_in, diploma_held_in, length_in, year_named
from programme.profile import DiplomaHeld

NONE = DiplomaHeld.SANS_BAC_PRO
GENERAL = DiplomaHeld.BAC_GENERAL
TECHNO = DiplomaHeld.BAC_TECHNOLOGIQUE
HIGHER = DiplomaHeld.BAC_PRO_OU_PLUS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("17", 17, id="bare"),
        pytest.param("j'ai 17 ans", 17, id="in a sentence"),
        pytest.param("17ans", 17, id="stuck to the word"),
        pytest.param("17 ans et demi", 17, id="and a half"),
        pytest.param("17!!", 17, id="stuck to punctuation"),
        pytest.param("8", 8, id="one digit"),
        pytest.param("né en 2009, donc 17 ans", 17, id="a year of birth and an age"),
        pytest.param("dix-sept", 17, id="in words"),
        pytest.param("Dix-sept ans et demi", 17, id="in words, and a half"),
        pytest.param("dix huit ans", 18, id="without hyphen"),
        pytest.param("j'ai vingt et un ans", 21, id="in words, in a sentence"),
        pytest.param("jai seize ans", 16, id="without apostrophe"),
        pytest.param("bientôt dix-huit !", 18, id="soon"),
        pytest.param("né en 2009", None, id="a year of birth"),
        pytest.param("100", None, id="three digits"),
        pytest.param("17 ou 18", None, id="two ages"),
        pytest.param("17,5", None, id="a fraction"),
        pytest.param("17 ans en 2e année", None, id="an age and something else"),
        pytest.param("dix-sept ou dix-huit", None, id="two ages in words"),
        pytest.param("une question sur la paie", None, id="« une » is no age in a sentence"),
        pytest.param("banane", None, id="nonsense"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_the_age_is_the_only_small_number_or_all_that_is_said(text: str, expected: int | None) -> None:
    assert age_in(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("1ère", 1, id="1ère"),
        pytest.param("la 1re", 1, id="1re"),
        pytest.param("première", 1, id="première"),
        pytest.param("et en 2e ?", 2, id="2e in a question"),
        pytest.param("2 ème", 2, id="2 ème"),
        pytest.param("2nde", 2, id="2nde"),
        pytest.param("DEUXIEME", 2, id="capitals, no accent"),
        pytest.param("seconde", 2, id="seconde"),
        pytest.param("3eme", 3, id="3eme"),
        pytest.param("troisième", 3, id="troisième"),
        pytest.param("4e", 4, id="4e"),
        pytest.param("quatrième", 4, id="quatrième"),
        pytest.param("5e", 5, id="5e"),
        pytest.param("cinquième", 5, id="cinquième"),
        pytest.param("6ème", 6, id="6ème"),
        pytest.param("sixième", 6, id="sixième"),
        pytest.param("7e", 7, id="7e"),
        pytest.param("la septième", 7, id="septième"),
        pytest.param("17e", None, id="two digits"),
        pytest.param("2 entreprises", None, id="a word that begins with e"),
        pytest.param("la dernière", None, id="a year that has no number"),
        pytest.param("banane", None, id="nonsense"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_a_year_is_read_without_the_word_année(text: str, expected: int | None) -> None:
    assert year_named(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("un CAP", NONE, id="CAP"),
        pytest.param("BEP", NONE, id="BEP"),
        pytest.param("le brevet", NONE, id="brevet"),
        pytest.param("aucun", NONE, id="none"),
        pytest.param("rien pour l'instant", NONE, id="nothing yet"),
        pytest.param("non", NONE, id="no"),
        pytest.param("le bac", GENERAL, id="bac alone"),
        pytest.param("Bac général", GENERAL, id="bac général"),
        pytest.param("baccalauréat général", GENERAL, id="in full"),
        pytest.param("bac techno", TECHNO, id="bac techno"),
        pytest.param("bac STMG", TECHNO, id="STMG"),
        pytest.param("un bac sti2d", TECHNO, id="STI2D"),
        pytest.param("bac pro", HIGHER, id="bac pro"),
        pytest.param("bac professionnel", HIGHER, id="bac professionnel"),
        pytest.param("un CAP et un bac pro", HIGHER, id="the highest of two"),
        pytest.param("un bac général et un BTS", HIGHER, id="BTS above bac"),
        pytest.param("bac+2", HIGHER, id="bac+2"),
        pytest.param("bac + 3", HIGHER, id="bac + 3"),
        pytest.param("licence", HIGHER, id="licence"),
        pytest.param("un titre pro", HIGHER, id="titre pro"),
        pytest.param("brevet professionnel", HIGHER, id="brevet professionnel is no brevet"),
        pytest.param("un bts banane", HIGHER, id="with a word that nobody knows"),
        pytest.param("banane", None, id="nonsense"),
        pytest.param("capable", None, id="the beginning of a word"),
        pytest.param("", None, id="nothing"),
        pytest.param("je n'ai pas de bac pro", NONE, id="no bac pro"),
        pytest.param("sans bac pro", NONE, id="without bac pro"),
        pytest.param("un CAP, pas de BTS", NONE, id="no BTS"),
        pytest.param(
            "le bac, et un stage cet été",
            GENERAL,
            id="stage is no kind of bac",
        ),
    ],
)
def test_the_highest_diploma_counts(text: str, expected: DiplomaHeld | None) -> None:
    assert diploma_held_in(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2 ans", 24, id="years"),
        pytest.param("1 an", 12, id="one year"),
        pytest.param("18 mois", 18, id="months"),
        pytest.param("36mois", 36, id="stuck to the word"),
        pytest.param("deux années", 24, id="in words"),
        pytest.param("il dure dix-huit mois je crois", 18, id="in words, in a sentence"),
        pytest.param("vingt-quatre mois", 24, id="twenty-four"),
        pytest.param("un an", 12, id="un an"),
        pytest.param("100 mois", None, id="three digits"),
        pytest.param("2,5 ans", None, id="a fraction"),
        pytest.param("12", None, id="without unit"),
        pytest.param("longtemps", None, id="nonsense"),
        pytest.param("", None, id="nothing"),
        pytest.param(
            "trente-six mois",
            36,
            id="thirty-six",
        ),
        pytest.param(
            "un an et demi",
            18,
            id="a year and a half",
        ),
        pytest.param(
            "1 an et 6 mois",
            18,
            id="years and months",
        ),
    ],
)
def test_a_length_is_told_in_months(text: str, expected: int | None) -> None:
    assert length_in(text) == expected


PIECES = st.sampled_from(
    [*"0123456789", " ", "-", "'", "ans", "mois", "e", "dix", "sept", "trente", "bac", "+", "٣", "²"]
)


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_any_text_is_read_or_left(text: str) -> None:
    assert (age_in(text) or 0) in range(100)
    assert (year_named(text) or 1) in range(1, 10)
    assert (length_in(text) or 0) in range(12 * 99 + 1)
    assert diploma_held_in(text) in {None, *DiplomaHeld}
