from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control

from retina_vae.assign import TrainedRun, load_run
from retina_vae.assign.conformal import Calibration, PValues, q_values
from tests.assign.runs import PAPER, TYPED, make_run
from tests.manifests import sign


def test_the_p_value_of_an_exchangeable_patient_is_uniform_exactly():
    """Each of n + 1 scores may be that of the new patient; the p-values are 1 / (n + 1), 2 / (n + 1), .. 1."""
    scores = np.array([-7.0, -3.5, -3.0, 0.0, 2.0])
    found = []
    for others in combinations(range(5), 4):
        (own,) = set(range(5)) - set(others)
        found.append(Calibration.of(scores[list(others)], None).p_value(scores[[own]])[0])
    np.testing.assert_allclose(sorted(found), np.arange(1, 6) / 5)


def test_patients_with_equal_scores_are_called_no_odder_than_they_are():
    """P(p <= t) is at most t where scores are the same but for rounding."""
    calibration = Calibration.of(np.array([-1.0, -1.0, -1.0, 5.0]), None)
    np.testing.assert_allclose(calibration.p_value(np.array([-1.0 - 1e-7, -2.0, 6.0])), [4 / 5, 1 / 5, 1])


def test_a_held_out_score_that_is_no_number_is_below_every_patient():
    calibration = Calibration.of(np.zeros(2), np.array([np.nan, 1.0, 2.0]))
    assert (calibration.held_out, calibration.p_value(np.array([0.0]))[0]) == (True, 2 / 4)
    assert calibration.smallest == 1 / 4


def test_a_bound_in_per_cent_holds_the_p_value_that_is_equal_to_it():
    calibration = Calibration(np.zeros(299), held_out=True)
    p_value = np.array([1, 2, 3, 4]) / 300
    assert calibration.is_unlike(p_value, 1.0).tolist() == [True, True, True, False]
    assert not calibration.is_unlike(np.array([np.nan]), 100).any()


def test_q_values_are_those_of_benjamini_and_hochberg_in_any_pieces():
    rng = np.random.default_rng(1)
    p_value = np.ceil(rng.uniform(0, 1, 400) ** 2 * 41) / 41
    p_value[::7] = np.nan
    known = ~np.isnan(p_value)
    expected = np.full(400, np.nan)
    expected[known] = false_discovery_control(p_value[known])
    np.testing.assert_allclose(q_values(p_value), expected, rtol=1e-12)
    counted = PValues()
    for piece in np.array_split(p_value, 9):
        counted.add(piece)
    np.testing.assert_array_equal(counted.q_values(p_value), q_values(p_value))
    assert counted.patients == known.sum()
    assert counted.discovered(0.1) == (expected <= 0.1).sum()
    assert PValues().discovered(0.1) == 0
    assert np.isnan(q_values(np.full(3, np.nan))).all()


@pytest.mark.parametrize(("vae", "used"), [(TYPED, True), (PAPER, False)])
def test_held_out_scores_are_the_reference_of_a_model_with_a_density(
    tmp_path: Path, training: pd.DataFrame, vae: dict, used: bool
):
    folder = make_run(tmp_path, training, vae, "none", "draws")
    held_out = pd.DataFrame({"position": [0, 1, 2], "fold": [0, 1, 0], "log_density": [-9.0, -30.0, -12.0]})
    held_out.to_parquet(folder / "vae" / "held_out_patients.parquet")
    run = load_run(sign(folder))
    assert run.calibration.held_out == used
    np.testing.assert_array_equal(run.calibration.scores, [-30, -12, -9] if used else run.typicality.reference)


def test_without_held_out_scores_the_training_patients_are_the_reference(either: TrainedRun):
    assert not either.calibration.held_out
    np.testing.assert_array_equal(either.calibration.scores, either.typicality.reference)
