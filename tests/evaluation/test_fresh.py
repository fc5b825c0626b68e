import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import CohortDensity, Epidemiology
from retina_vae.config import EvaluationSettings
from retina_vae.evaluation import choose_subjects, fresh_patients
from retina_vae.studies.macular.schema import MACULAR


def test_fresh_patients_are_no_training_patients_and_have_their_exact_density(
    epidemiology: Epidemiology, simulated_patients: pd.DataFrame
) -> None:
    fresh = fresh_patients(epidemiology, MACULAR, EvaluationSettings(patients_per_group=200))
    subjects = choose_subjects(simulated_patients, MACULAR, EvaluationSettings(), fresh)
    assert len(subjects.patients) == 600
    assert not set(subjects.patients["age"]) & set(simulated_patients["age"])
    expected = CohortDensity.of(epidemiology, MACULAR).log_density(subjects.patients)
    np.testing.assert_array_equal(subjects.log_density, expected)
    assert subjects.outcome is not None
    assert subjects.outcome.tolist() == [0] * 200 + [1] * 200 + [2] * 200


def test_the_limits_are_those_of_the_exact_posterior(
    epidemiology: Epidemiology, simulated_patients: pd.DataFrame
) -> None:
    fresh = fresh_patients(epidemiology, MACULAR, EvaluationSettings(patients_per_group=20_000))
    subjects = choose_subjects(simulated_patients, MACULAR, EvaluationSettings(), fresh)
    # Exact values by quadrature; tests/cohort/test_density.py has them too.
    assert subjects.outcome_limit == pytest.approx(0.97322, abs=4 * (0.973 * 0.027 / 60_000) ** 0.5)
    assert subjects.ari_limit == pytest.approx(0.92178, abs=0.01)
