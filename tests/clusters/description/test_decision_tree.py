import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score
from sklearn.tree import DecisionTreeClassifier

from retina_vae.cluster_settings import DescriptionSettings
from retina_vae.clusters.description.columns import feature_matrix, features_of
from retina_vae.clusters.description.decision_tree import fit_leaves, measure_fidelity, rand_of_tables
from retina_vae.studies.macular.schema import MACULAR
from tests.clusters.description.clinic import CLINIC

SETTINGS = DescriptionSettings()


@pytest.fixture(scope="module")
def clusters(simulated_patients: pd.DataFrame) -> np.ndarray:
    """Six groups that need a number, a finding and a category, with some noise."""
    p, rng = simulated_patients, np.random.default_rng(0)
    found = 1 + (p["race"] == "Asian") + 2 * ((p["age"] > 48.3).astype(int) + ((p["age"] > 70) & (p["sex"] == "male")))
    return np.where(rng.random(len(p)) < 0.1, rng.integers(1, 7, len(p)), found)


def predictions(patients: pd.DataFrame, leaves: list) -> np.ndarray:
    holds = np.stack([leaf.conjunction.holds(patients) for leaf in leaves])
    np.testing.assert_array_equal(holds.sum(axis=0), 1)
    return np.array([leaf.cluster for leaf in leaves])[holds.argmax(axis=0)]


@pytest.mark.parametrize("depth", [1, 3, 6])
def test_leaves_in_words_mean_what_the_tree_means(
    simulated_patients: pd.DataFrame, clusters: np.ndarray, depth: int
) -> None:
    leaves = fit_leaves(simulated_patients, clusters, MACULAR, depth)
    matrix = feature_matrix(simulated_patients, features_of(MACULAR.inputs))
    matrix[:, 5] = np.floor(matrix[:, 5])
    reference = DecisionTreeClassifier(max_depth=depth, max_leaf_nodes=18, min_samples_leaf=5, random_state=0)
    expected = reference.fit(matrix, clusters).predict(matrix)
    np.testing.assert_array_equal(predictions(simulated_patients, leaves), expected)
    assert len(leaves) <= reference.get_n_leaves()


def test_leaves_that_say_the_same_are_one(simulated_patients: pd.DataFrame) -> None:
    rng = np.random.default_rng(1)
    nearly_one = np.where(rng.random(3000) < 0.2, 2, 1)
    leaves = fit_leaves(simulated_patients, nearly_one, MACULAR, 2)
    assert [(str(leaf.conjunction), leaf.cluster) for leaf in leaves] == [("all patients", 1)]


def test_thresholds_are_whole_years(simulated_patients: pd.DataFrame, clusters: np.ndarray) -> None:
    leaves = fit_leaves(simulated_patients, clusters, MACULAR, 4)
    said = " ".join(str(leaf.conjunction) for leaf in leaves)
    assert "age under 48 years" in said
    assert "." not in said


def test_thresholds_in_another_unit_are_round_too(simulated_patients: pd.DataFrame) -> None:
    patients = simulated_patients.assign(age=simulated_patients["age"] / 100)
    clusters = np.where(patients["age"] >= 0.58, 1, 2)
    leaves = fit_leaves(patients, clusters, MACULAR, 1)
    assert [str(leaf.conjunction) for leaf in leaves] == ["age under 0.58 years", "age 0.58 years or more"]
    np.testing.assert_array_equal(predictions(patients, leaves), clusters)


@pytest.mark.parametrize("threshold", [0.29, 0.55, 0.57, 0.58])
def test_values_that_are_round_themselves_stay_on_their_side(threshold: float) -> None:
    """In binary, 100 times these is a little less than a whole number."""
    age = np.repeat(np.arange(10, 100) / 100, 10)
    clusters = np.where(age >= threshold, 1, 2)
    schema = MACULAR.with_inputs(MACULAR["age"])
    leaves = fit_leaves(pd.DataFrame({"age": age}), clusters, schema, 1)
    assert [str(leaf.conjunction) for leaf in leaves] == [
        f"age under {threshold} years",
        f"age {threshold} years or more",
    ]


def test_no_patient_is_in_two_leaves_where_values_are_missing(sparse_patients: pd.DataFrame) -> None:
    clusters = np.where(sparse_patients["age"].fillna(60) > 55, 1, 2)
    leaves = fit_leaves(sparse_patients, clusters, MACULAR, 4)
    holds = np.stack([leaf.conjunction.holds(sparse_patients) for leaf in leaves])
    complete = sparse_patients.notna().all(axis=1).to_numpy()
    assert holds.sum(axis=0).max() == 1
    np.testing.assert_array_equal(holds[:, complete].sum(axis=0), 1)


def test_a_column_that_nobody_has_is_no_fault(simulated_patients: pd.DataFrame) -> None:
    patients = simulated_patients.assign(age=np.nan)
    patients["sex"] = pd.Categorical([None] * 3000, categories=list(MACULAR["sex"].categories))
    clusters = np.where(patients["polyps"] == "present", 1, 2)
    assert [str(leaf.conjunction) for leaf in fit_leaves(patients, clusters, MACULAR, 3)] == [
        "polyps absent",
        "polyps present",
    ]


def test_fidelity_is_one_where_a_short_rule_is_the_clustering(simulated_patients: pd.DataFrame) -> None:
    p = simulated_patients
    clusters = 1 + (p["sex"] == "male").to_numpy() + 2 * (p["drusen"] == "present").to_numpy()
    found = measure_fidelity(p, clusters, MACULAR, SETTINGS)
    assert found.accuracy == (1, 1, 1)
    assert found.ari == (1, 1, 1)
    assert found.folds == 5


def test_fidelity_is_chance_where_the_inputs_say_nothing(simulated_patients: pd.DataFrame) -> None:
    found = measure_fidelity(simulated_patients, np.random.default_rng(0).integers(1, 5, 3000), MACULAR, SETTINGS)
    assert found.accuracy[0] == pytest.approx(0.25, abs=0.03)
    assert found.ari[0] == pytest.approx(0, abs=0.01)


def test_the_interval_is_that_of_a_share(simulated_patients: pd.DataFrame, clusters: np.ndarray) -> None:
    share, low, high = measure_fidelity(simulated_patients, clusters, MACULAR, SETTINGS).accuracy
    assert low < share < high
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(share * (1 - share) / 3000), rel=0.15)


def test_clusters_with_fewer_patients_than_folds_are_no_fault(simulated_patients: pd.DataFrame) -> None:
    clusters = np.ones(3000, dtype=int)
    clusters[:2] = 2
    assert measure_fidelity(simulated_patients, clusters, MACULAR, SETTINGS).accuracy[0] > 0.99
    few = simulated_patients.iloc[[0, 1500, 2999]]
    assert measure_fidelity(few, np.array([1, 1, 2]), MACULAR, SETTINGS).folds == 3


def test_the_index_of_tables_is_that_of_labels() -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        a, b = rng.integers(0, 4, size=(2, 60))
        table = np.bincount(4 * a + b, minlength=16).reshape(1, 4, 4)
        assert rand_of_tables(table)[0] == pytest.approx(adjusted_rand_score(a, b))
    assert rand_of_tables(np.array([[[7, 0], [0, 0]]])).tolist() == [1]


def test_grades_and_counts_are_split_in_plain_words(clinic: pd.DataFrame) -> None:
    schema = CLINIC.with_inputs(CLINIC["stage"], CLINIC["visits"])
    patients = clinic.dropna(subset=["stage", "visits"]).reset_index(drop=True)
    high, often = patients["stage"].isin(["II", "III"]), patients["visits"] >= 5
    clusters = np.select([high & often, high], [1, 2], 3)
    leaves = fit_leaves(patients, clusters, schema, 2)
    assert {str(leaf.conjunction): leaf.cluster for leaf in leaves} == {
        "stage I or less": 3,
        "stage II or more and visits under 5": 2,
        "stage II or more and visits 5 or more": 1,
    }
    np.testing.assert_array_equal(predictions(patients, leaves), clusters)


def test_a_middle_grade_is_cut_out_from_both_sides(clinic: pd.DataFrame) -> None:
    patients = clinic.dropna(subset=["stage"]).reset_index(drop=True)
    clusters = np.where(patients["stage"] == "I", 1, 2)
    leaves = fit_leaves(patients, clusters, CLINIC.with_inputs(CLINIC["stage"]), 2)
    assert {str(leaf.conjunction) for leaf in leaves if leaf.cluster == 1} == {"stage is I"}
