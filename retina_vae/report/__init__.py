"""Fifth stage: the paper's figures and the cluster report, from tables alone."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from retina_vae.report.figures import (
    PatientMap,
    figure2,
    figure3,
    figure4,
    figure5,
    figure6,
    patient_map,
    save_figure,
)
from retina_vae.report.html import render_html
from retina_vae.report.tables import RunTables

__all__ = ["RunTables", "draw_figures", "render_report", "save_figures"]


def draw_figures(tables: RunTables) -> dict[str, Figure]:
    """The paper's figures of a run, by name: ``figure2`` to ``figure6``."""
    where = _where(tables)
    return {**_draw_shared(tables, where), "figure6": figure6(where, tables.schema)}


def save_figures(tables: RunTables, folder: Path) -> list[Path]:
    """Write every figure of a run to ``folder`` as ``<name>.svg`` and ``<name>.png``; return the paths."""
    return [path for name, figure in draw_figures(tables).items() for path in save_figure(figure, folder, name)]


def render_report(tables: RunTables) -> str:
    """The cluster report of a run: one HTML page that holds its pictures and styles itself."""
    where = _where(tables)
    return render_html(tables, _draw_shared(tables, where), where)


def _where(tables: RunTables) -> PatientMap:
    return patient_map(tables.codes, tables.patients, tables.assignments, tables.schema)


def _draw_shared(tables: RunTables, where: PatientMap) -> dict[str, Figure]:
    """The figures that stand on the page as well as in files; of Figure 6 the page shows the panels one by one."""
    return {
        "figure2": figure2(tables.patients, tables.schema),
        "figure3": figure3(tables.histories),
        "figure4": figure4(where),
        "figure5": figure5(where, tables.schema),
    }
