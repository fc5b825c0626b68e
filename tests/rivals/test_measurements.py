import math

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import lognorm, norm

from retina_vae.cohort import CohortSchema, Column
from retina_vae.cohort.kinds import KINDS
from retina_vae.rivals.measurements import _PARTS, CategoryPart, CountPart, LevelPart, NumberPart, measure

NUMBERS = pd.DataFrame({"id": ["a", "b", "c", "d"], "x": [1.0, 2.0, 4.0, np.nan]})


def schema_of(kind: str, categories: tuple[str, ...] = ()) -> CohortSchema:
    return CohortSchema(identifier="id", columns=(Column(name="x", label="x", kind=kind, categories=categories),))


def number_part(kind: str) -> NumberPart:
    part = measure(NUMBERS, schema_of(kind))[-1]
    assert isinstance(part, NumberPart)
    return part


def test_every_kind_is_measured() -> None:
    assert set(_PARTS) == set(KINDS)


def test_a_number_has_the_density_of_its_normal_distribution_in_its_own_unit() -> None:
    part = number_part("continuous")
    mean, variance = np.array([0.3, -1.0]), np.array([0.5, 2.0])
    found = part.log_density(NUMBERS, mean, variance)
    center, scale = part.coding
    for c in range(2):
        law = norm(center + scale * mean[c], scale * math.sqrt(variance[c]))
        assert found[:3, c] == pytest.approx(law.logpdf([1.0, 2.0, 4.0]))
    assert found[3].tolist() == [0.0, 0.0]  # a gap says nothing


def test_a_positive_number_has_the_density_of_its_lognormal_distribution() -> None:
    part = number_part("positive")
    found = part.log_density(NUMBERS, np.array([0.3]), np.array([0.5]))
    center, scale = part.coding
    law = lognorm(s=scale * math.sqrt(0.5), scale=math.exp(center + 0.3 * scale))
    assert found[:3, 0] == pytest.approx(law.logpdf([1.0, 2.0, 4.0]))


def test_a_number_that_is_often_zero_has_a_probability_there_and_a_density_above() -> None:
    patients = pd.DataFrame({"id": list("abcd"), "x": [0.0, 2.0, 4.0, np.nan]})
    above, size = measure(patients, schema_of("zero_inflated"))
    assert isinstance(above, CategoryPart)
    assert isinstance(size, NumberPart)
    probabilities = np.array([[0.25, 0.75]])

    def density(value: float) -> float:
        one = pd.DataFrame({"id": ["a"], "x": [value]})
        logs = above.log_density(one, probabilities) + size.log_density(one, np.array([0.2]), np.array([1.5]))
        return math.exp(logs.item())

    assert density(0.0) == pytest.approx(0.25)
    assert quad(density, 0, np.inf, limit=200)[0] == pytest.approx(0.75, abs=1e-6)
    assert density(math.nan) == 1.0


def test_the_probabilities_of_all_counts_add_up_to_one() -> None:
    counts = pd.DataFrame({"id": [f"{i}" for i in range(3000)], "x": np.arange(3000.0)})
    part = measure(counts.iloc[:8], schema_of("count"))[0]
    assert isinstance(part, CountPart)
    for mean, variance in ((0.0, 1.0), (-2.0, 0.3), (0.5, 1e-6)):
        logs = part.log_density(counts, np.array([mean]), np.array([variance]))
        assert np.exp(logs).sum() == pytest.approx(1.0, abs=1e-6)
        assert (logs <= 0).all()  # however small the variance


def test_a_count_far_out_in_a_tail_has_a_probability_that_is_small_and_finite() -> None:
    counts = pd.DataFrame({"id": ["a", "b"], "x": [0.0, 50_000.0]})
    part = measure(pd.DataFrame({"id": ["a", "b"], "x": [3.0, 4.0]}), schema_of("count"))[0]
    assert isinstance(part, CountPart)
    logs = part.log_density(counts, np.array([0.0]), np.array([1.0]))[:, 0]
    assert np.isfinite(logs).all()
    assert (logs < -40).all()


def test_categories_have_their_probabilities_and_gaps_say_nothing() -> None:
    patients = pd.DataFrame({"id": list("abc"), "x": ["no", "yes", None]})
    (part,) = measure(patients, schema_of("binary", ("no", "yes")))
    assert isinstance(part, CategoryPart)
    found = np.exp(part.log_density(patients, np.array([[0.9, 0.1], [0.4, 0.6]])))
    assert found == pytest.approx(np.array([[0.9, 0.4], [0.1, 0.6], [1.0, 1.0]]))


def test_a_column_that_nobody_has_is_left_out() -> None:
    patients = pd.DataFrame({"id": list("ab"), "x": [np.nan, np.nan], "y": [1.0, 2.0]})
    columns = tuple(Column(name=name, label=name, kind="continuous") for name in "xy")
    parts = measure(patients, CohortSchema(identifier="id", columns=columns))
    assert [part.column.name for part in parts] == ["y"]


@pytest.mark.parametrize("largest", [1, 12, 255])
def test_the_probabilities_of_all_levels_add_up_to_one(largest: int) -> None:
    levels = pd.DataFrame({"id": [f"{place}" for place in range(largest + 1)], "x": np.arange(largest + 1.0)})
    column = Column(name="x", label="x", kind="level", maximum=largest)
    (part,) = measure(levels, CohortSchema(identifier="id", columns=(column,)))
    assert isinstance(part, LevelPart)
    for mean, variance in ((0.0, 1.0), (-2.0, 0.3), (1.5, 1e-6)):
        logs = part.log_density(levels, np.array([mean]), np.array([variance]))
        assert np.exp(logs).sum() == pytest.approx(1.0, abs=1e-9)
        assert (logs <= 0).all()


def test_a_level_is_a_z_score_and_no_class_narrows_to_one() -> None:
    """It weighs as much as other numbers, whatever share of its maximum the cohort has."""
    patients = pd.DataFrame({"id": list("abcd"), "x": [2.0, 3.0, 7.0, np.nan]})
    column = Column(name="x", label="x", kind="level", maximum=30)
    (part,) = measure(patients, CohortSchema(identifier="id", columns=(column,)))
    assert isinstance(part, LevelPart)
    values = part.values(patients)
    assert np.nanmean(values) == pytest.approx(0)
    assert np.nanstd(values) == pytest.approx(1)
    smallest = 1 / (12 * np.array([2.0, 3.0, 7.0]).var())
    found = part.guarded(np.array([0.0, 0.0]), np.array([0.0, 2.0]))
    assert found == pytest.approx([smallest, 2.0])
    assert part.log_density(patients, np.array([0.0]), np.array([1.0]))[3].tolist() == [0.0]
