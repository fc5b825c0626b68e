"""Schematic fundus images whose factors are known: does a coordinate of the code carry one of them?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from retina_vae.classifiers.artefacts import CLASSIFIER_ARTEFACT, CLASSIFIER_STEP
from retina_vae.cohort_settings import CohortSettings
from retina_vae.drawing.artefacts import IMAGE_ARTEFACTS, IMAGE_STEP
from retina_vae.sources import Cohort, SchemaMaker, Source
from retina_vae.studies.fundus.defaults import DEFAULTS
from retina_vae.studies.study import Study

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from retina_vae.config import Configuration
    from retina_vae.release.rules import Rule
    from retina_vae.report.study import StudyPages

__all__ = ["STUDY"]


def _rendered(side: int) -> Source:
    """Images of so many pixels along a side."""

    def load(settings: CohortSettings, schema: SchemaMaker | None) -> Cohort:
        from retina_vae.studies.fundus.loading import load_rendered

        return load_rendered(settings, side)

    def check(settings: CohortSettings, schema: SchemaMaker | None) -> None:
        from retina_vae.studies.fundus.loading import check_rendered

        check_rendered(settings)

    words = f"schematic fundus images of simulated eyes, {side} x {side} pixels"
    reads = ("levels", "pictures", "seed")
    return Source(words, real=False, reads=reads, load=load, check=check, files=lambda settings: [], images=True)


_SOURCES = {"rendered": _rendered(32), "rendered_small": _rendered(16)}
"""The small ones are for a quick look: drusen are hardly more than a pixel there."""


def _pages(folder: Path, configuration: Configuration) -> StudyPages:
    from retina_vae.studies.fundus.report import study_pages

    return study_pages(folder, configuration)


def _releases() -> Mapping[str, Rule]:
    from retina_vae.drawing.release import release_pictures

    return {"pictures": release_pictures}


def _label_probabilities(configuration: Configuration, patients: pd.DataFrame) -> NDArray[np.float64] | None:
    if configuration.cohort.source not in _SOURCES:
        return None
    from retina_vae.studies.fundus.eyes import diagnosis_probabilities

    return diagnosis_probabilities(patients)


STUDY = Study(
    name="fundus",
    defaults=DEFAULTS,
    package=Path(__file__).parent,
    sources=_SOURCES,
    pages=_pages,
    releases=_releases,
    artefacts=(*IMAGE_ARTEFACTS, CLASSIFIER_ARTEFACT),
    steps=(IMAGE_STEP, CLASSIFIER_STEP),
    label_probabilities=_label_probabilities,
)
"""The study, as the engine sees it."""
