"""What is typed to the question of a campaign, as people type it."""

import pytest

from programme.campaigns.definition import load_campaigns
from programme.campaigns.hearing import branch_told

CAMPAIGNS = load_campaigns()
NO_TOPIC: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("said", "branch"),
    [
        ("personne me répond", "pas_de_reponse"),
        ("on me répond pas du tout", "pas_de_reponse"),
        ("ils répondent jamais", "pas_de_reponse"),
        ("j'ai aucun retour", "pas_de_reponse"),
        ("30 CV envoyés, zéro réponse...", "pas_de_reponse"),
        ("jme prend que des vents", "pas_de_reponse"),
        ("je me prends des vents", "pas_de_reponse"),
        ("que des refus", "pas_de_reponse"),
        ("c'est trop loin et j'ai pas de permis", "transport"),
        ("pas de bus chez moi", "transport"),
        ("les trajets", "transport"),
        ("c'est pas le transport le souci, c'est l'argent", "argent"),
        ("c'est pas un problème d'argent mais de transport", "transport"),
        ("j'en ai marre", "motivation"),
        ("plus envie là", "motivation"),
        ("je suis dégoûtée", "motivation"),
        ("j'ai plus la motivation", "motivation"),
        ("jsuis plus motivé", "motivation"),
        ("la flemme", "motivation"),
        ("je suis pas fatigué", None),
        ("je suis motivé !", None),
        ("ma lettre de motivation", None),
        ("j'ai pas de thune", "argent"),
        ("comment je vais payer mon loyer ?", "argent"),
        ("je crois que je me suis trompé de métier", "cible"),
        ("j'suis pas sûre du métier", "cible"),
        ("je suis en train de chercher", None),
        ("je suis sous l'eau", None),
        ("à côté de chez moi", None),
        ("finalement je retourne au lycée", "autre_route"),
        ("je vais faire un service civique", "autre_route"),
        ("c'est quoi le service civique ?", None),
        ("combien on touche en service civique", None),
        ("je veux pas retourner au lycée", None),
        ("salut", None),
        ("ok", None),
        ("", None),
        ("👋", None),
    ],
)
def test_what_blocks_in_september_is_read(said: str, branch: str | None) -> None:
    assert branch_told(CAMPAIGNS["septembre"], said, NO_TOPIC) == branch


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("J'AI TROUVÉ !!", True),
        ("jai trouve un patron", True),
        ("g trouvé", True),
        ("c’est bon j’ai trouvé une entreprise", True),
        ("on m'a pris au garage !", True),
        ("je suis embauchée", True),
        ("j'ai pas trouvé", False),
        ("j'ai toujours pas trouvé une entreprise", False),
        ("j'ai trouvé personne", False),
        ("j'ai trouvé aucune entreprise", False),
        ("j'ai trouvé que des refus", False),
        ("j'ai trouvé un stage", False),
        ("j'ai trouvé ça dur", False),
        ("si je trouve un patron je fais quoi", False),
        ("j'ai trouvé mais ils ont pas encore dit oui", False),
        ("est-ce que tu m'as trouvé une entreprise ?", False),
        ("on m'a pris pour un idiot", False),
        ("presque, j'ai trouvé un patron", False),
    ],
)
@pytest.mark.parametrize("name", CAMPAIGNS)
def test_nobody_is_congratulated_who_has_not_found(name: str, said: str, found: bool) -> None:
    assert (branch_told(CAMPAIGNS[name], said, NO_TOPIC) == "trouve") is found


def test_of_two_things_the_one_that_is_said_at_more_length_counts() -> None:
    assert branch_told(CAMPAIGNS["septembre"], "j'ai trouvé mais c'est trop loin", NO_TOPIC) == "transport"
    assert branch_told(CAMPAIGNS["juillet"], "oui mais plutôt à la rentrée", NO_TOPIC) == "a_la_rentree"


@pytest.mark.parametrize(
    ("said", "branch"),
    [
        ("oui", "on_y_va"),
        ("ok vas-y", "on_y_va"),
        ("Carrément !", "on_y_va"),
        ("ok mais pas maintenant", "a_la_rentree"),
        ("je suis en vacances", "a_la_rentree"),
        ("y a un atelier en septembre ?", None),
        ("j'ai combien de vacances", None),
        ("les vacances d'abord", "a_la_rentree"),
    ],
)
def test_what_is_answered_in_july_is_read(said: str, branch: str | None) -> None:
    assert branch_told(CAMPAIGNS["juillet"], said, NO_TOPIC) == branch


@pytest.mark.parametrize(
    ("topics", "branch"),
    [
        ({"no_reply"}, "pas_de_reponse"),
        ({"aid_driving_licence", "greet"}, "transport"),
        ({"choose_trade"}, "cible"),
        ({"shy"}, "motivation"),
        ({"cej"}, "argent"),
        ({"holidays"}, None),
        ({"plan_b"}, None),
        (set(), None),
    ],
)
def test_without_such_words_the_topics_of_the_message_count(topics: set[str], branch: str | None) -> None:
    assert branch_told(CAMPAIGNS["septembre"], "hmm", topics) == branch


def test_words_count_more_than_topics() -> None:
    assert branch_told(CAMPAIGNS["septembre"], "pas de permis", {"no_reply"}) == "transport"
