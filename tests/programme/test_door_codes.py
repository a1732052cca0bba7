"""The code at the door."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from programme.door_codes import ALPHABET, DIGITS, LENGTH, Poster, code_in, door_code, poster, qr_svg
from programme.errors import EventNotFound
from programme.models import EventDate, Territory
from tests.conftest import PARIS

# summer time: 10:30 in Paris, 12:30 in La Réunion
STARTS_AT = datetime.fromisoformat("2027-06-15T08:30+00:00")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("ICI-7K4QA", "ICI-7K4QA", id="as it is printed"),
        pytest.param("ici 7k4qa", "ICI-7K4QA", id="as a phone writes it"),
        pytest.param("Bonjour, c'est ici-7k4qa !", "ICI-7K4QA", id="in a sentence"),
        pytest.param("ICI7K4 QA", "ICI-7K4QA", id="a space elsewhere"),
        pytest.param("ICI – 7K4-QA.", "ICI-7K4QA", id="dashes of another kind"),
        pytest.param("code:ici:7K4QA\n", "ICI-7K4QA", id="a colon and a line break"),
        pytest.param("je suis ici demain", None, id="a word that looks like the prefix"),
        pytest.param("je suis ici avant 9h", None, id="a word of five letters that a code may hold"),
        pytest.param("y a un atelier ici quand ?", None, id="another one"),
        pytest.param("je suis ici avec 3 potes", None, id="a word and a number"),
        pytest.param("on est ici 4 avec le prof", None, id="a number and a word"),
        pytest.param("ici 7k4q", None, id="too short"),
        pytest.param("ici 7k4qa9", None, id="too long"),
        pytest.param("ici 7k4qaé", None, id="too long by a letter with an accent"),
        pytest.param("vici 7k4qa", None, id="the end of another word"),
        pytest.param("rue d'Ici 75014", None, id="a post code"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_a_code_is_found_as_people_type_it(text: str, code: str | None) -> None:
    assert code_in(text) == code


def test_a_date_keeps_its_code_and_another_one_has_another(
    session_factory: sessionmaker[Session], an_event_date: Callable[..., int]
) -> None:
    dates = [an_event_date() for _ in range(20)]
    with session_factory.begin() as session:
        codes = [door_code(session, each) for each in dates]
    with session_factory.begin() as session:
        assert [door_code(session, each) for each in dates] == codes
    assert len(set(codes)) == len(dates)
    # and what is printed is what is found
    assert [code_in(f"voilà {each.lower()} merci") for each in codes] == codes


def test_a_date_that_does_not_exist_has_no_code(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session, pytest.raises(EventNotFound):
        door_code(session, 404)


def test_no_two_letters_look_alike_and_there_are_enough_codes() -> None:
    assert not set("0O1IL2Z5S8B") & set(ALPHABET)
    assert len(DIGITS) * len(ALPHABET) ** (LENGTH - 1) > 1_000_000


def test_a_poster_says_what_when_and_where(
    session_factory: sessionmaker[Session], an_event_date: Callable[..., int]
) -> None:
    date_id = an_event_date(starts_at=STARTS_AT, title="Atelier CV")
    with session_factory.begin() as session:
        session.execute(update(EventDate).values(door_code="ICI-7K4QA"))
        found = poster(session, date_id, zone=PARIS, public_url="https://declic.exemple.fr")
    assert found == Poster(
        title="Atelier CV",
        when="mardi 15 juin à 10h30, jusqu'à 12h30",
        place="Mission locale, salle 2",
        code="ICI-7K4QA",
        address="https://declic.exemple.fr/?code=ICI-7K4QA",
    )


def test_a_poster_tells_the_hour_of_the_place_and_no_address_when_phones_cannot_come(
    session_factory: sessionmaker[Session], an_event_date: Callable[..., int]
) -> None:
    date_id = an_event_date(starts_at=STARTS_AT)
    with session_factory.begin() as session:
        territory = Territory(slug="reunion", name="La Réunion", region="La Réunion", zone="Indian/Reunion")
        session.add(territory)
        session.flush()
        session.execute(update(EventDate).values(territory_id=territory.id))
        found = poster(session, date_id, zone=ZoneInfo("America/Cayenne"), public_url=None)
    assert (found.when, found.address) == ("mardi 15 juin à 12h30, jusqu'à 14h30", None)


def test_a_qr_code_is_a_drawing_that_a_page_can_hold() -> None:
    drawn = ElementTree.fromstring(qr_svg("https://declic.exemple.fr/?code=ICI-7K4QA"))
    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
    # it takes the size of the page's rules, with the quiet border that readers need
    assert "width" not in drawn.attrib
    side = int(drawn.attrib["viewBox"].split()[-1])
    assert side == 29 + 2 * 4
