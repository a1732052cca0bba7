"""Making few bubbles of many lines, and short quotes of long ones."""

from collections.abc import Iterable, Iterator

from programme.replies import MAX_BUBBLE


def packed(head: str, lines: Iterable[str]) -> Iterator[str]:
    """The lines under their head, in as few bubbles as hold them."""
    text = head
    for line in lines:
        if len(text) + 1 + len(line) > MAX_BUBBLE:
            yield text
            text = line
        else:
            text = f"{text}\n{line}"
    yield text


def cut(text: str, longest: int) -> str:
    """The text on one line; a longer one ends in « … »."""
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
