"""Until when a message asks for silence."""

from datetime import date

import pytest

from programme.pause_words import pause_ends, says_until

# a Monday
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # a day that is said to be the end
        ("laisse-moi tranquille jusqu'à lundi", date(2026, 11, 30)),
        ("silence jusqu’à lundi", date(2026, 11, 30)),
        ("ecri pa avan lundi", date(2026, 11, 30)),
        ("pas dispo avant lundi prochain, garde tes rappels pour après", date(2026, 11, 30)),
        ("pas de messages avant le 15", date(2026, 12, 15)),
        ("gel des relances jusqu'au 15", date(2026, 12, 15)),
        ("pose les notif jusqua jeudi 🙏", date(2026, 11, 26)),
        ("mute juska dimanche", date(2026, 11, 29)),
        ("tu peux te mettre en veille jusqu'au 3 janvier", date(2027, 1, 3)),
        ("merci de différer vos rappels jusqu'au 12/01", date(2027, 1, 12)),
        ("chut jusqua demain jdors", date(2026, 11, 24)),
        ("pas de messages jusqu'à ce soir", date(2026, 11, 24)),
        ("m'écris pas d'ici vendredi", date(2026, 11, 27)),
        ("jsuis hospitalisé jusqu'à vendredi, vous m'écrirez après", date(2026, 11, 27)),
        ("je change de téléphone, attends mercredi avant de me relancer", date(2026, 11, 25)),
        ("jusqu'à vendredi inclus", date(2026, 11, 28)),
        ("seulement après le 20 décembre", date(2026, 12, 21)),
        ("relances après noël", date(2026, 12, 26)),
        ("rien jusqu'à Noël", date(2026, 12, 25)),
        ("jusqu'au nouvel an", date(2027, 1, 1)),
        ("en pause jusqu'en mars", date(2027, 3, 1)),
        ("merci d'interrompre les rappels jusqu'à début mars", date(2027, 3, 1)),
        ("on coupe et on se retrouve à la mi-mars", date(2027, 3, 15)),
        ("jusqu'à fin décembre", date(2027, 1, 1)),
        ("stop juska la fin du mois apres tu reprend", date(2026, 12, 1)),
        ("jusqu'à la semaine prochaine", date(2026, 11, 30)),
        ("décaler vos relances à la semaine prochaine", date(2026, 11, 30)),
        ("jusqu'à l'année prochaine", date(2027, 1, 1)),
        ("pas avant 2027, jusqu'en 2027", date(2027, 1, 1)),
        # the day on which one wants to hear again
        ("laisse moi respirer cette semaine, on reprend mardi", date(2026, 11, 24)),
        ("chut, tu reprends dimanche", date(2026, 11, 29)),
        ("relance moi le mois prochain", date(2026, 12, 1)),
        ("reprise des messages en février seulement", date(2027, 2, 1)),
        ("écris-moi plus tard, en janvier", date(2027, 1, 1)),
        ("reviens dans quinze jours", date(2026, 12, 8)),
        ("recontacte moi dans 10 jours", date(2026, 12, 3)),
        # during
        ("pas de messages cette semaine", date(2026, 11, 30)),
        ("silence toute la semaine", date(2026, 11, 30)),
        ("pas de messages la semaine prochaine", date(2026, 12, 7)),
        ("m'écris pas ce week-end je suis à un mariage", date(2026, 11, 30)),
        ("pa de msg ce we", date(2026, 11, 30)),
        ("stop pour ce mois-ci seulement", date(2026, 12, 1)),
        ("pas de rappels en décembre", date(2027, 1, 1)),
        ("m'écris pas lundi", date(2026, 12, 1)),
        ("pas de message aujourd'hui", date(2026, 11, 24)),
        ("ce soir et demain tu m'écris pas, après-demain c'est bon", date(2026, 11, 25)),
        # as long as that
        ("deux semaines", date(2026, 12, 7)),
        ("Pourriez-vous suspendre vos messages pendant deux semaines ?", date(2026, 12, 7)),
        ("jsui en vac laisse moi 2 semaine", date(2026, 12, 7)),
        ("3 semaines", date(2026, 12, 14)),
        ("10 jours", date(2026, 12, 3)),
        ("tu peux te taire dix jours ?", date(2026, 12, 3)),
        ("met tes msg en attente 15j", date(2026, 12, 8)),
        ("jbosse trop en ce mmt recontacte moi ds 10j", date(2026, 12, 3)),
        ("en sommeil quinze jours", date(2026, 12, 8)),
        ("laisse-moi une dizaine de jours sans messages", date(2026, 12, 3)),
        ("pause 1 mois", date(2026, 12, 23)),
        ("je suis en voyage un mois, après tu peux écrire encore", date(2026, 12, 23)),
        ("relance-moi dans deux mois", date(2027, 1, 23)),
        ("un an", date(2027, 11, 23)),
        ("48h", date(2026, 11, 25)),
        ("deux semaines à partir de lundi", date(2026, 12, 14)),
        # the new school year, wherever it is
        ("coupe les rappels jusqu'à la rentrée", date(2027, 9, 1)),
        ("silence jusqu'à la rentrée de janvier", date(2027, 1, 1)),
        # no day
        ("pause", None),
        ("laisse-moi tranquille", None),
        ("rien pendant mes examens", None),
        ("quelques jours", None),
        ("tu m'as écrit trois fois il y a deux jours", None),
        ("tu m'envoies un rappel toutes les deux semaines", None),
        ("35h par semaine", None),
    ],
)
def test_a_pause_ends_on_the_first_day_on_which_messages_are_welcome(text: str, expected: date | None) -> None:
    assert pause_ends(text, TODAY) == expected


@pytest.mark.parametrize(
    ("text", "today", "expected"),
    [
        pytest.param("jusqu'à dimanche", date(2026, 11, 29), date(2026, 12, 6), id="said on that weekday"),
        pytest.param("cette semaine", date(2026, 11, 29), date(2026, 11, 30), id="on the last day of the week"),
        pytest.param("un mois", date(2027, 1, 31), date(2027, 2, 28), id="a short month"),
        pytest.param("un mois", date(2027, 12, 31), date(2028, 1, 31), id="into another year"),
        pytest.param("ce mois-ci", date(2026, 12, 31), date(2027, 1, 1), id="on the last day of the month"),
        pytest.param("jusqu'au 29", date(2027, 2, 1), date(2027, 3, 29), id="a day that this month has not"),
        pytest.param("jusqu'à la rentrée", date(2027, 6, 20), date(2027, 9, 1), id="this year's"),
        pytest.param("jusqu'à la rentrée", date(2027, 9, 1), date(2027, 9, 2), id="on the day itself"),
        pytest.param("jusqu'en août", date(2027, 6, 20), date(2027, 8, 1), id="a month that begins"),
        pytest.param("silence pendant l'été", date(2027, 7, 20), date(2027, 9, 1), id="in summer"),
        pytest.param("le jeune est en camp tout août", date(2027, 7, 20), date(2027, 9, 1), id="a whole month"),
        pytest.param("trois jours", date(2027, 3, 27), date(2027, 3, 30), id="clocks go forward in between"),
    ],
)
def test_what_a_pause_ends_with_depends_on_today(text: str, today: date, expected: date) -> None:
    assert pause_ends(text, today) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lundi", date(2026, 11, 30)),
        ("le 15", date(2026, 12, 15)),
        ("15/12", date(2026, 12, 15)),
        ("1er décembre", date(2026, 12, 1)),
        ("janvier", date(2027, 1, 1)),
        ("en janvier stp", date(2027, 1, 1)),
        ("deux semaines", date(2026, 12, 7)),
        ("cette semaine", date(2026, 11, 30)),
        ("demain", date(2026, 11, 24)),
        ("10", None),
        ("je sais pas", None),
    ],
)
def test_asked_until_when_a_day_alone_is_the_end(text: str, expected: date | None) -> None:
    assert pause_ends(text, TODAY, bare_is_until=True) == expected


@pytest.mark.parametrize(
    ("text", "said"), [("stop jusqu'à lundi", True), ("stop juska lundi", True), ("stop les sms", False)]
)
def test_a_stop_with_an_end_is_heard(text: str, said: bool) -> None:
    assert says_until(text) is said
