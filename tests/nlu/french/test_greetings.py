"""What comes after a greeting."""

import pytest

from nlu.french.greetings import after_greeting


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Bonjour, vous recrutez ?", "vous recrutez ?"),
        ("bjr madame jmapel Lina, vs faites koi ?", "vs faites koi ?"),
        ("Bonjour, je m'appelle Lina. Comment s'organise une journée ?", "Comment s'organise une journée ?"),
        ("Bonjour, je prépare un CAP, vous auriez un moment ?", "je prépare un CAP, vous auriez un moment ?"),
        ("Bonjour madame", ""),
        ("bonjour Lina", ""),
        ("Vous recrutez ?", ""),
        ("", ""),
    ],
)
def test_the_rest_of_a_line(text: str, rest: str) -> None:
    assert after_greeting(text) == rest
