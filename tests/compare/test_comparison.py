from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from retina_vae.compare import compare_runs, open_run

Make = Callable[..., Path]


def test_a_run_beside_itself_differs_in_nothing(make: Make, patients: pd.DataFrame, clusters: np.ndarray) -> None:
    run = open_run(make("a", patients, clusters))
    found = compare_runs(run, run)
    assert (found.settings, found.provenance) == ([], [])
    assert [(one.ari, one.ami) for one in found.agreement] == [(1, 1), (1, 1)]
    assert (found.patients.both, found.patients.only_a, found.patients.only_b) == (300, 0, 0)
    assert found.correspondence is not None
    assert found.correspondence.kept == 1
    assert all(one.a == one.b for one in found.measures)


def test_agreement_is_that_of_the_common_patients(make: Make, patients: pd.DataFrame, clusters: np.ndarray) -> None:
    """The patients of one run alone, whose clusters are random, do not count."""
    rng = np.random.default_rng(2)
    other = np.where(rng.random(300) < 0.2, rng.integers(1, 7, 300), clusters)
    consensus = np.where(rng.random(300) < 0.4, rng.integers(1, 7, 300), clusters)
    a = open_run(make("a", patients[:250], clusters[:250]))
    b = open_run(make("b", patients[40:].iloc[::-1].reset_index(drop=True), other[:39:-1], consensus[:39:-1]))
    reported, common = compare_runs(a, b).agreement
    here = slice(40, 250)
    assert reported.ari == pytest.approx(adjusted_rand_score(clusters[here], other[here]))
    assert reported.ami == pytest.approx(adjusted_mutual_info_score(clusters[here], other[here]))
    assert common.ari == pytest.approx(adjusted_rand_score(clusters[here], consensus[here]))
    assert common.ari < reported.ari < 1


def test_runs_without_a_common_patient_are_compared_by_settings_and_measures(
    make: Make, patients: pd.DataFrame, clusters: np.ndarray
) -> None:
    a = open_run(make("a", patients[:100], clusters[:100]))
    b = open_run(make("b", patients[100:], clusters[100:], latent={"seed": 4}))
    found = compare_runs(a, b)
    assert (found.agreement, found.correspondence, found.patients.both) == ([], None, 0)
    assert [one.key for one in found.settings] == ["latent.seed"]
    assert found.measures
