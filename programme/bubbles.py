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


def pieces(text: str) -> list[str]:
    """A long text as bubbles, in order and whole: cut between paragraphs, then sentences, then words."""
    found = []
    while len(text := text.strip()) > MAX_BUBBLE:
        room = text[: MAX_BUBBLE + 1]
        at = max(room.rfind("\n"), *(room.rfind(end) + 1 for end in (". ", "! ", "? ", "… ")))
        if at <= MAX_BUBBLE // 3:  # a lone first word would be a strange bubble
            at = room.rfind(" ")
        at = at if at > 0 else MAX_BUBBLE
        found.append(text[:at].rstrip())
        text = text[at:]
    return [*found, text] if text else found
