"""The poster for the door."""

import re

from bot.web.door_page import door_page
from programme.door_codes import Poster

POSTER = Poster(
    title="Atelier CV",
    when="mardi 15 juin à 10h30, jusqu'à 12h30",
    place="Mission locale, salle 2",
    code="ICI-7K4QA",
    address="https://declic.exemple.fr/?code=ICI-7K4QA",
)


def test_a_poster_says_what_when_where_and_how_with_and_without_a_phone() -> None:
    page = door_page(POSTER)
    assert "<h1>Atelier CV</h1>" in page
    assert "Mardi 15 juin à 10h30, jusqu&#x27;à 12h30" in page
    assert "Mission locale, salle 2" in page
    assert '<p class="code">ICI-7K4QA</p>' in page
    assert "Scanne le carré" in page
    assert "<svg" in page
    assert "Pas de téléphone" in page


def test_without_a_public_address_there_is_nothing_to_scan() -> None:
    page = door_page(Poster(POSTER.title, POSTER.when, POSTER.place, POSTER.code, None))
    assert "envoie ce code à Déclic" in page
    assert "Scanne" not in page
    assert "<svg" not in page


def test_a_poster_loads_nothing_from_elsewhere() -> None:
    page = door_page(POSTER).replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert re.findall(r"(?:src|href)=|url\(|@import|https?:", page) == []


def test_a_title_is_shown_as_it_was_written() -> None:
    page = door_page(Poster("<script>alert(1)</script> & co", POSTER.when, "« Chez »<b>", POSTER.code, None))
    assert "<h1>&lt;script&gt;alert(1)&lt;/script&gt; &amp; co</h1>" in page
    assert "<script" not in page
    assert "<b>" not in page
