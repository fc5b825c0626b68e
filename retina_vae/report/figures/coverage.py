"""Expected coverage of the codes' credible regions, minus credibility, for each replica of a model."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from retina_vae.report.figures.style import GREY, PAGE_WIDTH, cluster_look, new_figure, shared_style

__all__ = ["coverage_curves"]

_TITLES = {"encoded": "(a)  Draws from q(z | x)", "corrected": "(b)  Corrected draws"}
_NORMAL_95 = 1.96


@shared_style()
def coverage_curves(coverage: pd.DataFrame) -> Figure:
    """Draw coverage minus credibility, of draws from q on the left and of corrected ones on the right.

    Args:
        coverage: Of one model: ``draws_from, replica, patients, credibility, coverage``.
    """
    figure = new_figure(PAGE_WIDTH, 2.8)
    panels = figure.subplots(1, 2, sharey=True)
    for position, (axes, (kind, title)) in enumerate(zip(panels, _TITLES.items(), strict=True)):
        own = coverage[coverage["draws_from"] == kind]
        _draw_band(axes, int(own["patients"].iloc[0]))
        look = cluster_look(position)
        for _, line in own.groupby("replica"):
            difference = line["coverage"] - line["credibility"]
            axes.plot(line["credibility"], difference, color=look.colour, linewidth=0.9, alpha=0.8)
        axes.set(xlim=(0, 1), xlabel="Credibility (share of the draws)", title=title)
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol="\N{NO-BREAK SPACE}%"))
        axes.grid(True)
    panels[0].set_ylabel("Coverage minus credibility\n(percentage points)")
    panels[0].yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}")
    panels[1].legend(loc="upper right", fontsize="small")
    return figure


def _draw_band(axes: Axes, patients: int) -> None:
    """Where 95 % of exact draws stay at any one credibility: the binomial distribution's normal approximation."""
    credibility = np.linspace(0, 1, 201)
    half = _NORMAL_95 * np.sqrt(credibility * (1 - credibility) / patients)
    axes.fill_between(credibility, -half, half, color=GREY, alpha=0.25, linewidth=0, label="95 % of exact draws")
    axes.axhline(0, color="black", linewidth=0.7)
