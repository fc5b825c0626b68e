import numpy as np
import pandas as pd
import pytest

from retina_vae.cluster_settings import DescriptionSettings
from retina_vae.clusters.description import separation
from retina_vae.clusters.description.separation import (
    WHOLE_COHORT,
    design_matrix,
    measure_separation,
    typical_values,
)
from retina_vae.studies.macular.schema import MACULAR
from tests.clusters.description.clinic import CLINIC

SETTINGS = DescriptionSettings()
DISEASE = MACULAR["disease"]


def with_disease(patients: pd.DataFrame, disease: np.ndarray) -> pd.DataFrame:
    return patients.assign(disease=pd.Categorical(disease, categories=list(DISEASE.categories)))


def test_the_cohort_is_told_apart_as_well_as_is_known(simulated_patients: pd.DataFrame) -> None:
    """The best possible diagnosis of such patients is right for 97.3 %, an area of nearly 1."""
    clusters = np.where(simulated_patients["race"] == "Asian", 1, 2)
    found = measure_separation(simulated_patients, clusters, MACULAR, DISEASE, SETTINGS)
    assert found.table["cluster"].tolist() == [WHOLE_COHORT, 1, 2]
    assert found.table["patients"].tolist() == [3000, *np.bincount(clusters)[1:]]
    assert found.table["classes"].tolist() == [3, 3, 3]
    assert found.table["auc"].between(0.99, 1).all()
    assert found.table["note"].eq("").all()
    whole = found.table.iloc[0]
    assert whole["auc_low"] < whole["auc"] < whole["auc_high"]


def test_outcomes_at_random_are_not_separated(simulated_patients: pd.DataFrame) -> None:
    shuffled = simulated_patients["disease"].sample(frac=1, random_state=1).to_numpy()
    found = measure_separation(
        with_disease(simulated_patients, shuffled), np.arange(3000) % 2, MACULAR, DISEASE, SETTINGS
    ).table
    assert found["auc"].between(0.45, 0.55).all()
    assert (found["auc_low"] < 0.5).all()


def test_a_diagnosis_of_middle_age_is_found(simulated_patients: pd.DataFrame) -> None:
    age = simulated_patients["age"]
    middle = np.where(age.between(45, 70), "PCV", "CSCR")
    found = measure_separation(
        with_disease(simulated_patients, middle), np.ones(3000, dtype=int), MACULAR, DISEASE, SETTINGS
    )
    assert found.table["auc"].iloc[0] > 0.98


def test_rare_diagnoses_are_left_out_and_named(simulated_patients: pd.DataFrame) -> None:
    p = simulated_patients
    disease = p["disease"].to_numpy(copy=True)
    ours = np.flatnonzero(p["disease"] == "PCV")[:4]
    clusters = np.full(3000, 2)
    clusters[np.flatnonzero(p["disease"] != "PCV")[::2]] = 1
    clusters[ours] = 1
    found = measure_separation(with_disease(p, disease), clusters, MACULAR, DISEASE, SETTINGS).table.set_index(
        "cluster"
    )
    assert found.loc[1, "note"] == "left out, fewer than 5 patients: PCV"
    assert found.loc[1, "classes"] == 2
    assert found.loc[1, "patients"] == 1004
    assert found.loc[2, "classes"] == 3
    without = ~np.isin(np.arange(3000), ours)
    alone = measure_separation(p[without], clusters[without], MACULAR, DISEASE, SETTINGS).table.set_index("cluster")
    assert found.loc[1, "auc"] == alone.loc[1, "auc"]


@pytest.mark.parametrize(
    ("diseases", "note", "count"),
    [
        (["PCV"] * 20, "not measured: only PCV has 5 patients or more", 1),
        (["PCV"] * 20 + ["ARMD"] * 4, "not measured: only PCV has 5 patients or more", 1),
        (["PCV"] * 4 + ["ARMD"] * 4, "not measured: no category has 5 patients or more", 0),
    ],
)
def test_what_cannot_be_told_apart_is_not_measured(
    simulated_patients: pd.DataFrame, diseases: list[str], note: str, count: int
) -> None:
    patients = with_disease(simulated_patients.iloc[: len(diseases)].copy(), np.array(diseases))
    found = measure_separation(patients, np.ones(len(diseases), dtype=int), MACULAR, DISEASE, SETTINGS)
    for _, row in found.table.iterrows():
        assert (row["note"], row["classes"], row["patients"]) == (note, count, len(diseases))
    assert found.table[["auc", "auc_low", "auc_high"]].isna().all().all()
    assert np.isnan([found.within, found.within_by_all, found.gain]).all()


def test_clusters_that_part_the_diagnoses_leave_less_to_tell_apart(simulated_patients: pd.DataFrame) -> None:
    """Within bands of age, age says little more; one regression of all does as well as those of the bands."""
    clusters = np.digitize(simulated_patients["age"], [50, 70])
    found = measure_separation(simulated_patients, clusters, MACULAR, DISEASE, SETTINGS)
    assert (found.table["auc"].iloc[1:] < found.table["auc"].iloc[0]).all()
    assert found.within.auc == pytest.approx(found.within_by_all.auc, abs=0.03)


def test_regressions_of_their_own_win_where_each_cluster_has_a_law_of_its_own(simulated_patients: pd.DataFrame) -> None:
    p, rng = simulated_patients, np.random.default_rng(0)
    clusters = rng.integers(1, 3, 3000)
    male = (p["sex"] == "male").to_numpy()
    disease = np.where((male ^ (clusters == 1)) ^ (rng.random(3000) < 0.1), "PCV", "CSCR")
    found = measure_separation(with_disease(p, disease), clusters, MACULAR, DISEASE, SETTINGS)
    assert found.within.auc > 0.85
    assert abs(found.within_by_all.auc - 0.5) < 0.15
    assert found.gain.value == pytest.approx(found.within.auc - found.within_by_all.auc)
    assert found.gain.low > 0.2


def test_clusters_and_diagnoses_at_random_have_no_gain(simulated_patients: pd.DataFrame) -> None:
    """Some regression is a little better by chance, which the interval must say."""
    rng, some = np.random.default_rng(3), simulated_patients.iloc[::5]
    shuffled = rng.permutation(some["disease"].to_numpy())
    found = [
        measure_separation(
            with_disease(some, shuffled),
            rng.integers(1, 4, len(some)),
            MACULAR,
            DISEASE,
            DescriptionSettings(seed=seed),
        )
        for seed in range(1, 9)
    ]
    assert any(one.gain.value > 0 for one in found)
    assert all(one.gain.low < 0 for one in found)


def test_the_means_are_weighted_by_the_patients(simulated_patients: pd.DataFrame) -> None:
    clusters = np.where(simulated_patients["race"] == "other", 1, 2)
    found = measure_separation(simulated_patients, clusters, MACULAR, DISEASE, SETTINGS)
    own = found.table.iloc[1:]
    assert own["note"].eq("").all()
    assert own["auc"].nunique() == 2
    assert found.within.auc == pytest.approx(np.average(own["auc"], weights=own["patients"]))


def test_inputs_that_never_vary_tell_nothing_apart(simulated_patients: pd.DataFrame) -> None:
    same = simulated_patients.iloc[[0] * 20].reset_index(drop=True)
    patients = with_disease(same, np.repeat(["CSCR", "PCV"], 10))
    found = measure_separation(patients, np.ones(20, dtype=int), MACULAR, DISEASE, SETTINGS).table
    assert found["auc"].tolist() == [0.5, 0.5]


def test_the_design_is_standardised_with_a_square_of_each_number(simulated_patients: pd.DataFrame) -> None:
    found, columns = design_matrix(simulated_patients, MACULAR)
    assert found.shape == (3000, 10 + 1)
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(found.std(axis=0), 1)
    age = simulated_patients["age"]
    assert np.corrcoef(found[:, -1], (age - age.mean()) ** 2)[0, 1] == pytest.approx(1)
    assert columns.tolist() == [0] * 5 + [-1, 2, 3, 4, 5, -1]


def test_values_that_are_not_observed_are_marked(sparse_patients: pd.DataFrame) -> None:
    found, columns = design_matrix(sparse_patients, MACULAR)
    missing = sparse_patients["age"].isna().to_numpy()
    np.testing.assert_array_equal(np.isnan(found[:, 5]), missing)
    np.testing.assert_allclose(np.nanmean(found, axis=0), 0, atol=1e-9)
    marks = [place for place, own in enumerate(found.T) if np.array_equal(own > 0, missing)]
    assert columns[marks].tolist() == [-1]
    measured = measure_separation(sparse_patients, np.ones(3000, dtype=int), MACULAR, DISEASE, SETTINGS).table
    assert measured["auc"].iloc[0] > 0.98


def test_a_gap_takes_the_mean_of_a_number_and_the_most_frequent_category() -> None:
    one_hot = np.eye(3)[[0, 0, 1, 1, 1, 2, 2]]
    features = np.column_stack([one_hot, [1.0, 2, 3, np.nan, 6, np.nan, 8], np.full(7, np.nan)])
    features[2, :3] = np.nan
    columns = np.array([0, 0, 0, -1, -1])
    # Two of each category are left; in the order of the features the last comes first.
    assert typical_values(features, columns).tolist() == [0, 0, 1, 4, 0]
    features[2, :3] = [0, 1, 0]
    assert typical_values(features, columns).tolist() == [0, 1, 0, 4, 0]


def test_gaps_are_filled_from_the_other_folds_alone(monkeypatch: pytest.MonkeyPatch, clinic: pd.DataFrame) -> None:
    """Every patient is left out of the means once, and only once."""
    filled_from = []

    def spy(features: np.ndarray, columns: np.ndarray) -> np.ndarray:
        filled_from.append(len(features))
        return typical_values(features, columns)

    monkeypatch.setattr(separation, "typical_values", spy)
    known = int(clinic["died"].notna().sum())
    found = measure_separation(clinic, np.ones(len(clinic), dtype=int), CLINIC, CLINIC["died"], SETTINGS)
    assert len(filled_from) == 2 * SETTINGS.folds
    assert sum(known - own for own in filled_from) == 2 * known
    assert found.table["patients"].tolist() == [known, known]
    assert 0.75 < found.table["auc"].iloc[0] < 0.95


def test_gaps_that_have_nothing_to_do_with_an_outcome_do_not_separate_it(clinic: pd.DataFrame) -> None:
    found = measure_separation(clinic, np.ones(len(clinic), dtype=int), CLINIC, CLINIC["relapse"], SETTINGS).table
    assert found["outcome"].eq("relapse").all()
    assert found["auc_low"].iloc[0] < 0.5 < found["auc_high"].iloc[0]


@pytest.mark.filterwarnings("error")
def test_a_column_that_nobody_has_is_left_out(clinic: pd.DataFrame) -> None:
    gone = clinic.assign(age=np.nan, fluid=np.nan, stage=clinic["stage"].where(clinic.index < 0))
    design, _ = design_matrix(gone, CLINIC)
    assert np.isfinite(np.nanmax(design, axis=0)).all()
    assert np.isfinite(measure_separation(gone, np.ones(400, dtype=int), CLINIC, CLINIC["died"], SETTINGS).within.auc)


def test_patients_without_an_observed_outcome_are_left_out(simulated_patients: pd.DataFrame) -> None:
    patients = simulated_patients.copy()
    patients.loc[::3, "disease"] = np.nan
    known = patients["disease"].notna().to_numpy()
    ours = measure_separation(patients, np.ones(3000, dtype=int), MACULAR, DISEASE, SETTINGS).table
    expected = measure_separation(patients[known], np.ones(known.sum(), dtype=int), MACULAR, DISEASE, SETTINGS).table
    pd.testing.assert_frame_equal(ours, expected)


def test_a_regression_on_some_patients_finds_about_the_area_of_one_on_all(simulated_patients: pd.DataFrame) -> None:
    clusters = np.ones(3000, dtype=int)
    whole = measure_separation(simulated_patients, clusters, MACULAR, DISEASE, SETTINGS).table.iloc[0]
    some = DescriptionSettings(patients=1000, seed=SETTINGS.seed)
    found = measure_separation(simulated_patients, clusters, MACULAR, DISEASE, some).table.iloc[0]
    assert found["auc"] != whole["auc"]
    assert abs(found["auc"] - whole["auc"]) < whole["auc_high"] - whole["auc_low"]
    assert found["patients"] == whole["patients"] == 3000
    again = measure_separation(simulated_patients, clusters, MACULAR, DISEASE, some).table.iloc[0]
    assert again.equals(found)


def test_a_rare_category_is_among_the_patients_drawn(simulated_patients: pd.DataFrame) -> None:
    """Ten of 3,000: a draw of 1,000 in proportion would leave three or none of a fold's eight."""
    disease = np.where(np.arange(3000) < 10, "ARMD", np.where(np.arange(3000) % 2, "CSCR", "PCV"))
    patients = with_disease(simulated_patients, disease)
    some = DescriptionSettings(patients=1000, seed=SETTINGS.seed)
    found = measure_separation(patients, np.ones(3000, dtype=int), MACULAR, DISEASE, some).table.iloc[0]
    assert found["classes"] == 3
    assert np.isfinite(found["auc"])
