"""What a few lines about a company say, as young people write them."""

from datetime import date

import pytest

from programme.contact_words import LONGEST_PART, Told, company_in, read_contact, urgency_in
from programme.models import Urgency

TODAY = date(2026, 11, 23)  # a Monday


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "g appelé le garage de la gare il a dit de rappeler mardi pcq il manque de monde le samedi",
            Told("garage de la gare", None, "il manque de monde le samedi", None, "rappeler mardi", date(2026, 11, 24)),
            id="all in one breath",
        ),
        pytest.param(
            "j'ai appelé la boulangerie Martin tout à l'heure, elle m'a dit qu'ils cherchent quelqu'un pour la vente "
            "le dimanche matin. je dois repasser jeudi",
            Told(
                "boulangerie Martin", None, "ils cherchent quelqu'un pour la vente le dimanche matin", None,
                "repasser jeudi", date(2026, 11, 26),
            ),
            id="with punctuation",
        ),
        pytest.param(
            "j'ai vu Mme Lopez au salon de coiffure Belle Hair, elle est débordée avant noel, elle veut que je vienne "
            "faire un essai samedi prochain",
            Told(
                "salon de coiffure Belle Hair", "Mme Lopez", "elle est débordée avant noel", None,
                "faire un essai samedi prochain", date(2026, 11, 28),
            ),
            id="a person and a place",
        ),
        pytest.param(
            "jsuis aller au forum jai parler a delpharm ils ont besoin de techniciens de maintenance en urgence je les "
            "rappelle le 3 décembre",
            Told(
                "delpharm", None, "ils ont besoin de techniciens de maintenance en urgence", Urgency.NOW,
                "rappelle le 3 décembre", date(2026, 12, 3),
            ),
            id="without punctuation, after a forum",
        ),
        pytest.param(
            "note : Garage Haddad, 2 personnes en arrêt, rappeler lundi 10h",
            Told("Garage Haddad", None, None, None, "rappeler lundi 10h", date(2026, 11, 30)),
            id="as notes",
        ),
        pytest.param(
            "je suis passé chez Carrefour City, personne a répondu",
            Told("Carrefour City", answered=False),
            id="nobody answered",
        ),
        pytest.param(
            "appelé Dupont Plomberie répondeur", Told("Dupont Plomberie", answered=False), id="a machine answered"
        ),
        pytest.param("j'ai parlé au patron du resto Le Zinc il veut que j'envoie mon cv",
            Told("resto Le Zinc", "patron", None, None, "envoie mon cv"), id="a CV is wanted"),
        pytest.param("je veux noter un échange", Told(), id="nothing yet"),
        pytest.param("", Told(), id="nothing at all"),
    ],
)  # fmt: skip
def test_what_was_told_is_found_in_the_persons_own_words(text: str, expected: Told) -> None:
    assert read_contact(text, TODAY) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("je dois appeler un garage demain", "garage"),
        ("j'appelle chez Renault Villejuif demain je dis quoi", "Renault Villejuif"),
        ("j'ai vu mon pote hier", None),
        ("j'ai appelé 3 entreprises aujourd'hui aucune réponse", None),
    ],
)
def test_the_company_is_quoted(text: str, expected: str | None) -> None:
    assert company_in(text, TODAY) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("c'est urgent", Urgency.NOW),
        ("la semaine prochaine", Urgency.SOON),
        ("pas avant la rentrée", Urgency.LATER),
        ("ils sont sympas", None),
    ],
)
def test_how_pressing_it_is(text: str, expected: Urgency | None) -> None:
    assert urgency_in(text) is expected


def test_a_long_tale_is_cut_in_what_is_shown() -> None:
    read = read_contact("il manque " + "beaucoup de monde " * 50, TODAY)
    assert read.need is not None
    assert (len(read.need), read.need[-1]) == (LONGEST_PART, "…")
