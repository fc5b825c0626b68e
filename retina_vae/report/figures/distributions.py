"""How one column is distributed, group by group: a picture for every kind of column, registered by its name."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from retina_vae.cohort import Column
from retina_vae.report.figures.grouped import GroupedPatients, Shares
from retina_vae.report.figures.style import FONT_SIZE, GREY, category_label, label_decades, shown_name, wrapped
from retina_vae.words import MARK

__all__ = ["PICTURES", "Picture"]

FloatArray = NDArray[np.float64]

_MOST_NAMED_CURVES = 4
_MOST_NAMED_BINS = 8
_MOST_BARS_WITH_ERRORS = 40


@dataclass(frozen=True)
class Picture:
    """How columns of a kind are drawn.

    Attributes:
        draw: From axes, columns and what is known of the patients to the picture.
        most: Columns that one picture shows.
        logarithmic: Whether numbers stand on a logarithmic scale.
    """

    draw: Callable[[Axes, Sequence[Column], GroupedPatients], None]
    most: int = 1
    logarithmic: bool = False


def _draw_shares(axes: Axes, columns: Sequence[Column], cohort: GroupedPatients) -> None:
    """Bars of the categories."""
    (column,) = columns
    _bars(axes, cohort, cohort.shares(column))
    _name_bars(axes, cohort.bar_names(column))


def _draw_counts(axes: Axes, columns: Sequence[Column], cohort: GroupedPatients) -> None:
    """Bars of counts, each alone or a few together."""
    (column,) = columns
    names = cohort.bar_names(column)
    if not names:
        _say_nothing(axes)
        return
    _bars(axes, cohort, cohort.shares(column))
    # Where all would not have room, every second one is named, the last among them.
    step = 2 if len(names) > _MOST_NAMED_BINS and sum(map(len, names)) > 2 * len(names) else 1
    _name_bars(axes, [name if (len(names) - 1 - place) % step == 0 else "" for place, name in enumerate(names)])
    axes.set_xlabel(wrapped(column.axis_label, 44))


def _draw_one_share(axes: Axes, columns: Sequence[Column], cohort: GroupedPatients) -> None:
    """For each column a bar of the category that describes it."""
    parts = [cohort.shares(column) for column in columns]
    _bars(axes, cohort, Shares(*(np.hstack(each) for each in zip(*parts, strict=True))), top=1.14)
    axes.set_yticks(np.arange(0, 1.01, 0.2))
    names = [category_label(column, column.kind_of.described(column.categories)[0]) for column in columns]
    known = [cohort.observed(column) for column in columns]
    labels = [f"{name} ({count} observed)" if count else name for name, count in zip(names, known, strict=True)]
    axes.set_xticks(range(len(columns)), [wrapped(label, 13, 5) for label in labels])


def _draw_density(axes: Axes, columns: Sequence[Column], cohort: GroupedPatients) -> None:
    """A curve per group, per unit of the column."""
    (column,) = columns
    _curves(axes, column, cohort)
    axes.set_ylabel(f"Density per {_singular(column.unit)}")


def _draw_density_of_logarithm(axes: Axes, columns: Sequence[Column], cohort: GroupedPatients) -> None:
    """A curve per group, per factor of ten."""
    (column,) = columns
    _curves(axes, column, cohort)
    _make_logarithmic(axes)
    axes.set_ylabel("Density per factor of 10")


def _draw_zeros_and_density(axes: Axes, columns: Sequence[Column], cohort: GroupedPatients) -> None:
    """A bar for the zeros, and a curve for the rest; areas are shares of the patients."""
    (column,) = columns
    shares = cohort.shares(column).share[:, 0]
    told = {name: share for name, share in zip(cohort.names, shares, strict=True) if not math.isnan(share)}
    _curves(axes, column, cohort)
    low, high = axes.get_xlim()
    width = 0.16 * (high - low)
    own = width / max(len(told), 1)
    for position, (name, share) in enumerate(told.items()):
        left = low - 1.25 * width + position * own
        colour = cohort.groups.looks[name].colour
        axes.bar(left, (1 - share) / width, 0.92 * own, align="edge", color=colour)
        if len(told) <= _MOST_NAMED_CURVES:
            words, size = f"{100 * (1 - share):.0f} %", FONT_SIZE - 1.5
            axes.text(left + 0.46 * own, (1 - share) / width, words, ha="center", va="bottom", color=colour, size=size)
    axes.set_xlim(low - 1.4 * width, high)
    axes.set_ylim(0, max([axes.get_ylim()[1], *(1.1 * (1 - share) / width for share in told.values())]))
    _make_logarithmic(axes, low, high, zero=low - 0.75 * width)
    axes.set_ylabel("Share per factor of 10")


def _curves(axes: Axes, column: Column, cohort: GroupedPatients) -> None:
    """Density of each group's numbers, which are on the axes' scale."""
    axes.set_xlabel(wrapped(column.axis_label, 44))
    axes.grid(True)
    grid, curves = cohort.curves(column)
    if not curves:
        _say_nothing(axes)
        return
    for name, height in curves.items():
        look = cohort.groups.looks[name]
        axes.plot(grid, height, color=look.colour, linestyle=look.line, label=shown_name(name))
        if not cohort.groups.several:
            axes.fill_between(grid, height, color=look.colour, alpha=0.25, linewidth=0)
        elif len(cohort.names) <= _MOST_NAMED_CURVES:
            _name_peak(axes, grid, height, wrapped(name, 15, 1), look.colour)
    axes.set_xlim(grid[0], grid[-1])
    axes.set_ylim(0, axes.get_ylim()[1] * 1.05)


def _name_peak(axes: Axes, grid: FloatArray, height: FloatArray, name: str, colour: str) -> None:
    peak = int(height.argmax())
    axes.annotate(
        name,
        (grid[peak], height[peak]),
        xytext=(0, 3),
        textcoords="offset points",
        ha="center",
        color=colour,
        weight="bold",
    )


def _make_logarithmic(
    axes: Axes, low: float | None = None, high: float | None = None, zero: float | None = None
) -> None:
    """Label an axis of decimal logarithms with the numbers themselves; with ``zero``, 0 stands there."""
    ends = axes.get_xlim()
    low, high = ends[0] if low is None else low, ends[1] if high is None else high
    label_decades(axes.xaxis, 10.0**low, 10.0**high)
    ticks, labels = list(np.log10(axes.get_xticks())), [label.get_text() for label in axes.get_xticklabels()]
    if zero is not None:
        ticks, labels = [zero, *ticks], ["0", *labels]
    axes.set_xticks(ticks, labels)
    axes.set_xlim(ends)


def _bars(axes: Axes, cohort: GroupedPatients, shares: Shares, top: float | None = None) -> None:
    """Bars side by side, one per group in each place, with one standard error up and down."""
    groups, places = shares.share.shape
    width, positions = 0.8 / groups, np.arange(places, dtype=np.float64)
    highest = np.nanmax(shares.share + shares.error) if np.isfinite(shares.share).any() else 1.0
    top = 1.12 * float(highest) if top is None else top
    for row, (name, look) in enumerate(cohort.groups.looks.items()):
        own = positions + (row - (groups - 1) / 2) * width
        errors = shares.error[row] if groups * places <= _MOST_BARS_WITH_ERRORS else None
        style = {"elinewidth": 0.8, "capsize": 1.5, "capthick": 0.8, "ecolor": "#333333"}
        bar = 0.92 * width
        axes.bar(own, shares.share[row], bar, color=look.colour, yerr=errors, error_kw=style, label=shown_name(name))
        _mark_hidden(axes, own[shares.hidden[row]], bar, top)
    axes.set_ylim(0, top or 1.0)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.4g}\N{NO-BREAK SPACE}%"))
    axes.set_ylabel("Share of patients")
    axes.grid(True, axis="y")


def _mark_hidden(axes: Axes, places: FloatArray, width: float, top: float) -> None:
    """In the place of each bar that is not shown, a hatched box of one height and the mark."""
    for place in places:
        axes.bar(place, 0.05 * top, width, color="none", edgecolor=GREY, hatch="//////", linewidth=0.5)
        axes.text(place, 0.06 * top, MARK, ha="center", va="bottom", rotation=90, color="#333333", size=FONT_SIZE - 2)


def _name_bars(axes: Axes, names: Sequence[str]) -> None:
    if sum(len(name) for name in names) <= 36:
        axes.set_xticks(range(len(names)), list(names))
        return
    labels = [wrapped(name, 16, 2) for name in names]
    axes.set_xticks(range(len(names)), labels, rotation=30, ha="right", rotation_mode="anchor")


def _say_nothing(axes: Axes) -> None:
    axes.text(0.5, 0.5, "nothing to show", ha="center", va="center", color=GREY, transform=axes.transAxes)
    axes.set_yticks([])


def _singular(unit: str | None) -> str:
    if not unit:
        return "unit"
    return unit[:-1] if unit.endswith("s") and len(unit) > 2 else unit


PICTURES: dict[str, Picture] = {
    "shares": Picture(_draw_shares),
    "one_share": Picture(_draw_one_share, most=5),
    "density": Picture(_draw_density),
    "density_of_logarithm": Picture(_draw_density_of_logarithm, logarithmic=True),
    "zeros_and_density": Picture(_draw_zeros_and_density, logarithmic=True),
    "shares_of_counts": Picture(_draw_counts),
}
"""The pictures by the name that a kind of column gives its own (:attr:`retina_vae.cohort.kinds.Kind.picture`)."""
