"""What is kept of a message; the turns themselves are tested on the running whole (tests/web, tests/telegram)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import UNREADABLE, storable


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        pytest.param("  slt \n", "slt", id="edges"),
        pytest.param("a\x00b\x07c", "abc", id="control characters"),
        pytest.param("deux\nlignes\tici", "deux\nlignes\tici", id="line breaks stay"),
        pytest.param("salut \ud83d", "salut \ufffd", id="half a surrogate pair"),
        pytest.param("👍🏽 é ç œ", "👍🏽 é ç œ", id="emoji and accents stay"),
    ],
)
def test_what_is_kept_of_a_message(written: str, kept: str) -> None:
    assert storable(written) == kept


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_whatever_is_written_can_be_stored(written: str) -> None:
    kept = storable(written)
    kept.encode()
    assert "\x00" not in kept
    assert storable(kept) == kept


def test_nobody_can_write_what_stands_for_a_voice_message() -> None:
    assert storable(UNREADABLE) != UNREADABLE
