"""A note is advised on words that say too much of somebody, and never refused."""

import re
from pathlib import Path

import pytest

from programme.errors import ContentError
from programme.sensitive_words import Sensitive, found, load_sensitive_words


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        pytest.param("Il est dépressif depuis mars.", [("santé", "dépressif")], id="a diagnosis"),
        pytest.param("DEPRESSION, à rappeler", [("santé", "DEPRESSION")], id="capitals, no accents"),
        pytest.param("En arrêt  maladie jusqu'à lundi", [("santé", "arrêt  maladie")], id="two words, two spaces"),
        pytest.param("elle est enceinte", [("santé", "enceinte")], id="pregnancy"),
        pytest.param("A la RQTH", [("handicap", "RQTH")], id="a right"),
        pytest.param("légèrement handicapé", [("handicap", "handicapé")], id="a disability"),
        pytest.param("musulmane pratiquante", [("religion", "musulmane"), ("religion", "pratiquante")], id="religion"),
        pytest.param("jeune d'origine malienne", [("origine", "d'origine")], id="origin"),
        pytest.param("d’origine malienne", [("origine", "d’origine")], id="a curled apostrophe"),
        pytest.param("vote à gauche", [("opinions politiques", "vote à gauche")], id="opinions"),
        pytest.param("Il est à la CGT", [("syndicat", "CGT")], id="a union"),
        pytest.param("homosexuel", [("vie sexuelle", "homosexuel")], id="sexual life"),
        pytest.param("sort de prison", [("justice", "prison")], id="an offence"),
        pytest.param(
            "Feignante, pas motivée", [("jugement", "Feignante"), ("jugement", "pas motivée")], id="judgement"
        ),
        pytest.param("malade, malade, malade", [("santé", "malade")], id="once is enough"),
    ],
)
def test_a_word_that_says_too_much_is_noticed(note: str, expected: list[tuple[str, str]]) -> None:
    assert [(each.kind, each.words) for each in found(note)] == expected


@pytest.mark.parametrize(
    "note",
    [
        "Veut un bac pro santé, secteur de la santé, métiers de la santé",
        "Travaille à l'assurance maladie",
        "Entre dans l'enceinte de l'usine à 6 h",
        "Parle arabe et français",
        "CAP boucherie halal",
        "Soudeur TIG, soudure TIG et MIG",
        "Sa ville d'origine est Dijon",
        "Visite avec le référent handicap du CFA",
        "BP gros œuvre, en gros deux ans",
        "École catholique Saint-Joseph, CAP pâtisserie : religieuse au chocolat",
        "Cherche un contrat en pharmacie, labo ou industrie du médicament",
        "Travail au noir refusé, bac blanc en mai",
        "Mentalité sérieuse, sait découper et vendre",
        "A pris rendez-vous mardi, a appelé trois garages, deux veulent bien le voir",
        "Prochaine étape : relancer Mme Dupont le 4 janvier",
        "",
    ],
)
def test_the_words_of_the_trades_are_left_in_peace(note: str) -> None:
    assert found(note) == []


def test_advice_comes_in_the_order_of_the_note() -> None:
    assert [each.words for each in found("Ingérable, puis malade, puis en prison")] == ["Ingérable", "malade", "prison"]


def test_what_is_left_alone_in_one_place_is_noticed_in_another() -> None:
    assert [each.words for each in found("Boucherie halal : mange halal")] == ["halal"]


def test_rqth_is_advised_on_and_not_forbidden() -> None:
    assert "si la personne le veut" in found("RQTH")[0].advice


def test_what_is_noticed_says_what_to_write_instead() -> None:
    assert found("il est paresseux") == [
        Sensitive(
            "jugement",
            "paresseux",
            "Écris plutôt ce que tu as vu ou entendu, avec la date : « deux rendez-vous manqués en mars », "
            "« n'a pas rappelé ».",
        )
    ]


ENTRY = """
- kind: "santé"
  words: ["malade*"]
  advice: "Écris plutôt ce que cela change pour la recherche."
"""


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        pytest.param("malade*", "mal*", "would take too many words", id="a short stem"),
        pytest.param("malade*", "m*lade", "words.0", id="a star inside"),
        pytest.param('"malade*"', '"malade", "Malade"', "written twice", id="twice"),
        pytest.param('["malade*"]', "[]", "words", id="no words"),
        pytest.param("kind", "sort", "sort: Extra inputs", id="an unknown key"),
        pytest.param(
            '["malade*"]', '["malade*"]\n  unless: ["malades*"]', "no star in `unless`", id="an open exception"
        ),
    ],
)
def test_a_file_that_is_not_in_order_says_where(tmp_path: Path, before: str, after: str, problem: str) -> None:
    path = tmp_path / "words.yml"
    path.write_text(ENTRY.replace(before, after), encoding="utf-8")
    with pytest.raises(ContentError, match=re.escape(problem)) as error:
        load_sensitive_words(path)
    assert f"{path}, entry 1" in str(error.value)
