"""The code at the door."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session, sessionmaker

from programme.door_codes import ALPHABET, LENGTH, code_in, door_code, qr_svg
from programme.errors import EventNotFound


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("ICI-7K4QA", "ICI-7K4QA", id="as it is printed"),
        pytest.param("ici 7k4qa", "ICI-7K4QA", id="as a phone writes it"),
        pytest.param("Bonjour, c'est ici-7k4qa !", "ICI-7K4QA", id="in a sentence"),
        pytest.param("ICI7K4 QA", "ICI-7K4QA", id="a space elsewhere"),
        pytest.param("je suis ici demain", None, id="a word that looks like the prefix"),
        pytest.param("ici 7k4q", None, id="too short"),
        pytest.param("ici 7k4qa9", None, id="too long"),
        pytest.param("rue d'Ici 75014", None, id="a post code"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_a_code_is_found_as_people_type_it(text: str, code: str | None) -> None:
    assert code_in(text) == code


def test_a_date_keeps_its_code_and_another_one_has_another(
    session_factory: sessionmaker[Session], an_event_date: Callable[..., int]
) -> None:
    first, second = an_event_date(), an_event_date()
    with session_factory.begin() as session:
        codes = [door_code(session, first), door_code(session, second)]
        assert code_in(codes[0]) == codes[0]
    with session_factory.begin() as session:
        assert [door_code(session, first), door_code(session, second)] == codes
    assert codes[0] != codes[1]


def test_a_date_that_does_not_exist_has_no_code(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session, pytest.raises(EventNotFound):
        door_code(session, 404)


def test_no_two_letters_look_alike_and_there_are_enough_codes() -> None:
    assert not set("0O1IL2Z5S8B") & set(ALPHABET)
    assert len(ALPHABET) ** LENGTH > 5_000_000


def test_a_qr_code_is_a_drawing_that_a_page_can_hold() -> None:
    drawn = qr_svg("https://declic.exemple/?code=ICI-7K4QA")
    assert drawn.lstrip().startswith("<svg")
    assert "http://www.w3.org/2000/svg" in drawn
