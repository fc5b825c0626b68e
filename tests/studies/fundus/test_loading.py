"""The source of the study, and what it hands over to the engine."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from retina_vae.config import Configuration
from retina_vae.config_files import check_sources, parse_configuration
from retina_vae.errors import ConfigurationError
from retina_vae.sources import Cohort
from retina_vae.studies.fundus import STUDY
from retina_vae.studies.fundus.eyes import DIAGNOSES, draw_eyes
from retina_vae.studies.fundus.rendering import FACTORS, render_eyes


def settings(**cohort: object) -> Configuration:
    return parse_configuration({"study": "fundus", "cohort": {"source": "rendered_small", **cohort}}, "here")


def load(**cohort: object) -> Cohort:
    own = settings(**cohort)
    check_sources(own)
    return own.source.load(own.found_cohort, None)


def test_pixels_are_the_images_in_so_many_levels() -> None:
    found = load(pictures=20, levels=16, seed=3)
    assert found.schema.image.axes == (3, 16, 16)
    pixels = found.patients[[column.name for column in found.schema.inputs]].to_numpy()
    images = render_eyes(draw_eyes(20, 3), 16)
    assert_allclose(pixels / 16, images.reshape(20, -1), atol=1 / 32 + 1e-6)
    assert {column.maximum for column in found.schema.inputs} == {16}
    assert {column.maximum for column in load(pictures=2, levels=None).schema.inputs} == {255}


def test_tables_speak_of_the_factors_and_the_diagnosis() -> None:
    found = load(pictures=20, seed=3)
    assert [column.name for column in found.schema.in_words.inputs] == [own.name for own in FACTORS]
    assert found.schema.outcome.categories == DIAGNOSES
    eyes = draw_eyes(20, 3)
    assert_array_equal(found.patients[[own.name for own in FACTORS]], eyes[[own.name for own in FACTORS]])
    assert found.patients["diagnosis"].tolist() == eyes["diagnosis"].tolist()


def test_the_limit_is_known_of_the_patients_of_a_run() -> None:
    found = load(pictures=20)
    limit = STUDY.label_probabilities(settings(pictures=20), found.patients)
    assert limit.shape == (20, 3)
    assert_allclose(limit.sum(axis=1), 1)


def test_without_a_number_of_eyes_none_are_drawn() -> None:
    with pytest.raises(ConfigurationError, match=r"cohort\.pictures: expected how many eyes are drawn"):
        load(pictures=None)


def test_every_source_is_one_of_images_of_nobody() -> None:
    for own in STUDY.sources.values():
        assert own.images
        assert not own.real
        assert own.files(settings().cohort) == []
    assert np.isfinite(render_eyes(draw_eyes(3, 1), 32)).all()
