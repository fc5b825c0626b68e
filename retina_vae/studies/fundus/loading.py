"""The source of the study: eyes that are drawn, and their images."""

from __future__ import annotations

import numpy as np

from retina_vae.cohort_settings import CohortSettings
from retina_vae.errors import ConfigurationError
from retina_vae.images import Told, image_cohort
from retina_vae.sources import Cohort
from retina_vae.studies.fundus.eyes import DIAGNOSES, DIAGNOSIS, draw_eyes
from retina_vae.studies.fundus.rendering import FACTORS, RANGES, render_eyes

__all__ = ["check_rendered", "load_rendered"]

_LEVELS = 255


def load_rendered(settings: CohortSettings, side: int) -> Cohort:
    """So many eyes as ``cohort.pictures`` says, with images of ``cohort.levels`` levels above 0; each once.

    The factors that made an image are held out, so that tables and sentences speak of them.

    Args:
        settings: Of the cohort.
        side: Pixels along a side.

    Raises:
        ConfigurationError: Nobody says how many.
    """
    check_rendered(settings)
    levels = _LEVELS if settings.levels is None else settings.levels
    eyes = draw_eyes(int(settings.pictures or 0), settings.seed)
    images = np.rint(render_eyes(eyes, side) * levels).astype(np.uint8)
    labels = eyes[DIAGNOSIS].cat.codes.to_numpy().astype(np.uint8)
    told = Told(FACTORS, eyes[list(RANGES)])
    return image_cohort(images, labels, DIAGNOSES, levels, told, DIAGNOSIS)


def check_rendered(settings: CohortSettings) -> None:
    """Raise ConfigurationError where nobody says how many eyes are drawn."""
    if settings.pictures is None:
        raise ConfigurationError(
            "cohort.pictures: expected how many eyes are drawn, such as 3000, got nothing: there is no end of "
            "simulated ones."
        )
