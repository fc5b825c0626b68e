"""Fifth stage: the figures and the cluster report, from tables alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from matplotlib.figure import Figure

from retina_vae.report.choices import loss_unit
from retina_vae.report.figures import (
    PatientMap,
    choice,
    figure2,
    figure3,
    figure4,
    figure5,
    figure6,
    patient_map,
    save_figure,
    stand_in_map,
    tree,
)
from retina_vae.report.gallery import draw_gallery
from retina_vae.report.html import render_html
from retina_vae.report.tables import RunTables

__all__ = ["RunTables", "draw_figures", "render_report", "save_figures"]


def draw_figures(tables: RunTables) -> dict[str, Figure]:
    """The figures of a run by name: the paper's ``figure2`` to ``figure6``, ``choice``, ``tree``, pictures of models.

    Which of the latter a run has, :func:`retina_vae.pictures.pictured_models` says.
    """
    where, number, k = _where(tables), tables.number, tables.configuration.clusters.k
    own_tree = number.tree[number.tree["replica"] == tables.reported]
    return {
        "figure2": figure2(tables.patients, tables.schema, floor=tables.configuration.small_cell_floor),
        "figure3": figure3(tables.histories, loss_unit(tables.configuration.vae)),
        "figure4": figure4(where),
        "figure5": figure5(where, tables.schema),
        "figure6": figure6(where, tables.schema),
        "choice": choice(number.criteria, number.across, number.choices, k),
        "tree": tree(own_tree, k),
        **draw_gallery(tables),
    }


def save_figures(figures: Mapping[str, Figure], folder: Path) -> list[Path]:
    """Write figures to ``folder`` as ``<name>.svg`` and ``<name>.png``; return the paths."""
    return [path for name, figure in figures.items() for path in save_figure(figure, folder, name)]


def render_report(tables: RunTables, figures: Mapping[str, Figure]) -> str:
    """The cluster report of a run: one HTML page that holds its pictures and styles itself.

    Args:
        tables: The run.
        figures: As from :func:`draw_figures`; of Figure 6 the page shows the panels one by one.
    """
    return render_html(tables, figures, _where(tables))


def _where(tables: RunTables) -> PatientMap:
    """The patients' codes; or, where counts of few patients are not shown, points that stand for groups."""
    joined = tables.codes, tables.patients, tables.assignments, tables.schema
    floor, seed = tables.configuration.small_cell_floor, tables.configuration.latent.seed
    return patient_map(*joined) if floor <= 1 else stand_in_map(*joined, tables.table1, floor, seed)
