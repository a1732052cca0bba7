"""Charts drawn by the server as SVG: bars, bars by month, lines. A value that is hidden leaves a gap that says so."""

import io
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from programme import french

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# told apart by who sees few colours (Okabe and Ito; Tol), each at least 3:1 on white
COLOURS = ("#0b5c6b", "#d55e00", "#332288", "#8a6d00", "#aa4499", "#117733", "#5f5f5f")
# and by who sees none
HATCHES = ("", "///", "...", "xxx", "\\\\\\", "++", "ooo")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
INK, SOFT = "#22201d", "#5a554e"
HIDDEN = "masqué"
# of a picture, in CSS pixels; the narrow one is for a telephone
WIDE, NARROW = 720, 340
DPI = 72
TEXT = 13 * DPI / 96
# a picture is shown by <img>, where no rule of the page reaches it, or alone: its styles are its own, and nothing else
CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

# matplotlib keeps state of its own while it draws; a drawing takes some tens of milliseconds
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Series:
    """``values`` go with the labels of the chart; None is hidden."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Bars:
    """Horizontal bars from the top down, each with its number: parts of a way, topics, reasons."""

    labels: Sequence[str]
    values: Sequence[float | None]
    unit: str = ""


@dataclass(frozen=True)
class Columns:
    """Columns by month, side by side, or one on the other when they are parts of a whole."""

    labels: Sequence[str]
    series: Sequence[Series]
    stacked: bool = False
    unit: str = ""


@dataclass(frozen=True)
class Lines:
    """A line for each series, named at its end."""

    labels: Sequence[str]
    series: Sequence[Series]
    unit: str = ""


Chart = Bars | Columns | Lines


def draw(chart: Chart, *, width: int = WIDE) -> bytes:
    """The chart as SVG: the same chart gives the same bytes.

    Args:
        width: in CSS pixels; the height follows from what is in it.
    """
    with _one_at_a_time, _figure(width, _height(chart, width)) as (figure, axes):
        match chart:
            case Bars():
                _bars(axes, chart, width)
            case Columns():
                _columns(axes, chart, width)
            case Lines():
                _lines(axes, chart, width)
        out = io.BytesIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


@cache
def _set_up() -> None:
    import matplotlib as mpl

    mpl.rcParams |= {
        # text stays text: it is found, enlarged and read in the fonts of the reader
        "svg.fonttype": "none",
        "svg.hashsalt": "declic",
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],
        "font.size": TEXT,
        "hatch.linewidth": 0.8,
        "text.color": INK,
        "axes.labelcolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
    }


def _height(chart: Chart, width: int) -> int:
    if isinstance(chart, Bars):
        # on a telephone the label stands above its bar
        return 24 + (48 if width < WIDE else 32) * max(1, len(chart.labels))
    named = len(chart.series) if isinstance(chart, Lines) or len(chart.series) > 1 else 0
    return 260 + 22 * (named if width < WIDE else (named + 2) // 3)


@contextmanager
def _figure(width: int, height: int) -> Iterator[tuple["Figure", "Axes"]]:
    # a second for the first one: not when the process starts
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    _set_up()
    figure = Figure(figsize=(width / 96, height / 96), dpi=DPI, layout="constrained")
    FigureCanvasSVG(figure)
    yield figure, figure.add_subplot()


def _bars(axes: "Axes", chart: Bars, width: int) -> None:
    most = max((value for value in chart.values if value is not None), default=0) or 1
    narrow = width < WIDE
    for place, (label, value) in enumerate(zip(chart.labels, chart.values, strict=True)):
        axes.barh(place, value or 0, height=0.45 if narrow else 0.62, color=COLOURS[0])
        axes.annotate(
            _said(value, chart.unit),
            (value or 0, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            color=INK if value is not None else SOFT,
        )
        if narrow:
            axes.annotate(label, (0, place - 0.3), xytext=(0, 1), textcoords="offset points", va="bottom")
    axes.set_yticks([] if narrow else range(len(chart.labels)), labels=None if narrow else chart.labels)
    axes.set_ylim(max(len(chart.labels), 1) - 0.4, -0.9 if narrow else -0.6)
    # room for the number at the end of the longest one
    axes.set_xlim(0, most * (1.3 if narrow else 1.18))
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.spines["left"].set_visible(not narrow)


def _columns(axes: "Axes", chart: Columns, width: int) -> None:
    each = 0.8 if chart.stacked else 0.8 / max(1, len(chart.series))
    tops = [0.0] * len(chart.labels)
    for at, series in enumerate(chart.series):
        for place, value in enumerate(series.values):
            left = place - 0.4 + (0 if chart.stacked else at * each)
            axes.bar(
                left,
                value or 0,
                bottom=tops[place] if chart.stacked else 0,
                width=each * 0.94,
                align="edge",
                color=COLOURS[at],
                edgecolor="white",
                linewidth=0.5,
                hatch=HATCHES[at],
                label=series.name if place == 0 else None,
            )
            if chart.stacked:
                tops[place] += value or 0
            else:
                _above(axes, left + each / 2, value, len(chart.labels) * len(chart.series), width)
    if chart.stacked:
        for place, top in enumerate(tops):
            hidden = any(series.values[place] is None for series in chart.series)
            _above(axes, place, None if hidden else top, len(chart.labels), width, bottom=top)
    _frame(axes, chart, width)


def _above(axes: "Axes", x: float, value: float | None, columns: int, width: int, *, bottom: float = 0) -> None:
    """The number above a column, where there is room for it; what is hidden is always said, upright when need be."""
    room = width / max(1, columns)
    if value is None or room >= 34:
        axes.annotate(
            _said(value),
            (x, bottom if value is None else value),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            rotation=90 if value is None and room < 70 else 0,
            color=INK if value is not None else SOFT,
        )


def _lines(axes: "Axes", chart: Lines, width: int) -> None:
    for at, series in enumerate(chart.series):
        # matplotlib leaves a gap where there is no number
        values = [float("nan") if value is None else value for value in series.values]
        axes.plot(
            range(len(chart.labels)),
            values,
            color=COLOURS[at],
            marker=MARKERS[at],
            markersize=6,
            linewidth=2,
            label=series.name,
            clip_on=False,
        )
        last = next((place for place in reversed(range(len(values))) if series.values[place] is not None), None)
        if last is not None:
            axes.annotate(
                _said(series.values[last]),
                (last, values[last]),
                xytext=(7, 0),
                textcoords="offset points",
                va="center",
                color=COLOURS[at],
            )
    axes.set_xlim(-0.3, len(chart.labels) - 1 + (0.9 if width < WIDE else 0.5))
    _frame(axes, chart, width)


def _frame(axes: "Axes", chart: Columns | Lines, width: int) -> None:
    """Months below, few lines behind, the names above."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    # all months that have room for their names
    every = max(1, -(-len(chart.labels) * 62 // width))
    axes.set_xticks(range(0, len(chart.labels), every), labels=chart.labels[::every])
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True, min_n_ticks=1))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: french.number(value)))
    axes.set_ylim(0, max(axes.get_ylim()[1] * 1.12, 1))
    axes.grid(axis="y", color="#d9d4cb", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    if chart.unit:
        axes.set_title(chart.unit, loc="left", fontsize=TEXT, color=SOFT)
    if len(chart.series) > 1 or isinstance(chart, Lines):
        axes.get_figure().legend(  # type: ignore[union-attr]
            loc="outside upper left", ncols=1 if width < WIDE else 3, frameon=False, handlelength=2.2
        )


def _said(value: float | None, unit: str = "") -> str:
    if value is None:
        return HIDDEN
    return f"{french.number(value)}{french.NO_BREAK}{unit}" if unit else french.number(value)
