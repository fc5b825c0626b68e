"""Simulated sweeps as a cohort: an item each, whose beams are the inputs and whose terrain is the outcome."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort.image_shape import ImageShape
from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.cohort_settings import CohortSettings
from retina_vae.errors import ConfigurationError
from retina_vae.sources import Cohort
from retina_vae.studies.terrain.measures import MEASURES, measure_sweeps
from retina_vae.studies.terrain.posterior import terrain_posterior
from retina_vae.studies.terrain.scenes import TERRAINS, draw_scenes
from retina_vae.studies.terrain.sweeps import BEAMS, LEVELS, draw_sweeps

__all__ = [
    "IDENTIFIER",
    "OUTCOME",
    "check_sweeps",
    "label_probabilities",
    "load_sweeps",
    "sweep_levels",
    "sweep_schema",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

IDENTIFIER, OUTCOME = "sweep", "terrain"

_MOST = 25_000
"""Sweeps of each terrain."""


def sweep_schema() -> CohortSchema:
    """The columns of the sweeps: terrain, what is known of the scene and measured of the sweep, and the beams."""
    outcome = Column(
        name=OUTCOME, label="Terrain", kind="nominal", role="outcome", categories=TERRAINS, phrases=TERRAINS
    )
    beams = (
        Column(name=f"beam_{beam}", label=f"Beam {beam} from the right", kind="level", maximum=LEVELS, required=True)
        for beam in range(1, BEAMS + 1)
    )
    shape = ImageShape(height=1, width=BEAMS)
    return CohortSchema(identifier=IDENTIFIER, columns=(outcome, *MEASURES, *beams), image=shape)


def load_sweeps(settings: CohortSettings) -> Cohort:
    """As many sweeps of each terrain, in random order.

    Args:
        settings: How many of each, and the seed.

    Raises:
        ConfigurationError: More are asked for than a run can hold.
    """
    check_sweeps(settings)
    rng = np.random.default_rng(settings.seed)
    terrains = rng.permutation(np.repeat(np.arange(len(TERRAINS)), settings.patients_per_group))
    scenes = draw_scenes(terrains, rng)
    levels, schema = draw_sweeps(scenes, rng), sweep_schema()
    digits = max(5, len(str(len(levels))))
    names = [f"S{number:0{digits}d}" for number in range(1, len(levels) + 1)]
    parts: list[pd.DataFrame | pd.Series] = [
        pd.Series(names, name=IDENTIFIER, dtype="str"),
        pd.Series(pd.Categorical.from_codes(terrains, categories=pd.Index(TERRAINS)), name=OUTCOME),
        measure_sweeps(levels, scenes),
        pd.DataFrame(levels.astype(np.uint8), columns=[column.name for column in schema.inputs]),
    ]
    return Cohort(pd.concat(parts, axis=1), schema)


def check_sweeps(settings: CohortSettings) -> None:
    """Raise ConfigurationError where more sweeps are asked for than a run can hold, or keys say what none can be."""
    if settings.patients_per_group > _MOST:
        raise ConfigurationError(
            f"cohort.patients_per_group: expected at most {_MOST:,} sweeps of each terrain, got "
            f"{settings.patients_per_group:,}."
        )
    for key in ("levels", "pictures", "folder"):
        if getattr(settings, key) is not None:
            raise ConfigurationError(
                f"cohort.{key}: expected no such key, because sweeps are simulated with {LEVELS} levels and none lies "
                f"in a file, got {getattr(settings, key)!r}. cohort.patients_per_group says how many there are."
            )


def sweep_levels(patients: pd.DataFrame) -> IntArray:
    """Levels of the beams, shape (sweeps, beams)."""
    return patients[[f"beam_{beam}" for beam in range(1, BEAMS + 1)]].to_numpy(dtype=np.int64)


def label_probabilities(patients: pd.DataFrame) -> FloatArray:
    """p(terrain | sweep) of each sweep, shape (sweeps, terrains)."""
    return terrain_posterior(sweep_levels(patients)).probability
