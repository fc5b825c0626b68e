from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from retina_vae.clusters.latent_structure.measurements import measure_patients, normal_scores
from retina_vae.cohort import CohortSchema, Column
from tests.clusters.latent_structure.cohorts import MIXED, NUMBERS, one_bell, with_gaps


def test_normal_scores_are_the_quantiles_of_the_mid_ranks() -> None:
    quantiles = norm.ppf([1 / 6, 1 / 2, 5 / 6])
    np.testing.assert_allclose(normal_scores(np.array([30.0, 7.0, 8.0])), quantiles[[2, 0, 1]] / quantiles.std())


def test_ties_share_a_score_and_gaps_stay() -> None:
    scores = normal_scores(np.array([1.0, 1.0, np.nan, 5.0, 9.0]))
    assert scores[0] == scores[1] < scores[3] < scores[4]
    assert np.isnan(scores[2])
    assert np.nanstd(scores) == pytest.approx(1)


def test_a_monotone_change_of_a_column_changes_nothing() -> None:
    patients = one_bell(60)
    one, other = (measure_patients(own, MIXED) for own in (patients, patients.assign(x=np.exp(3 * patients["x"]))))
    np.testing.assert_array_equal(one.statistics(), other.statistics())


def test_what_is_not_observed_has_no_statistics() -> None:
    measured = measure_patients(with_gaps(one_bell(200)), MIXED)
    (block,) = measured.categories
    assert set(np.unique(block.values.sum(axis=2))) == {0.0, 1.0}
    missing = measured.scores.observed == 0
    assert 0.1 < missing.mean() < 0.3
    assert (measured.scores.values[missing] == 0).all()
    assert measured.columns == 7


def test_zeros_are_a_finding_and_few_values_are_categories() -> None:
    columns = (
        Column(name="volume", label="Volume", kind="zero_inflated"),
        Column(name="visits", label="Visits", kind="count"),
        Column(name="same", label="Same", kind="continuous"),
    )
    volume = np.where(np.arange(40) < 10, 0.0, np.arange(40) + 1.0)
    patients = pd.DataFrame({"id": range(40), "volume": volume, "visits": np.arange(40) % 3, "same": 1.0})
    measured = measure_patients(patients, CohortSchema(identifier="id", columns=columns))
    assert [block.values.shape for block in measured.categories] == [(40, 1, 2), (40, 1, 3)]
    assert measured.categories[0].values[:, 0, 0].sum() == 10
    assert measured.scores.observed[:, 0].tolist() == [0.0] * 10 + [1.0] * 30


def without(*names: str) -> CohortSchema:
    return CohortSchema(identifier="id", columns=tuple(own for own in MIXED.columns if own.name not in names))


def test_rows_can_be_taken() -> None:
    measured, rows = measure_patients(one_bell(50), MIXED), np.array([3, 7, 9])
    np.testing.assert_array_equal(measured.take(rows).statistics(), measured.statistics()[rows])


def test_a_column_that_stands_twice_counts_once() -> None:
    """Whatever its categories are called, and whichever way a number runs."""
    patients = one_bell(100)
    again = patients.assign(b=np.where(patients["a"] == "yes", "no", "yes"), y=-3 * patients["x"])
    twice, once = measure_patients(again, MIXED), measure_patients(patients.drop(columns=["b", "y"]), without("b", "y"))
    np.testing.assert_array_equal(twice.statistics(), once.statistics())
    # One patient who differs is a column of its own.
    again.loc[0, "b"] = again.loc[0, "a"]
    assert measure_patients(again, MIXED).columns == once.columns + 1


def test_a_number_with_a_lump_is_cut_into_categories() -> None:
    """Two thirds of the patients have no visit: as scores they would be one point that a narrow class could sit on."""
    rng = np.random.default_rng(2)
    visits = np.where(rng.random(600) < 0.65, 0.0, rng.poisson(6, 600) + 1.0)
    columns = (Column(name="visits", label="Visits", kind="count"), *NUMBERS[:1])
    patients = pd.DataFrame({"id": range(600), "visits": visits, "x": rng.standard_normal(600)})
    measured = measure_patients(patients, CohortSchema(identifier="id", columns=columns))
    (block,) = measured.categories
    shares = block.values[:, 0].mean(axis=0)
    assert shares[0] == (visits == 0).mean()
    assert 2 < len(shares) <= 6
    assert shares.sum() == pytest.approx(1)
    assert measured.scores.values.shape[1] == 1
