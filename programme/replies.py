"""What the assistant says, whatever the channel."""

from dataclasses import dataclass

MAX_BUBBLE = 300
# Telegram refuses a button whose data is longer (Bot API, InlineKeyboardButton.callback_data)
MAX_PAYLOAD_BYTES = 64


@dataclass(frozen=True)
class Button:
    """A way to go on. ``payload`` is ``/intent`` or ``/intent{"entity": "value"}``."""

    title: str
    payload: str


def go(topic: str, title: str, where: str) -> Button:
    """A button of the coaching: ``where`` is read by the action of the topic."""
    return Button(title, f'/{topic}{{"go": "{where}"}}')


@dataclass(frozen=True)
class Bar:
    """One line of a chart; ``share`` is a percentage of its full width, 0 to 100."""

    label: str
    text: str
    share: int


@dataclass(frozen=True)
class Step:
    """One line of a practice in its picture. ``mark`` is ``step``, ``need``, ``cost`` or ``none``."""

    label: str
    mark: str


@dataclass(frozen=True)
class Reply:
    """One bubble: at most ``MAX_BUBBLE`` characters, with buttons below it.

    ``chart`` and ``path`` say again what the text says, for a channel that can draw it. ``speaker`` is the simulated
    employer who says it.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    chart: tuple[Bar, ...] = ()
    path: tuple[Step, ...] = ()
    speaker: str = ""
    # of the practice that it belongs to; 0: of none
    run: int = 0
    # with what it answers, the person's own: nobody else reads it
    private: bool = False
