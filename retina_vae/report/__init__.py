"""Fifth stage: the figures and the cluster report, from tables alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from retina_vae.progress import Advance, counted, silent
from retina_vae.report.choices import loss_unit
from retina_vae.report.figures import (
    PatientMap,
    all_clusters,
    by_outcome,
    choice,
    columns,
    coverage_curves,
    latent_structure,
    panels,
    patient_map,
    save_figure,
    training,
    tree,
)
from retina_vae.report.gallery import draw_gallery
from retina_vae.report.html import render_html
from retina_vae.report.manuscript.files import takeaway_files
from retina_vae.report.nouns import renamed_in_html
from retina_vae.report.study import StudyPages, StudySection
from retina_vae.report.tables import RunTables

__all__ = ["RunTables", "StudyPages", "StudySection", "draw_figures", "render_report", "save_figures", "takeaway_files"]


def draw_figures(tables: RunTables) -> dict[str, Figure]:
    """The figures of a run by name; ``outcome`` where there is an outcome, and pictures of models.

    Which of the latter a run has, :func:`retina_vae.pictures.pictured_models` says.
    """
    where, number, k = _where(tables), tables.number, tables.configuration.clusters.number
    reported_tree = number.tree[number.tree["replica"] == tables.reported]
    return {
        "columns": columns(tables.cohort, tables.schema),
        "training": training(tables.histories, loss_unit(tables.configuration.vae)),
        "space": all_clusters(where),
        **({"outcome": by_outcome(where)} if tables.schema.outcome else {}),
        "panels": panels(where),
        "latent_structure": latent_structure(number.candidates, number.comparisons, int(number.structure["k"].iloc[0])),
        "choice": choice(number.criteria, number.choices, k),
        "tree": tree(reported_tree, k),
        **({"coverage": coverage_curves(drawn)} if (drawn := _coverage(tables)) is not None else {}),
        **draw_gallery(tables),
    }


def save_figures(figures: Mapping[str, Figure], folder: Path, advance: Advance = silent) -> list[Path]:
    """Write figures to ``folder`` as ``<name>.svg`` and ``<name>.png``; return the paths.

    Pictures that an earlier run of this command left there and these are not, such as those of an outcome that the
    table no longer has, are removed: the report does not speak of them.
    """
    drawn = counted(figures.items(), advance)
    paths = [path for name, figure in drawn for path in save_figure(figure, folder, name)]
    for left in {*folder.glob("*.svg"), *folder.glob("*.png")} - set(paths):
        left.unlink()
    return paths


def render_report(tables: RunTables, figures: Mapping[str, Figure], pages: StudyPages | None = None) -> str:
    """The cluster report of a run: one HTML page that holds its pictures and styles itself.

    Args:
        tables: The run.
        figures: As from :func:`draw_figures`; of the panels of the clusters the page shows each by itself.
        pages: What the run's study adds; nothing without it.
    """
    page = render_html(tables, figures, _where(tables), pages or StudyPages())
    noun = tables.configuration.source.called
    return page if noun is None else renamed_in_html(page, noun)


def _coverage(tables: RunTables) -> pd.DataFrame | None:
    """The coverage of the model that is pictured; None where no model has a density."""
    own = tables.calibration
    return None if own is None else own.coverage[own.coverage["model"] == own.pictured(tables.clustered)]


def _where(tables: RunTables) -> PatientMap:
    """What the maps show."""
    cohort, total = tables.cohort, tables.account.patients
    return patient_map(tables.points, tables.centers, tables.sizes, cohort.groups, total, stand_ins=tables.gate.hides)
