import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import CohortDensity, Epidemiology
from retina_vae.config import CohortSettings, EvaluationSettings
from retina_vae.evaluation import choose_subjects
from retina_vae.studies.macular.schema import MACULAR


def test_fresh_patients_are_no_training_patients_and_have_their_exact_density(
    epidemiology: Epidemiology, simulated_patients: pd.DataFrame
) -> None:
    settings = EvaluationSettings(patients_per_group=200)
    subjects = choose_subjects(CohortSettings(), settings, simulated_patients, epidemiology, MACULAR)
    assert subjects.description == "fresh patients"
    assert len(subjects.patients) == 600
    assert not set(subjects.patients["age"]) & set(simulated_patients["age"])
    expected = CohortDensity.of(epidemiology, MACULAR).log_density(subjects.patients)
    np.testing.assert_array_equal(subjects.log_density, expected)
    assert subjects.diagnosis.tolist() == [0] * 200 + [1] * 200 + [2] * 200


def test_the_limits_are_those_of_the_exact_posterior(
    epidemiology: Epidemiology, simulated_patients: pd.DataFrame
) -> None:
    settings = EvaluationSettings(patients_per_group=20_000)
    subjects = choose_subjects(CohortSettings(), settings, simulated_patients, epidemiology, MACULAR)
    # Exact values by quadrature; tests/cohort/test_density.py has them too.
    assert subjects.diagnosis_limit == pytest.approx(0.97322, abs=4 * (0.973 * 0.027 / 60_000) ** 0.5)
    assert subjects.ari_limit == pytest.approx(0.92178, abs=0.01)


def test_published_patients_are_measured_on_themselves_and_have_no_limit(
    epidemiology: Epidemiology, simulated_patients: pd.DataFrame
) -> None:
    settings = CohortSettings(source="published")
    subjects = choose_subjects(settings, EvaluationSettings(), simulated_patients, epidemiology, MACULAR)
    assert subjects.description == "training patients"
    assert subjects.patients is simulated_patients
    assert np.isnan([subjects.diagnosis_limit, subjects.ari_limit, *subjects.log_density]).all()
