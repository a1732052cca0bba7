"""Spellings of young people, brought to one; what must survive does."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.french.normaliser import Normaliser

# a few words as frequent as in French, and the noise of the web beside them
RANKS = {
    "cherche": 900, "entreprise": 317, "lentreprise": 58_027, "industrie": 1_488, "lindustrie": 54_813, "peux": 708,
    "inscrire": 4_000, "un": 10, "dun": 6_681, "lassi": 243_184, "lyon": 800, "dijon": 4_000, "ecole": 516,
    "tours": 900, "ours": 8_000, "trouve": 600, "dany": 30_000, "any": 50_001,
}  # fmt: skip
normalise = Normaliser(RANKS.get)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        pytest.param("jcherche", "je cherche", id="je glued to its verb"),
        pytest.param("jtrouve pa", "je trouve pas", id="any verb"),
        pytest.param("g pas", "j ai pas", id="one letter"),
        pytest.param("pk c koi", "pourquoi c est quoi", id="questions"),
        pytest.param("chui", "je suis", id="spoken"),
        pytest.param("ya", "il y a", id="il y a"),
        pytest.param("jpeux minscrire", "je peux m inscrire", id="apostrophe missing"),
        pytest.param("lentreprise", "l entreprise", id="apostrophe missing, seen on the web"),
        pytest.param("l’école", "l ecole", id="curly apostrophe, accent"),
        pytest.param("MERCIIIII", "merci", id="letters leaned on"),
        pytest.param("mdr 😂😂", "mdr emojirire emojirire", id="emoji by their meaning"),
        pytest.param("❤️", "emojicoeur", id="emoji with a variation selector"),
        pytest.param("C'est quoi ?!", "c est quoi ? !", id="signs that ask stay"),
        pytest.param("en\u200bre\u00adtard", "enretard", id="characters that nobody sees"),
    ],
)
def test_a_spelling_is_brought_to_what_it_means(written: str, meant: str) -> None:
    assert normalise(written) == meant


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        pytest.param("à Lyon ou Dijon", "a lyon ou dijon", id="towns"),
        pytest.param("Tours", "tours", id="a town that looks like t' and ours"),
        pytest.param("M. Jlassi", "m jlassi", id="a name that looks like je"),
        pytest.param("Dany", "dany", id="a first name that looks like d'"),
        pytest.param("1 200,50 €", "1 200,50 €", id="an amount"),
        pytest.param("500 g", "500 g", id="a weight, not « j'ai »"),
        pytest.param("14h30", "14h30", id="an hour"),
        pytest.param("3/12/2026", "3/12/2026", id="a date"),
        pytest.param("2e année, 1000", "2e annee 1000", id="an ordinal; zeros are not leaned on"),
    ],
)
def test_names_towns_amounts_hours_and_dates_survive(written: str, kept: str) -> None:
    assert normalise(written) == kept


@given(st.text(st.characters(), max_size=300))
def test_any_text_becomes_plain_words(text: str) -> None:
    for word in normalise.words(text):
        assert word == word.strip() != ""
        assert not any(unicodedata.category(char) in ("Cc", "Cf", "Mn") for char in word)


def test_a_word_with_hyphens_is_taken_apart_and_its_parts_are_left_alone() -> None:
    # « jja » alone would be « je j'ai »: « est-ce », « rendez-vous » have no parts to mend
    assert (normalise.words("e-jja"), normalise.words("e jja")) == (["e", "jja"], ["e", "je", "j", "ai"])


# without hyphens, whose parts are not mended the first time
@given(st.text(st.sampled_from("aàeéjlt'’ .,!?0123456789€\u200b\u202e😂\n"), max_size=200))
def test_what_is_plain_stays_as_it_is(text: str) -> None:
    once = [word for word in normalise.words(text) if not word.startswith("emoji")]
    assert normalise.words(" ".join(once)) == once or any(word in normalise._spellings for word in once)
