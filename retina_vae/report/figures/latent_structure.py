"""Groups or a continuum: what describes patients that it was not fitted to, against the number of groups."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from retina_vae.report.figures.style import FONT_SIZE, GREY, PAGE_WIDTH, cluster_look, letters, new_figure, shared_style

__all__ = ["latent_structure"]

_PAIRS = {
    "groups_smooth": "Groups of one spread\nagainst a smooth continuum",
    "groups_curves": "Groups\nagainst any curve",
    "groups_bell": "Groups\nagainst one bell",
    "continuum_bell": "A continuum\nagainst one bell",
}
_GROUPS, _DEPENDENT, _CONTINUUM = cluster_look(0), cluster_look(1), cluster_look(2)


@shared_style()
def latent_structure(candidates: pd.DataFrame, comparisons: pd.DataFrame, found: int) -> Figure:
    """Draw the four comparisons with their intervals, and the gain over the bell by the number of groups.

    Args:
        candidates: One row per candidate: ``family, candidate, groups, factors, difference, standard_error``.
        comparisons: One row per comparison: ``comparison, difference, low, high``.
        found: The number of groups that was found.
    """
    figure = new_figure(PAGE_WIDTH, 3.5)
    pairs, numbers = figure.subplots(1, 2, width_ratios=(1, 1.35))
    _draw_pairs(pairs, comparisons)
    _draw_numbers(numbers, candidates, found)
    for axes, letter, title in zip(
        (pairs, numbers), letters(), ("Which describes better", "How many groups"), strict=False
    ):
        axes.set_title(f"({letter})  {title}", fontsize=FONT_SIZE)
    handles, labels = numbers.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def _draw_pairs(axes: Axes, comparisons: pd.DataFrame) -> None:
    axes.axvline(0, color="black", linewidth=0.8)
    for place, pair in enumerate(_PAIRS):
        row = comparisons[comparisons["comparison"] == pair]
        reach = np.array([row["difference"] - row["low"], row["high"] - row["difference"]])
        axes.errorbar(row["difference"], [place], xerr=reach, fmt="o", color=_GROUPS.colour, markersize=4, capsize=3)
    axes.set_yticks(range(len(_PAIRS)), list(_PAIRS.values()))
    axes.set_ylim(len(_PAIRS) - 0.5, -0.5)
    axes.set_xlabel("Difference, nats per patient\n(right: the first is better; bar: 95 %)")
    axes.grid(True, axis="x")


def _draw_numbers(axes: Axes, candidates: pd.DataFrame, found: int) -> None:
    classes = candidates[candidates["family"].str.startswith("classes")]
    looks = {0: (_GROUPS, "o", "groups, independent columns"), 1: (_DEPENDENT, "s", "groups with a common factor")}
    for factors, (look, marker, label) in looks.items():
        rows = classes[classes["factors"] == factors]
        rows = rows.loc[rows.groupby("groups")["difference"].idxmax()]
        errors = rows["standard_error"]
        axes.errorbar(
            rows["groups"],
            rows["difference"],
            yerr=errors,
            color=look.colour,
            marker=marker,
            markersize=4,
            linewidth=1.1,
            capsize=2,
            label=label,
        )
    best = candidates.loc[candidates["family"].isin(("continuum", "closed curve")), "difference"].max()
    axes.axhline(best, color=_CONTINUUM.colour, linestyle=(0, (5, 1.6)), linewidth=1.2, label="best continuum")
    axes.axhline(0, color="black", linewidth=0.8, label="best bell")
    axes.axvline(found, color=GREY, linestyle=":", linewidth=1.2, label=f"found: {found}")
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.set_xlabel("Number of groups")
    axes.set_ylabel("Gain over the best bell,\nnats per patient (bar: standard error)")
    axes.grid(True)
