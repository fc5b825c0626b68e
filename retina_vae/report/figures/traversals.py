"""What each latent dimension says, one moved at a time, under different weights of the KL divergence."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from retina_vae.cohort import CohortSchema
from retina_vae.report.figures.decoded import DecodedPath, decoded_space
from retina_vae.report.figures.style import FONT_SIZE, PAGE_WIDTH, new_figure, shared_style
from retina_vae.report.released import CohortTables
from retina_vae.report.tables import DecodedModel

__all__ = ["MOST_DIMENSIONS", "traversals"]

MOST_DIMENSIONS = 6
"""Latent dimensions that are shown of each model, those of the largest KL divergence."""

_INACTIVE = "#f0f0f0"


@shared_style()
def traversals(
    models: Mapping[str, DecodedModel], dimensions: pd.DataFrame, cohort: CohortTables, schema: CohortSchema
) -> Figure:
    """Draw one column per model and one row per latent dimension, from the largest KL divergence to the smallest.

    Args:
        models: The models by title; a title is what heads the model's column.
        dimensions: One row per title and latent dimension, of one replica: ``model`` (the title), ``dimension``,
            ``kl`` and ``active``.
        cohort: The spread of the patients.
        schema: The inputs.
    """
    ranked = {title: _ranked(dimensions[dimensions["model"] == title]) for title in models}
    paths = {
        (title, dimension): DecodedPath(model.traversals[model.traversals["dimension"] == dimension], "deviation")
        for title, model in models.items()
        for dimension in ranked[title]["dimension"]
    }
    said = decoded_space(list(paths.values()), schema, cohort)
    rows = max(len(rank) for rank in ranked.values())
    ratios = said.height_ratios
    figure = new_figure(PAGE_WIDTH / 3 * max(len(models), 2), 1.95 * rows + 0.8)
    grid = figure.add_gridspec(rows * len(ratios), len(models), height_ratios=ratios * rows)
    for column, title in enumerate(models):
        for row, own in enumerate(ranked[title].to_dict("records")):
            cells = [grid[row * len(ratios) + below, column] for below in range(len(ratios))]
            all_axes = said.add_axes(figure, cells, named=column == 0)
            said.draw(all_axes, paths[title, own["dimension"]], labelled=True)
            _dress(all_axes, own["dimension"], own["kl"], own["active"])
            if row == 0:
                _head(all_axes[0], title)
            if row == len(ranked[title]) - 1:
                all_axes[-1].set_xlabel("Standard deviations\nfrom the mean of all codes")
    # Five names fit into the width of a page.
    most = max(1, int(5 * figure.get_figwidth() / PAGE_WIDTH))
    figure.legend(
        handles=said.handles, loc="outside lower left", ncols=min(len(said.lines), most) or 1, columnspacing=1.2
    )
    return figure


def _ranked(dimensions: pd.DataFrame) -> pd.DataFrame:
    return dimensions.sort_values("kl", ascending=False, kind="stable").head(MOST_DIMENSIONS)


def _dress(all_axes: list[Axes], dimension: int, kl: float, active: bool) -> None:
    text = f"z{dimension}: KL {kl:.2f} nats" if active else f"z{dimension}: KL {kl:.2f} nats, inactive"
    all_axes[0].set_title(text, fontsize=FONT_SIZE)
    for axes in all_axes:
        if not active:
            axes.set_facecolor(_INACTIVE)


def _head(axes: Axes, title: str) -> None:
    axes.annotate(
        title,
        xy=(0, 1),
        xytext=(0, 2.4 * FONT_SIZE),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=FONT_SIZE + 1,
        weight="bold",
    )
