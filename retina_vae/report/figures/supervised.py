"""The latent space of a model that learned the diagnosis, beside one that did not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from retina_vae.cohort import CohortSchema
from retina_vae.report.figures.points import MOST_POINTS
from retina_vae.report.figures.space import LatentSpace, latent_space
from retina_vae.report.figures.style import (
    FONT_SIZE,
    PAGE_WIDTH,
    disease_looks,
    legend_handles,
    letters,
    new_figure,
    shared_style,
)
from retina_vae.report.tables import DecodedModel

__all__ = ["supervised"]


@shared_style()
def supervised(models: Mapping[str, DecodedModel], patients: pd.DataFrame, schema: CohortSchema) -> Figure:
    """Draw the posterior mean of every patient, marked by diagnosis, one panel per model with axes of its own.

    Args:
        models: The models by the titles of their panels.
        patients: The patient table.
        schema: Names of the identifier and of the diagnosis.
    """
    rows = math.ceil(len(models) / 2)
    joined = {title: _with_diagnosis(model, patients, schema) for title, model in models.items()}
    spaces = {title: _space(table, schema) for title, table in joined.items()}
    flat = all(space.dimensions < 3 for space in spaces.values())
    figure = new_figure(PAGE_WIDTH, 3.5 * rows + 0.4, constrained=flat)
    top = 1 - 0.4 / figure.get_figheight()
    box = {} if flat else {"left": 0.0, "right": 1.0, "bottom": 0.0, "top": top, "wspace": 0.0, "hspace": 0.0}
    grid = figure.add_gridspec(rows, min(len(models), 2), **box)
    looks = disease_looks(schema)
    for (position, (title, space)), letter in zip(enumerate(spaces.items()), letters(), strict=False):
        axes = space.add_axes(figure, grid[position // 2, position % 2], title=f"({letter})  {title}")
        diagnosis = joined[title][schema.diagnosis.name].to_numpy()
        space.scatter(axes, [(diagnosis == disease, look) for disease, look in looks.items()], size=6)
    legend: Any = {"loc": "outside upper right" if flat else "upper right", "ncols": len(looks)}
    figure.legend(handles=legend_handles(looks), handletextpad=0.0, **legend)
    figure.text(0.01, 0.01, _note(spaces, len(patients)), fontsize=FONT_SIZE - 1)
    return figure


def _with_diagnosis(model: DecodedModel, patients: pd.DataFrame, schema: CohortSchema) -> pd.DataFrame:
    key, diagnosis = schema.identifier, schema.diagnosis.name
    joined = model.posterior.merge(patients[[key, diagnosis]], on=key, validate="one_to_one")
    rows = np.unique(np.linspace(0, len(joined) - 1, min(len(joined), MOST_POINTS)).round().astype(int))
    return joined.iloc[rows]


def _space(joined: pd.DataFrame, schema: CohortSchema) -> LatentSpace:
    """The means with the view that keeps the diagnoses' centres apart."""
    columns = [name for name in joined.columns if name.startswith("mean_")]
    centers = joined.groupby(schema.diagnosis.name, observed=True)[columns].mean().to_numpy(dtype=float)
    return latent_space(joined[columns].to_numpy(dtype=float), centers)


def _note(spaces: Mapping[str, LatentSpace], total: int) -> str:
    rotated = any(space.labels[0].startswith("PC") for space in spaces.values())
    parts = ["PC: principal component (share of variance)"] if rotated else []
    parts += [f"{MOST_POINTS:,} of {total:,} patients are shown"] if total > MOST_POINTS else []
    return "; ".join(parts)
