"""One look for every figure: colours that colour-blind readers distinguish, always doubled by a marker or a line."""

from __future__ import annotations

import itertools
import math
import string
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, NullLocator

from retina_vae.cohort import Column

__all__ = [
    "FONT_SIZE",
    "GREY",
    "PAGE_WIDTH",
    "Look",
    "category_label",
    "cluster_look",
    "group_look",
    "label_decades",
    "legend_handles",
    "letters",
    "line_look",
    "new_figure",
    "nobody_drawn",
    "shared_style",
    "shown_name",
    "wrapped",
]

PAGE_WIDTH = 7.1
"""Width of a printed figure in inches: two columns of a journal page."""

FONT_SIZE = 8.0
"""Size of running text in a figure, in points."""

GREY = "#8c8c8c"

# Okabe and Ito, "Color Universal Design" (2008); black and the yellow that is too faint on white come last.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#B8A900")
# The same hues, darker or lighter, for the ninth cluster and beyond.
_SHADES = ("#00395A", "#7A3600", "#7FCFB5", "#7D3C63", "#1F6F9F", "#8A5F00", "#7F7F7F", "#5F5800")
# Shapes that paper and the live view both have, so that a group looks alike in both: matplotlib's marker, Plotly's name
# in three dimensions, and a letter for text. Plotly's "x" is a letter that few fonts have.
_SHAPES = (
    ("o", "circle", "●"),
    ("s", "square", "■"),
    ("D", "diamond", "◆"),
    ("P", "cross", "✚"),
    ("o", "circle-open", "○"),
    ("s", "square-open", "□"),
    ("D", "diamond-open", "◇"),
)
_OPEN = "-open"
_LINES: tuple[str | tuple[int, tuple[float, ...]], ...] = (
    "-",
    (0, (5, 1.6)),
    (0, (1.2, 1.2)),
    (0, (6, 1.5, 1.2, 1.5)),
)
# Beside the orange of a line, the yellow would be hard to tell for some readers.
_LINE_COLOURS = (*_COLOURS[:7], "#7A3600", "#7D3C63", "#7F7F7F")
# Shapes that stay apart at three points' size, of the lines of pictures that are on paper alone.
_LINE_MARKERS = ("o", "^", "s", "D", "v", "P", "X", "*", "<", "p", ">", "h", "d", "8")

_MOST_DECADE_LABELS = 5

_PARAMETERS = {
    "font.family": "DejaVu Sans",
    "font.size": FONT_SIZE,
    "axes.titlesize": FONT_SIZE + 1,
    "axes.titlelocation": "left",
    "axes.labelsize": FONT_SIZE,
    "xtick.labelsize": FONT_SIZE - 1,
    "ytick.labelsize": FONT_SIZE - 1,
    "legend.fontsize": FONT_SIZE,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.linewidth": 0.7,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.4,
    "figure.facecolor": "white",
    "figure.dpi": 100,
    # Else what stands between two dollar signs in a name of the data would be read as a formula.
    "text.parse_math": False,
    # With these two a second drawing gives the same bytes, and the SVG shows the same letters on any machine.
    "svg.hashsalt": "retina_vae",
    "svg.fonttype": "path",
}


@dataclass(frozen=True)
class Look:
    """How one group of patients, cluster or latent dimension looks.

    Attributes:
        colour: As ``#rrggbb``.
        marker: Matplotlib's.
        line: Matplotlib's style of a line.
        symbol: Plotly's name of the marker, which ends with ``-open`` where only its edge is drawn; empty of what is on
            paper alone.
        glyph: The marker as a letter.
    """

    colour: str
    marker: str
    line: str | tuple[int, tuple[float, ...]] = "-"
    symbol: str = ""
    glyph: str = "●"

    @property
    def filled(self) -> bool:
        """Whether the marker is more than its edge."""
        return not self.symbol.endswith(_OPEN)

    @property
    def marks(self) -> dict[str, Any]:
        """Marker and colours for matplotlib's ``scatter``."""
        faces = {"c": self.colour, "linewidths": 0.0}
        edges = {"facecolors": "none", "edgecolors": self.colour, "linewidths": 0.6}
        return {"marker": self.marker, **(faces if self.filled else edges)}


def legend_handles(looks: Mapping[str, Look], size: float = 5.0, width: int = 24) -> list[Line2D]:
    """One marker with its name per look, for a legend; names longer than ``width`` letters take two lines."""
    return [
        Line2D(
            [],
            [],
            color=look.colour,
            marker=look.marker,
            fillstyle="full" if look.filled else "none",
            linestyle="none",
            markersize=size,
            label=name,
        )
        for look, name in ((look, wrapped(shown_name(name), width, 2)) for name, look in looks.items())
    ]


def shown_name(name: str) -> str:
    """A name of the data for a legend, in which matplotlib would leave out what begins with an underscore."""
    return f"\N{ZERO WIDTH SPACE}{name}" if name.startswith("_") else name


@contextmanager
def shared_style() -> Iterator[None]:
    """Draw and save inside this block; nothing outside it changes."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_PARAMETERS)  # type: ignore[arg-type]
        yield


def new_figure(width: float, height: float, *, constrained: bool = True) -> Figure:
    """An empty figure of this size in inches, outside pyplot, so that no global state holds it."""
    return Figure(figsize=(width, height), layout="constrained" if constrained else None)


def nobody_drawn() -> Figure:
    """A sentence in the place of a picture of patients of whom none may be drawn."""
    figure = new_figure(PAGE_WIDTH, 1.0, constrained=False)
    figure.text(0.01, 0.5, "Not shown: every point would be a patient's code, which can be decoded into a patient.")
    return figure


def group_look(position: int) -> Look:
    """The look of the group of patients at ``position`` (from 0); seven differ in colour and in marker."""
    return _on_maps(position, _COLOURS)


def cluster_look(position: int) -> Look:
    """The look of the cluster at ``position`` (from 0): marker and colour together repeat only after 112 clusters."""
    return _on_maps(position, _COLOURS + _SHADES)


def line_look(position: int) -> Look:
    """The look of the line at ``position``; positions after the groups of patients leave these their colours."""
    place = position % len(_LINE_MARKERS)
    return Look(_LINE_COLOURS[position % len(_LINE_COLOURS)], _LINE_MARKERS[place], _LINES[position % len(_LINES)])


def category_label(column: Column, category: str) -> str:
    """Column and category; of a finding the column alone says it."""
    return column.label if category == column.finding else f"{column.label}: {category}"


def wrapped(text: str, width: int = 16, lines: int = 3) -> str:
    r"""A label in lines of about ``width`` letters; what does not fit into ``lines`` of them is cut off.

    >>> wrapped("Subretinal haemorrhage")
    'Subretinal\nhaemorrhage'
    """
    return "\n".join(textwrap.wrap(text, width, max_lines=lines, placeholder=" …", break_on_hyphens=False)) or text


def label_decades(axis: Axis, low: float, high: float) -> None:
    """Label a logarithmic axis from ``low`` to ``high`` with plain numbers; matplotlib's own labels are formulas."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    factors = [(exponent, m) for exponent in exponents for m in (1, 2, 5)]
    steps = [m * 10.0**exponent for exponent, m in factors]
    inside = [step for step in steps if low <= step <= high]
    if len(inside) < 3:
        inside = [float(step) for step in MaxNLocator(4).tick_values(low, high) if low <= step <= high]
    elif len(inside) > _MOST_DECADE_LABELS:
        decades = [step for step, (_, m) in zip(steps, factors, strict=True) if m == 1 and low <= step <= high]
        inside = decades[:: math.ceil(len(decades) / _MOST_DECADE_LABELS)]
    axis.set_ticks(inside, [f"{step:,g}" if step < 1e6 else f"{step:.0e}" for step in inside])
    axis.set_minor_locator(NullLocator())


def _on_maps(position: int, colours: tuple[str, ...]) -> Look:
    marker, symbol, glyph = _SHAPES[position % len(_SHAPES)]
    return Look(colours[position % len(colours)], marker, _LINES[position % len(_LINES)], symbol, glyph)


def letters() -> Iterator[str]:
    """Letters of panels: a, b, .. z, aa, ab, .."""
    for length in itertools.count(1):
        yield from ("".join(word) for word in itertools.product(string.ascii_lowercase, repeat=length))
