import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import CohortSchema
from retina_vae.evaluation import FreshPatients, choose_subjects
from retina_vae.evaluation.subjects import choose_training_patients
from retina_vae.settings import EvaluationSettings
from retina_vae.studies.macular.schema import MACULAR

SETTINGS = EvaluationSettings()


class Known:
    """A density whose numbers are known: by drusen the first outcome, else the second."""

    def log_density(self, patients: pd.DataFrame) -> np.ndarray:
        return -np.arange(len(patients), dtype=float)

    def group_posterior(self, patients: pd.DataFrame) -> np.ndarray:
        drusen = (patients["drusen"] == "present").to_numpy()
        return np.column_stack([0.6 * drusen, 0.5 * ~drusen, np.full(len(patients), 0.1)])


def test_fresh_patients_have_their_density_and_limits(simulated_patients: pd.DataFrame) -> None:
    fresh = simulated_patients[::3].reset_index(drop=True)
    subjects = choose_subjects(simulated_patients, MACULAR, SETTINGS, FreshPatients(fresh, Known()))
    assert subjects.description == "fresh patients"
    assert subjects.patients is fresh
    np.testing.assert_array_equal(subjects.log_density, -np.arange(1000.0))
    right = np.where(fresh["drusen"] == "present", subjects.outcome == 0, subjects.outcome == 1)
    assert subjects.outcome_limit == pytest.approx(right.mean())
    assert 0 < subjects.ari_limit < 1


def test_missing_outcomes_are_left_out_of_the_limits(simulated_patients: pd.DataFrame) -> None:
    fresh, known = simulated_patients[::3].reset_index(drop=True), np.arange(1000) % 4 > 0
    some = fresh.assign(disease=fresh["disease"].where(known))
    ours = choose_subjects(simulated_patients, MACULAR, SETTINGS, FreshPatients(some, Known()))
    those = choose_subjects(simulated_patients, MACULAR, SETTINGS, FreshPatients(fresh[known], Known()))
    assert ours.outcome is not None
    assert (ours.outcome == -1).sum() == 250
    assert (ours.outcome_limit, ours.ari_limit) == (those.outcome_limit, those.ari_limit)
    nobody = fresh.assign(disease=fresh["disease"].where(np.zeros(1000, dtype=bool)))
    none = choose_subjects(simulated_patients, MACULAR, SETTINGS, FreshPatients(nobody, Known()))
    assert np.isnan([none.outcome_limit, none.ari_limit]).all()


def test_without_a_simulator_patients_are_measured_on_themselves_and_have_no_limit(
    simulated_patients: pd.DataFrame,
) -> None:
    subjects = choose_subjects(simulated_patients, MACULAR, SETTINGS)
    assert subjects.description == "training patients"
    assert subjects.patients is simulated_patients
    assert subjects.outcome is not None
    assert np.isnan([subjects.outcome_limit, subjects.ari_limit, *subjects.log_density]).all()


def test_a_schema_without_an_outcome_has_neither_outcome_nor_limit(simulated_patients: pd.DataFrame) -> None:
    schema = CohortSchema(identifier="patient_id", columns=MACULAR.inputs)
    fresh = simulated_patients.drop(columns="disease")
    subjects = choose_subjects(fresh, schema, SETTINGS, FreshPatients(fresh, Known()))
    assert subjects.outcome is None
    assert np.isnan([subjects.outcome_limit, subjects.ari_limit]).all()
    assert np.isfinite(subjects.log_density).all()


def test_codes_of_some_are_clustered_where_there_are_many(simulated_patients: pd.DataFrame) -> None:
    """The same some for the same seed, all with an outcome; the ARI's limit is theirs, the accuracy's everybody's."""
    fresh, known = simulated_patients[::3].reset_index(drop=True), np.arange(1000) % 4 > 0
    some = FreshPatients(fresh.assign(disease=fresh["disease"].where(known)), Known())
    everybody = choose_subjects(simulated_patients, MACULAR, SETTINGS, some)
    np.testing.assert_array_equal(everybody.coded, np.flatnonzero(known))
    few = EvaluationSettings(coded_patients=200)
    chosen = choose_subjects(simulated_patients, MACULAR, few, some)
    assert len(set(chosen.coded)) == 200
    assert known[chosen.coded].all()
    np.testing.assert_array_equal(chosen.coded, choose_subjects(simulated_patients, MACULAR, few, some).coded)
    assert chosen.outcome_limit == everybody.outcome_limit
    of_them = FreshPatients(fresh.iloc[chosen.coded], Known())
    assert chosen.ari_limit == choose_subjects(simulated_patients, MACULAR, SETTINGS, of_them).ari_limit
    other = choose_subjects(simulated_patients, MACULAR, EvaluationSettings(coded_patients=200, seed=1), some)
    assert set(other.coded) != set(chosen.coded)


def test_of_many_training_patients_some_are_chosen_for_all_models(simulated_patients: pd.DataFrame) -> None:
    settings = EvaluationSettings(training_patients=200, coded_patients=50)
    rows = choose_training_patients(3000, settings)
    assert len(np.unique(rows)) == 200
    assert (np.diff(rows) > 0).all()
    np.testing.assert_array_equal(rows, choose_training_patients(3000, settings))
    other = settings.model_copy(update={"seed": 1})
    assert (rows != choose_training_patients(3000, other)).any()
    subjects = choose_subjects(simulated_patients, MACULAR, settings)
    assert subjects.patients.equals(simulated_patients.iloc[rows])
    assert len(subjects.coded) == 50
    assert subjects.coded.max() < 200
    assert subjects.left_out == 1 - 200 / 3000


@pytest.mark.parametrize("most", [3000, 5000])
def test_all_training_patients_stand_for_themselves(simulated_patients: pd.DataFrame, most: int) -> None:
    settings = EvaluationSettings(training_patients=most)
    np.testing.assert_array_equal(choose_training_patients(3000, settings), np.arange(3000))
    subjects = choose_subjects(simulated_patients, MACULAR, settings)
    assert subjects.patients is simulated_patients
    assert subjects.left_out == 0
