"""Terrain before a small robot between crop rows: a simulated LiDAR, and a supervised VAE that says what lies ahead."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from retina_vae.cohort_settings import CohortSettings
from retina_vae.sources import Cohort, SchemaMaker, Source
from retina_vae.studies.study import Study
from retina_vae.studies.terrain.artefacts import ARTEFACTS, STEPS
from retina_vae.studies.terrain.defaults import DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from retina_vae.config import Configuration
    from retina_vae.release.rules import Rule
    from retina_vae.report.study import StudyPages

__all__ = ["STUDY"]


def _load(settings: CohortSettings, schema: SchemaMaker | None) -> Cohort:
    from retina_vae.studies.terrain.cohort import load_sweeps

    return load_sweeps(settings)


def _check(settings: CohortSettings, schema: SchemaMaker | None) -> None:
    from retina_vae.studies.terrain.cohort import check_sweeps

    check_sweeps(settings)


def _label_probabilities(configuration: Configuration, patients: pd.DataFrame) -> NDArray[np.float64] | None:
    """Of simulated sweeps; a clinic's or a farm's own table has none."""
    if configuration.cohort.source != "sweeps":
        return None
    from retina_vae.studies.terrain.cohort import label_probabilities

    return label_probabilities(patients)


def _pages(folder: Path, configuration: Configuration) -> StudyPages:
    from retina_vae.studies.terrain.report import study_pages

    return study_pages(folder, configuration)


def _releases() -> Mapping[str, Rule]:
    from retina_vae.drawing.release import release_pictures

    return {"pictures": release_pictures}


STUDY = Study(
    name="terrain",
    defaults=DEFAULTS,
    package=Path(__file__).parent,
    sources={
        "sweeps": Source(
            "simulated sweeps of a LiDAR between two crop rows",
            real=False,
            reads=("patients_per_group", "seed"),
            load=_load,
            check=_check,
            files=lambda settings: [],
            images=True,
            noun="sweep",
            part="level",
        )
    },
    pages=_pages,
    releases=_releases,
    artefacts=ARTEFACTS,
    steps=STEPS,
    label_probabilities=_label_probabilities,
)
"""The study, as the engine sees it."""
