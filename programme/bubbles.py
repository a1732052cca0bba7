"""Making few bubbles of many lines."""

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
