"""The number of clusters: every criterion against k, with its spread over replicas and what it chooses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from retina_vae.report.figures.style import (
    FONT_SIZE,
    GREY,
    PAGE_WIDTH,
    cluster_look,
    label_decades,
    letters,
    new_figure,
    shared_style,
)

__all__ = ["choice", "spread_over_replicas"]

_COLUMNS = 2
_BAND, _CHOSEN = cluster_look(0).colour, cluster_look(1).colour


@dataclass(frozen=True)
class _Panel:
    """One small picture: a column of the tables, its name and unit, what is good, and the criteria that read it."""

    column: str
    name: str
    unit: str
    good: str = ""
    criteria: tuple[str, ...] = ()
    threshold: float | None = None
    logarithmic: bool = False


_PANELS = (
    _Panel("within_ss", "Within-cluster sum of squares", "Latent units squared", logarithmic=True),
    _Panel("smallest", "Smallest cluster", "Patients", logarithmic=True),
    _Panel("silhouette", "Silhouette", "Mean width (no unit)", "high", ("silhouette",)),
    _Panel("calinski_harabasz", "Calinski–Harabasz", "Index (no unit)", "high", ("calinski_harabasz",)),
    _Panel("gap", "Gap statistic", "Difference of logarithms", "high", ("gap",)),
    _Panel("prediction_strength", "Prediction strength", "Share of pairs", "high", ("prediction_strength",), 0.8),
)


def spread_over_replicas(criteria: pd.DataFrame, column: str) -> pd.DataFrame:
    """Median, lowest and highest value over the replicas.

    Args:
        criteria: One row per replica and k, or one per k.
        column: The column to summarise.

    Returns:
        One row per k, indexed by it: ``median, low, high``; numbers of clusters without a finite value are left out.
    """
    finite = criteria[np.isfinite(criteria[column])]
    values = finite.groupby("k")[column]
    return pd.DataFrame({"median": values.median(), "low": values.min(), "high": values.max()})


@shared_style()
def choice(criteria: pd.DataFrame, choices: pd.DataFrame, k: int) -> Figure:
    """Draw each criterion against the number of clusters, and mark what it chooses.

    Args:
        criteria: One row per replica and k (``clusters/choice.py`` says what is in it).
        choices: One row per criterion: ``criterion, k, lowest, highest`` and others.
        k: The number of clusters of the run.
    """
    chosen = choices.set_index("criterion")
    figure = new_figure(PAGE_WIDTH, 6.4)
    grid = figure.subplots(len(_PANELS) // _COLUMNS, _COLUMNS, sharex=True)
    for axes, panel, letter in zip(grid.flat, _PANELS, letters(), strict=False):
        named = [name for name in panel.criteria if name in chosen.index]
        _draw(axes, spread_over_replicas(criteria, panel.column), panel, chosen.loc[named, "k"].tolist(), k)
        axes.set_title(f"({letter})  {panel.name}\n{_heading(panel, chosen.loc[named])}", fontsize=FONT_SIZE)
    grid.flat[0].set_xlim(0.5, max(int(criteria["k"].max()), k) + 0.5)
    grid.flat[0].xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=3))
    for axes in grid[-1]:
        axes.set_xlabel("Number of clusters k")
    figure.legend(handles=_handles(int(criteria["replica"].nunique()), k), loc="outside lower center", ncols=3)
    return figure


def _heading(panel: _Panel, rows: pd.DataFrame) -> str:
    """What is good, what the panel's criteria choose, and between which numbers the replicas vary."""
    words = [
        f"{median}" if lowest == highest else f"{median} ({lowest}–{highest})"
        for median, lowest, highest in rows[["k", "lowest", "highest"]].itertuples(index=False)
    ]
    choice_words = f"chooses {', '.join(dict.fromkeys(words))}" if words else "chooses nothing"
    return f"{panel.good} is good; {choice_words}" if panel.good else choice_words


def _draw(axes: Axes, spread: pd.DataFrame, panel: _Panel, chosen: list[int], k: int) -> None:
    axes.grid(True)
    axes.axvline(k, color=GREY, linestyle=(0, (5, 1.6)), linewidth=1.0)
    if panel.threshold is not None:
        axes.axhline(panel.threshold, color="black", linestyle=":", linewidth=0.9)
    axes.fill_between(spread.index, spread["low"], spread["high"], color=_BAND, alpha=0.25, linewidth=0)
    axes.plot(spread.index, spread["median"], color=_BAND, marker=".", markersize=3, linewidth=1.1)
    for number in chosen:
        if number in spread.index:
            axes.plot(number, spread["median"].loc[number], "o", color=_CHOSEN, markersize=6, clip_on=False)
    if panel.logarithmic:
        axes.set_yscale("log")
        label_decades(axes.yaxis, *axes.get_ylim())
    axes.set_ylabel(f"{panel.unit}, log scale" if panel.logarithmic else panel.unit)


def _handles(replicas: int, k: int) -> list[Artist]:
    line = f"median over {replicas} replicas" if replicas > 1 else "the one replica"
    return [
        Line2D([], [], color=_BAND, marker=".", label=line),
        Patch(color=_BAND, alpha=0.25, linewidth=0, label="lowest to highest"),
        Line2D([], [], color=_CHOSEN, marker="o", linestyle="none", label="choice (median; range in brackets)"),
        Line2D([], [], color="black", linestyle=":", linewidth=0.9, label="threshold of the rule"),
        Line2D([], [], color=GREY, linestyle=(0, (5, 1.6)), linewidth=1.0, label=f"this run: k = {k}"),
    ]
