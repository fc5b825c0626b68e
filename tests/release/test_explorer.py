"""What a browser gets of the reported replica."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import CohortSchema, Column
from retina_vae.release.explorer import release_explorer
from tests.release.full import context_of

SCHEMA = CohortSchema(
    identifier="id",
    columns=(
        Column(name="age", label="Age", kind="continuous"),
        Column(name="sex", label="Sex", kind="binary", categories=("f", "m")),
    ),
)
AGES = np.linspace(20, 90, 300)
PATIENTS = pd.DataFrame({"id": [str(place) for place in range(300)], "age": AGES, "sex": ["f", "m"] * 150})


def packed(values: np.ndarray) -> dict[str, Any]:
    numbers = np.ascontiguousarray(values, dtype="<f8")
    return {"dtype": "<f8", "shape": list(numbers.shape), "base64": base64.b64encode(numbers.tobytes()).decode()}


def unpacked(array: dict[str, Any]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(array["base64"]), array["dtype"])


def model(reference: np.ndarray, **more: Any) -> dict[str, Any]:
    age = {"name": "age", "numeric": True, "low": 20.0, "start": 55.0, "high": 90.0}
    sex = {"name": "sex", "numeric": False, "categories": ["f", "m"], "start": "f"}
    typicality = {"has_density": True, "reference": packed(reference)} | more
    return {"format": 4, "columns": [age, sex], "typicality": typicality, "encoder": {"hidden": 1}}


def released(full: dict[str, Any] | None, sizes: list[int], floor: int = 11) -> dict[str, Any] | None:
    clusters = pd.Series(np.repeat(np.arange(1, len(sizes) + 1), sizes))
    return release_explorer(full, context_of(PATIENTS, clusters, SCHEMA, floor))


def test_without_a_floor_it_is_the_same() -> None:
    full = model(np.sort(AGES))
    assert released(full, [299, 1], floor=1) is full


def test_of_pictures_there_is_none() -> None:
    for sizes in ([299, 1], [300]):
        assert released(None, sizes) is None


def test_with_a_hidden_cluster_there_is_none() -> None:
    """The centre of a cluster of one patient is that patient's code, which the decoder makes a profile of."""
    assert released(model(np.sort(AGES)), [299, 1]) is None
    assert released(model(np.sort(AGES)), [200, 100]) is not None


def test_ranges_leave_out_as_many_patients_as_the_floor_at_each_end() -> None:
    age, sex = (released(model(np.sort(AGES)), [300]) or {})["columns"]
    assert (age["low"] + 0.5 >= AGES).sum() >= 11
    assert (age["high"] - 0.5 <= AGES).sum() >= 11
    assert age["start"] == 55
    assert sex["start"] == "f"


def test_typicality_is_ranked_among_means_of_at_least_as_many_patients_as_the_floor() -> None:
    own = np.sort(np.random.default_rng(0).normal(size=300))
    typicality = (released(model(own), [300]) or {})["typicality"]
    means, percent = unpacked(typicality["reference"]), unpacked(typicality["percent"])
    assert len(means) == 300 // 11
    assert means[0] == pytest.approx(own[:11].mean())
    assert means[-1] == pytest.approx(own[(len(means) - 1) * 11 :].mean())
    assert percent[0] == pytest.approx(100 * 5.5 / 300)
    ranks = 100 * np.searchsorted(own, means) / 300
    assert np.abs(ranks - percent).max() < 100 * 11 / 300


def test_scores_that_are_means_already_are_joined_by_how_many_they_stand_for() -> None:
    """300 scores as 100 means of 3: with a floor of 11, means of 4 of them."""
    own = np.sort(np.random.default_rng(1).normal(size=300))
    thinned, middles = own.reshape(100, 3).mean(axis=1), 100 * (np.arange(100) * 3 + 1.5) / 300
    typicality = (released(model(thinned, percent=packed(middles)), [300]) or {})["typicality"]
    means, percent = unpacked(typicality["reference"]), unpacked(typicality["percent"])
    np.testing.assert_allclose(means, own.reshape(25, 12).mean(axis=1))
    np.testing.assert_allclose(percent, 100 * (np.arange(25) * 12 + 6) / 300)


def test_held_out_scores_are_told_as_means_of_as_many_patients_too() -> None:
    """Of fewer patients than the cohort has, as where a sample of it was measured."""
    scores = np.sort(np.random.default_rng(3).normal(size=120))
    full = model(np.sort(AGES), calibration={"patients": 120, "reference": packed(scores)})
    told = (released(full, [300]) or {})["typicality"]["calibration"]
    means, percent = unpacked(told["reference"]), unpacked(told["percent"])
    assert len(means) == 120 // 11
    assert not set(means) & set(scores)
    np.testing.assert_allclose(means[0], scores[:11].mean())
    np.testing.assert_allclose(means[-1], scores[11 * 9 :].mean())
    np.testing.assert_allclose(percent[0], 100 * 5.5 / 120)
    assert told["patients"] == 120
