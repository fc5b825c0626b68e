"""The latent space of a model that learned the outcome, beside one that did not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from retina_vae.cohort import CohortSchema
from retina_vae.report.figures.groups import PatientGroups
from retina_vae.report.figures.space import LatentSpace, latent_space
from retina_vae.report.figures.style import (
    FONT_SIZE,
    PAGE_WIDTH,
    legend_handles,
    letters,
    new_figure,
    nobody_drawn,
    shared_style,
)
from retina_vae.report.released import CohortTables
from retina_vae.report.tables import DecodedModel

__all__ = ["supervised"]


@shared_style()
def supervised(models: Mapping[str, DecodedModel], cohort: CohortTables, schema: CohortSchema, total: int) -> Figure:
    """Draw the posterior mean of every patient, marked by the outcome, one panel per model with axes of its own.

    Args:
        models: The models by the titles of their panels.
        cohort: The groups of the patients.
        schema: Names the outcome.
        total: Patients of the cohort. Where none of them may be drawn, because a code can be decoded into one, a
            sentence says so.
    """
    if not any(len(model.posterior) for model in models.values()):
        return nobody_drawn()
    rows = math.ceil(len(models) / 2)
    groups = cohort.groups
    drawn = {title: model.posterior for title, model in models.items()}
    spaces = {title: _space(table, groups) for title, table in drawn.items()}
    flat = all(space.dimensions < 3 for space in spaces.values())
    figure = new_figure(PAGE_WIDTH, 3.5 * rows + 0.4, constrained=flat)
    top = 1 - 0.4 / figure.get_figheight()
    box = {} if flat else {"left": 0.0, "right": 1.0, "bottom": 0.0, "top": top, "wspace": 0.0, "hspace": 0.0}
    grid = figure.add_gridspec(rows, min(len(models), 2), **box)
    looks = groups.looks
    for (position, (title, space)), letter in zip(enumerate(spaces.items()), letters(), strict=False):
        axes = space.add_axes(figure, grid[position // 2, position % 2], title=f"({letter})  {title}")
        group = groups.of(drawn[title]["outcome"])
        space.scatter(axes, [(group == name, look) for name, look in looks.items()], size=6)
    legend: Any = {"loc": "outside upper right" if flat else "upper right", "ncols": min(len(looks), 4)}
    figure.legend(handles=legend_handles(looks), handletextpad=0.0, **legend)
    figure.text(0.01, 0.01, _note(spaces, total), fontsize=FONT_SIZE - 1)
    return figure


def _space(drawn: pd.DataFrame, groups: PatientGroups) -> LatentSpace:
    """The means with the view that keeps the groups' centres apart."""
    columns = [name for name in drawn.columns if name.startswith("mean_")]
    centers = drawn[columns].groupby(groups.of(drawn["outcome"])).mean().to_numpy(dtype=float)
    return latent_space(drawn[columns].to_numpy(dtype=float), centers)


def _note(spaces: Mapping[str, LatentSpace], total: int) -> str:
    rotated = any(space.labels[0].startswith("PC") for space in spaces.values())
    shown = min(len(space.points) for space in spaces.values())
    parts = ["PC: principal component (share of variance)"] if rotated else []
    parts += [f"{shown:,} of {total:,} patients are shown"] if shown < total else []
    return "; ".join(parts)
