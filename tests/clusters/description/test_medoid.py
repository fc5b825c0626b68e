import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest

from retina_vae.clusters.description.medoid import find_medoids
from retina_vae.cohort import CohortSchema, Column

SCHEMA = CohortSchema(
    columns=(
        Column(name="ward", kind="nominal", label="Ward", categories=("A", "B", "C")),
        Column(name="grade", kind="ordinal", label="Grade", categories=("I", "II", "III")),
        Column(name="age", kind="continuous", label="Age", unit="years"),
        Column(name="hours", kind="zero_inflated", label="Hours"),
        Column(name="died", kind="binary", label="Died", role="outcome", categories=("no", "yes")),
    ),
    identifier="id",
)


def people(**columns: list[object]) -> pd.DataFrame:
    """Patients who are alike but in these columns."""
    count = len(next(iter(columns.values())))
    usual = {"ward": "A", "grade": "I", "age": 50.0, "hours": 0.0, "died": "no"}
    own = {"id": [f"P{i}" for i in range(1, count + 1)], **{name: [value] * count for name, value in usual.items()}}
    return pd.DataFrame(own | columns)


def medoid(patients: pd.DataFrame) -> int:
    return find_medoids(patients, np.ones(len(patients), dtype=np.int64), SCHEMA)[1]


def mixed(count: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return people(
        id=[f"P{i}" for i in rng.permutation(count)],
        ward=rng.choice(["A", "B", "C"], count).tolist(),
        grade=rng.choice(["I", "II", "III"], count).tolist(),
        age=rng.normal(60, 10, count).tolist(),
        hours=np.where(rng.random(count) < 0.4, 0, np.exp(rng.normal(1, 1, count))).tolist(),
    )


def limits_of(values: pd.Series) -> tuple[float, float]:
    low, high = np.quantile(values, [0.01, 0.99])
    return float(low), float(high)


def gower(a: dict[str, Any], b: dict[str, Any], ages: tuple[float, float], hours_above: tuple[float, float]) -> float:
    """The definition, of a pair and the limits of the age and of the logarithm of the hours above 0."""

    def share(limits: tuple[float, float], first: float, second: float) -> float:
        low, high = limits
        return abs(min(max(first, low), high) - min(max(second, low), high)) / (high - low)

    grades = {"I": 0, "II": 1, "III": 2}
    if a["hours"] > 0 and b["hours"] > 0:
        hours = share(hours_above, np.log(a["hours"]), np.log(b["hours"]))
    else:
        hours = float((a["hours"] > 0) != (b["hours"] > 0))
    parts = [
        float(a["ward"] != b["ward"]),
        abs(grades[a["grade"]] - grades[b["grade"]]) / 2,
        share(ages, a["age"], b["age"]),
        hours,
    ]
    return float(np.mean(parts))


@pytest.mark.parametrize("seed", range(4))
def test_it_has_the_least_mean_gower_distance_to_the_members(seed: int) -> None:
    patients, clusters = mixed(60, seed), np.random.default_rng(seed).choice([1, 2, 5], 60)
    found = find_medoids(patients, clusters, SCHEMA)
    assert list(found) == [1, 2, 5]
    ages, hours = limits_of(patients["age"]), limits_of(np.log(patients["hours"][patients["hours"] > 0]))
    rows = patients.to_dict("records")
    for cluster, own in found.items():
        members = np.flatnonzero(clusters == cluster)
        means = {one: np.mean([gower(rows[one], rows[other], ages, hours) for other in members]) for one in members}
        assert own in members
        assert means[own] == pytest.approx(min(means.values()))


def test_it_has_the_usual_values_where_somebody_has_them_all() -> None:
    """Whatever the order of the rows, and whatever an outcome says."""
    ages = [44.0, 48.0, 50.0, 52.0, 300.0]
    for order in itertools.permutations(range(5)):
        patients = people(
            ward=[["B", "A", "A", "C", "A"][i] for i in order],
            age=[ages[i] for i in order],
            died=[["no", "no", "yes", "no", "no"][i] for i in order],
        )
        assert medoid(patients) == order.index(2)


def test_an_outlier_of_the_cohort_does_not_silence_its_column() -> None:
    """200 patients of two clusters: one has an age of 1e9, and the members differ by age alone but for the ward."""
    ages = [*np.linspace(40, 60, 99).tolist(), 1e9, *np.linspace(20, 30, 100).tolist()]
    found = find_medoids(people(age=ages), np.repeat([1, 2], 100), SCHEMA)
    assert ages[found[1]] == pytest.approx(50, abs=1)
    assert ages[found[2]] == pytest.approx(25, abs=1)


def test_the_first_identifier_of_equals_is_taken_wherever_it_stands() -> None:
    assert medoid(people(id=["c", "a", "b"], age=[50.0, 50.0, 50.0])) == 1
    assert medoid(people(id=["c", "b", "a", "d"], age=[40.0, 50.0, 60.0, 50.0])) == 1


def test_a_gap_is_neither_near_nor_far() -> None:
    """Of two who are alike but for a gap, the one with the usual value is typical, and one with a rare value is not."""
    patients = people(ward=[None, "A", "A", "A", "B"])
    assert medoid(patients) == 1
    assert medoid(people(ward=[None, None, None, None, "B"], age=[50.0, 51.0, 52.0, 53.0, 54.0])) == 2


def test_a_cluster_of_one_and_columns_that_never_vary_are_no_fault() -> None:
    found = find_medoids(people(hours=[0.0, 0.0, 0.0]), np.array([1, 2, 2]), SCHEMA)
    assert found == {1: 0, 2: 1}
