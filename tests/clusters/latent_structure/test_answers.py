from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retina_vae.cluster_settings import LatentStructureSettings
from retina_vae.clusters.latent_structure.answers import Comparison, answer, compare, number_of_classes, tables_of
from retina_vae.clusters.latent_structure.measurements import measure_patients
from retina_vae.clusters.latent_structure.structure import find_structure
from retina_vae.clusters.latent_structure.validation import Candidate, HeldOut, cross_validate
from tests.clusters.latent_structure.cohorts import MIXED, one_bell, two_classes, u_shape, with_gaps

SMALL = LatentStructureSettings(folds=3, k_max=3)


def compared(continuum: float, bell: float, smooth: float, curves: float) -> dict[str, Comparison]:
    names = ("continuum_bell", "groups_bell", "groups_smooth", "groups_curves")
    return {name: Comparison("", "", z, 1.0) for name, z in zip(names, (continuum, bell, smooth, curves), strict=True)}


@pytest.mark.parametrize(
    ("z", "expected"),
    [
        ((-2.0, 0.4, 5.0, 5.0), "nothing"),
        ((-2.0, 1.0, 5.0, 5.0), "undecided"),
        ((-2.0, 2.0, 5.0, 5.0), "groups"),
        ((3.0, 9.0, 5.0, 1.0), "undecided"),
        ((3.0, 9.0, 1.0, 5.0), "undecided"),
        ((9.0, 3.0, -2.0, -2.0), "continuum"),
        ((9.0, 3.0, -2.0, -1.0), "undecided"),
        ((1.0, 0.0, -5.0, -5.0), "undecided"),
    ],
)
def test_the_answer_follows_the_comparisons(z: tuple[float, float, float, float], expected: str) -> None:
    assert answer(compared(*z)) == expected


def held_out(gains: dict[int, float], noise: float = 0.0) -> HeldOut:
    """Classes whose held-out log-density is this much better than one class; every patient alike but for noise."""
    rng, n = np.random.default_rng(1), 400
    base = rng.normal(-5, 1, n)
    found = [Candidate("bell", "bell", 1, 0, base)]
    found += [
        Candidate("classes", f"{k}", k, 0, base + gain + noise * rng.standard_normal(n)) for k, gain in gains.items()
    ]
    return HeldOut(tuple(found), np.arange(n) % 4)


@pytest.mark.parametrize(
    ("gains", "k"),
    [
        ({2: 0.5, 3: 0.49, 4: 0.48}, 2),
        ({2: 0.5, 3: 1.0, 4: 1.04, 5: 1.06}, 3),
        ({2: 0.5, 3: 0.4, 4: 1.0}, 4),
        ({2: 0.01, 3: 0.0}, 2),
    ],
)
def test_a_group_counts_that_adds_a_twentieth(gains: dict[int, float], k: int) -> None:
    assert number_of_classes(held_out(gains, noise=0.01)) == k


def test_what_is_picked_is_judged_by_other_patients() -> None:
    """One of two candidates that are right in the fold where the other is wrong: neither gains by being picked."""
    folds = np.repeat([0, 1], 50)
    first = np.where(folds == 0, 1.0, -1.0)
    found = HeldOut((Candidate("classes", "a", 2, 0, first), Candidate("classes", "b", 3, 0, -first)), folds)
    np.testing.assert_array_equal(found.best(found.candidates), -1.0)


def test_threads_change_no_number() -> None:
    measured = measure_patients(with_gaps(two_classes(150)), MIXED)
    one, two = (cross_validate(measured, 2, 2, seed=4, threads=threads) for threads in (1, 2))
    for a, b in zip(one.candidates, two.candidates, strict=True):
        np.testing.assert_array_equal(a.log_density, b.log_density)


@pytest.mark.parametrize(
    ("cohort", "expected"),
    [(one_bell(400), {"nothing"}), (u_shape(400), {"continuum", "undecided"}), (two_classes(400), {"groups"})],
    ids=["one bell", "U", "two classes"],
)
def test_known_structures_are_named(cohort: pd.DataFrame, expected: set[str]) -> None:
    found = find_structure(cohort, MIXED, SMALL).answer.iloc[0]
    assert found["answer"] in expected
    assert found["k"] == {"nothing": 1, "groups": 2}.get(found["answer"], found["k"])


def test_tables_hold_every_candidate_and_comparison() -> None:
    measured = measure_patients(two_classes(200), MIXED)
    held = cross_validate(measured, 2, 2, seed=1)
    tables = tables_of(held, seed=1, columns=measured.columns)
    assert tables.candidates["candidate"].is_unique
    assert len(tables.candidates) == len(held.candidates)
    assert tables.candidates.loc[tables.candidates["family"] == "bell", "difference"].max() == 0
    shown = tables.comparisons.set_index("comparison")
    for name, own in compare(held).items():
        assert shown.loc[name, "z"] == pytest.approx(own.difference / own.standard_error)
        assert shown.loc[name, "low"] < own.difference < shown.loc[name, "high"]


def test_of_many_patients_some_are_looked_at() -> None:
    settings = LatentStructureSettings(folds=2, k_max=2, patients=50)
    assert find_structure(one_bell(500), MIXED, settings).answer["patients"].tolist() == [50]


def test_patients_who_are_all_alike_have_no_structure() -> None:
    alike = one_bell(60).iloc[[0] * 60].assign(id=range(60))
    found = find_structure(alike, MIXED, SMALL).answer.iloc[0]
    assert (found["answer"], found["k"]) == ("nothing", 1)


def test_a_single_column_has_no_structure() -> None:
    from retina_vae.cohort import CohortSchema

    schema = CohortSchema(identifier="id", columns=MIXED.columns[:1])
    found = find_structure(one_bell(200)[["id", "x"]], schema, SMALL).answer.iloc[0]
    assert (found["answer"], found["k"]) == ("nothing", 1)
