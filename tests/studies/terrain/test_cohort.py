"""Sweeps as a cohort."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retina_vae.config import Configuration
from retina_vae.config_files import check_sources, parse_configuration
from retina_vae.errors import ConfigurationError
from retina_vae.sources import Cohort
from retina_vae.studies.terrain.cohort import sweep_levels
from retina_vae.studies.terrain.scenes import TERRAINS
from retina_vae.studies.terrain.sweeps import BEAMS, LEVELS


def settings(**cohort: object) -> Configuration:
    return parse_configuration({"study": "terrain", "cohort": cohort}, "here")


def load(**cohort: object) -> Cohort:
    own = settings(**cohort)
    check_sources(own)
    return own.source.load(own.found_cohort, None)


def test_a_sweep_is_an_item_of_beams_with_its_terrain_and_measures() -> None:
    found = load(patients_per_group=20)
    assert found.schema.image.axes == (1, 1, BEAMS)
    assert found.patients["terrain"].value_counts().to_dict() == dict.fromkeys(TERRAINS, 20)
    levels = sweep_levels(found.patients)
    assert (levels.min() >= 0, levels.max()) == (True, LEVELS)
    assert found.patients["heading"].abs().max() < 45
    free = found.patients[found.patients["terrain"] == "free"]
    solid = found.patients[found.patients["terrain"] == "untraversable obstacle"]
    assert solid["nearest_ahead"].max() < 0.8 < free["nearest_ahead"].median()
    assert settings(patients_per_group=20).source.item == "sweep"


def test_the_same_seed_draws_the_same_sweeps() -> None:
    one, same, other = (load(patients_per_group=5, seed=seed).patients for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, same)
    assert not np.array_equal(sweep_levels(one), sweep_levels(other))


@pytest.mark.parametrize(
    ("cohort", "message"),
    [
        ({"patients_per_group": 30_000}, r"cohort\.patients_per_group: expected at most 25,000 .* got 30,000"),
        ({"levels": 10}, r"cohort\.levels: expected no such key, .* got 10"),
        ({"pictures": 10}, r"cohort\.pictures: expected no such key"),
        ({"folder": "there"}, r"cohort\.folder: expected no such key"),
    ],
)
def test_what_no_sweep_can_be_is_refused(cohort: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        load(**cohort)
