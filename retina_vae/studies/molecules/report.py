"""What the study of molecules adds to the report: drawn molecules, tables, what to cite, what not to conclude."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

from retina_vae.config import Configuration
from retina_vae.drawing.models import compared_models, model_words
from retina_vae.files import read_table
from retina_vae.report.environment import report_environment
from retina_vae.report.pictures import raster
from retina_vae.report.study import StudyPages, StudySection
from retina_vae.run import Run
from retina_vae.studies.molecules.artefacts import DRAWN, FIGURES, MODELS, MOVED, NEIGHBOURS, PROPERTIES_OF_CODES
from retina_vae.studies.molecules.chemistry import require_packages
from retina_vae.studies.molecules.examples import SHOWN_RADII
from retina_vae.studies.molecules.figures import draw_molecules, draw_similarity
from retina_vae.studies.molecules.wording import (
    model_table,
    moved_table,
    neighbour_sentences,
    property_table,
    sentences,
)

__all__ = ["study_pages"]

_QM9 = (
    "Ramakrishnan, R., Dral, P. O., Rupp, M. and von Lilienfeld, O. A. Quantum chemistry structures and properties of "
    "134 kilo molecules. Scientific Data 1, 140022, 2014. As the package qm9pack ships it."
)
_SELFIES = (
    "Krenn, M., Häse, F., Nigam, A., Friederich, P. and Aspuru-Guzik, A. Self-referencing embedded strings (SELFIES): "
    "a 100% robust molecular string representation. Machine Learning: Science and Technology 1, 045024, 2020."
)
_LIMITS = [
    "A molecule that a model writes is a drawing of one: nobody has made it, and whether it can be made, is stable or "
    "does anything is not asked here. Properties are those that RDKit computes from the drawing.",
    "QM9 holds molecules of up to nine heavy atoms. What holds of them need not hold of the larger ones of drugs.",
    "Tables and sentences are about a few properties of each molecule, not about its symbols.",
]
_ALTERNATIVES = {
    "neighbours": "Rows of drawn molecules for each model: a molecule, and those decoded near it, by radius.",
    "similarity": "Lines of the mean similarity that fall as the radius grows, for each model.",
    "prior": "Rows of drawn molecules from random codes, for each model.",
    "path": "A row of drawn molecules that change from one to another, for each model.",
    "moved": "A row of drawn molecules whose code moves along logP, for each model.",
}


def study_pages(folder: Path, configuration: Configuration) -> StudyPages:
    """The study's words on the run in ``folder``, and its molecules.

    Raises:
        ConfigurationError: RDKit, which draws them, is not installed.
        InputError: A table of the run is unreadable.
    """
    require_packages()
    settings, released = Run(configuration, folder / "release").dimensioned().settings, folder / "release"
    tables = {name: _read(released / name) for name in (MODELS, NEIGHBOURS, PROPERTIES_OF_CODES, MOVED, DRAWN)}
    names = {name: _name(name, settings) for name in compared_models(settings)}
    figures = _figures(tables, names)
    html = (
        report_environment("retina_vae.studies.molecules")
        .get_template("molecules.html.j2")
        .render(
            figures={name: raster(figure, _ALTERNATIVES[name]) for name, figure in figures.items()},
            models=model_table(tables[MODELS], names),
            moved=moved_table(tables[MOVED], names),
            properties=property_table(tables[PROPERTIES_OF_CODES], names),
            sentences=sentences(tables[MODELS], names),
            neighbours=neighbour_sentences(tables[NEIGHBOURS], names),
        )
    )
    shown = {f"molecules_{name}": figure for name, figure in figures.items()}
    return StudyPages(
        sections=[StudySection("molecules", "The molecules", Markup(html), after="clusters")],
        figures=shown,
        limits=_LIMITS,
        citation=[_SELFIES, *([] if configuration.cohort.source == "file" else [_QM9])],
        methods=[
            "The inputs are the symbols of molecules, each a sequence; the tables hold properties that RDKit computes."
        ],
        subtitle="A run of molecules, whose symbols the model reads.",
        files=[
            (f"../release/{MODELS}", "how well models write molecules again, and what they draw from the prior"),
            (f"../release/{NEIGHBOURS}", "how alike molecules are to those that they lie near"),
            (f"../release/{PROPERTIES_OF_CODES}", "how well codes say the properties"),
            (f"../release/{MOVED}", "what moving along a property does"),
            (f"../release/{DRAWN}", "the molecules that are drawn, in SMILES"),
            *((f"figures/{name}.svg", f"{name.replace('_', ', ')}, for print") for name in shown),
        ],
    )


def _read(path: Path) -> pd.DataFrame:
    table = read_table(path)
    texts = [name for name in ("model", "unit", "smiles", "caption") if name in table]
    return table.assign(**{name: table[name].astype(object).fillna("").astype(str) for name in texts})


def _name(name: str, settings: Configuration) -> str:
    words = model_words(settings.model(name))
    return words if words == name else f"{words} ({name})"


def _figures(tables: dict[str, pd.DataFrame], names: dict[str, str]) -> dict[str, Figure]:
    drawn = tables[DRAWN]
    labels = {row: f"r = {radius:g}" for row, radius in enumerate(SHOWN_RADII, start=1)}
    made = {"similarity": draw_similarity(tables[NEIGHBOURS], names)}
    for kind in ("neighbours", "prior", "path", "moved"):
        beside = labels if kind == "neighbours" else None
        made[kind] = draw_molecules(drawn[drawn["set"] == kind], names, beside)
    return {name: made[name] for name in FIGURES}
