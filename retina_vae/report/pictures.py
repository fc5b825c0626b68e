"""Figures as they stand inside the page: as data, with words for readers who cannot see them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib.figure import Figure

from retina_vae.clusters.description.columns import in_sentence
from retina_vae.report.answer import answer_in_words
from retina_vae.report.figures import PatientMap, cluster_panel, png_bytes, svg_bytes
from retina_vae.report.figures.columns import pictured_columns
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import clusters_in_words

__all__ = ["Picture", "panel", "pictures_of", "raster", "vector"]

# Many clusters have coarser pictures, so that the page stays below 8 MB.
_SCREEN_DPI, _MANY_CLUSTERS, _COARSE_CARD_DPI = 170, 40, 100


@dataclass(frozen=True)
class Picture:
    """A figure inside the page: its bytes as a data address, and what it shows in words."""

    address: str
    alternative: str


def pictures_of(figures: Mapping[str, Figure], tables: RunTables) -> dict[str, Picture]:
    """The figures that every run has, by name."""
    return {name: vector(figures[name], text) for name, text in _alternatives(tables).items()}


def vector(figure: Figure, text: str) -> Picture:
    """A figure that stays sharp at any size."""
    return Picture(f"data:image/svg+xml;base64,{base64.b64encode(svg_bytes(figure)).decode()}", text)


def raster(figure: Figure, text: str, dpi: int = _SCREEN_DPI) -> Picture:
    """A figure in dots, for what would be larger in lines."""
    return Picture(f"data:image/png;base64,{base64.b64encode(png_bytes(figure, dpi)).decode()}", text)


def panel(where: PatientMap, tables: RunTables, cluster: int) -> Picture:
    """One cluster before all other patients."""
    dpi = _SCREEN_DPI if len(where.clusters) <= _MANY_CLUSTERS else _COARSE_CARD_DPI
    marked = f", marked by {in_sentence(tables.schema.outcome)}" if tables.schema.outcome else ""
    text = f"The patients of cluster {cluster} in the latent space{marked}, before all others in grey."
    return raster(cluster_panel(where, cluster), text, dpi)


def _alternatives(tables: RunTables) -> dict[str, str]:
    """What each figure shows, for readers who cannot see it."""
    schema = tables.schema
    shown = ", ".join(in_sentence(column) for column in pictured_columns(schema))
    ends = [
        f"{dim}: {history.groupby('epoch')['loss'].median().iloc[-1]:.2f}" for dim, history in tables.histories.items()
    ]
    texts = {
        "columns": f"Bars and curves of {shown}; the table below holds the numbers.",
        "training": f"Training loss over the epochs. Median in the last epoch by latent dimension: {'; '.join(ends)}.",
        "space": f"Map of the latent space with {clusters_in_words(len(tables.sizes))} marked and numbered.",
        "latent_structure": f"Four differences with their intervals, and a curve over the number of groups. "
        f"{answer_in_words(tables)}",
        "choice": f"Six small curves over the number of clusters. {tables.number.sentence}",
        "tree": "Rows of circles, one row for each number of clusters; lines from row to row show which ones split.",
    }
    if (part := tables.calibration) is not None:
        texts["coverage"] = f"Coverage minus credibility of {part.pictured(tables.clustered)}, a line per replica."
    if len(tables.sizes) <= _MANY_CLUSTERS:
        texts["panels"] = (
            f"A panel for each of {clusters_in_words(len(tables.sizes))}, with its points and those near by."
        )
    if schema.outcome:
        names = ", ".join(tables.cohort.groups.looks)
        texts["outcome"] = f"The latent space of {names}, one panel each, and of all together on the same axes."
    return texts
