import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from retina_vae.cohort import CohortSchema, Column
from retina_vae.rivals.kmeans_onehot import KMeansOneHot, one_hot
from retina_vae.rivals.measurements import measure
from retina_vae.rivals.rival import Starts
from tests.rivals.cohorts import SCHEMA, two_groups


def test_categories_have_a_column_each_numbers_are_z_scores_and_gaps_are_zero() -> None:
    columns = (
        Column(name="stage", label="stage", kind="ordinal", categories=("I", "II", "III")),
        Column(name="marker", label="marker", kind="positive"),
    )
    patients = pd.DataFrame({"id": list("abc"), "stage": ["II", None, "III"], "marker": [np.e, np.e**3, np.nan]})
    features = one_hot(patients, measure(patients, CohortSchema(identifier="id", columns=columns)))
    assert features == pytest.approx(np.array([[0, 1, 0, -1], [0, 0, 0, 1], [0, 0, 1, 0]]))


def test_it_finds_groups_that_lie_far_apart_and_says_no_density() -> None:
    patients, group = two_groups(gaps=0.1)
    fit = KMeansOneHot().fit(patients, SCHEMA, 2, Starts(3, 1))
    assert adjusted_rand_score(group, fit.labels(patients)) > 0.95
    assert fit.log_density(patients) is None


def test_a_resample_of_fewer_patients_than_clusters_gives_each_a_cluster() -> None:
    patients, _ = two_groups(gaps=0.0)
    few = patients.iloc[[0, 1, 2]]
    labels = KMeansOneHot().fit(few, SCHEMA, 5, Starts(1, 1)).labels(few)
    assert sorted(labels.tolist()) == [0, 1, 2]
