"""The doubt about a run's own patients, from the scores of its scorer."""

import numpy as np
import pandas as pd

from retina_vae.assign import TrainedRun
from retina_vae.clusters.doubt import doubt_tables


def test_known_patients_of_a_run_have_the_probabilities_of_its_scorer(either: TrainedRun, training: pd.DataFrame):
    own = either.scorer.score(either.known.features)
    known = either.known.scores
    table = doubt_tables(training["patient_id"], known.cluster, known.probability, 0.8).probabilities
    np.testing.assert_allclose(table.filter(regex=r"^probability_\d"), own.probability, atol=1e-6)
    np.testing.assert_allclose(table.filter(regex=r"^probability_\d").sum(axis=1), 1, atol=1e-5)
    chosen = own.probability[np.arange(len(table)), table["cluster"] - 1]
    np.testing.assert_allclose(table["probability"], chosen, atol=1e-6)


def test_patients_with_gaps_and_without_an_outcome_have_probabilities(
    clinic: TrainedRun, clinic_training: pd.DataFrame
):
    known = clinic.known.scores
    tables = doubt_tables(clinic_training["record"], known.cluster, known.probability, 0.8)
    assert next(iter(tables.doubtful)) == "record"
    assert tables.clusters["size"].sum() == len(clinic_training)
    np.testing.assert_allclose(tables.probabilities.filter(regex=r"^probability_\d").sum(axis=1), 1, atol=1e-5)
