"""From a table of patients to a trained model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from retina_vae.config import ModelSettings, VaeSettings
from retina_vae.errors import ConfigurationError
from retina_vae.training import history_table, plan_training, prepare_cohort, train_replicas
from tests.clinic import clinic_patients, clinic_schema

SETTINGS = VaeSettings(epochs=3, refit_epochs=1, hidden_units=8, decoder_units=4, batch_size=30, replicas_per_pass=1)
SUPERVISED = VaeSettings(objective="supervised", refit_epochs=0)
CPU = torch.device("cpu")


def test_some_replicas_are_those_of_all() -> None:
    schema = clinic_schema()
    cohort = prepare_cohort(clinic_patients(60)[0], schema, SETTINGS)
    plan = plan_training(cohort, ModelSettings(SETTINGS, 2, 3), CPU)
    assert (plan.description.seeds, plan.per_pass) == ((101, 102, 103), 1)
    whole, _, history = train_replicas(cohort, plan)
    told: list[int] = []
    part, description, own = train_replicas(cohort, plan, slice(1, 3), lambda done, note="": told.append(done))
    assert description.seeds == (102, 103)
    assert told == list(range(1, 9))
    for name, weights in part.state_dict().items():
        assert torch.equal(weights, whole.state_dict()[name][1:])
    table = history_table(own, before=1)
    expected = history_table(history)
    pd.testing.assert_frame_equal(table, expected[expected["replica"] > 1].reset_index(drop=True))
    assert table["epoch"].tolist() == [1, 2, 3, 1, 2, 3]


def test_a_supervised_model_gets_the_classes_of_the_outcome() -> None:
    patients, schema = clinic_patients(60, outcome=True)[0], clinic_schema(outcome=True)
    cohort = prepare_cohort(patients, schema, SUPERVISED)
    assert cohort.classes == ("no", "yes")
    assert cohort.patients.labels is not None
    expected = patients["improved"].map({"no": 0, "yes": 1}).astype(float).fillna(-1)
    np.testing.assert_array_equal(cohort.patients.labels, expected)
    assert prepare_cohort(patients, schema, SETTINGS).classes == ()


def test_an_outcome_that_nobody_has_cannot_be_learned() -> None:
    patients = clinic_patients(20, outcome=True)[0]
    with pytest.raises(ConfigurationError, match="the schema has no column with categories and the role 'outcome'"):
        prepare_cohort(patients, clinic_schema(), SUPERVISED)
    unknown = patients.assign(improved=pd.Categorical([None] * 20, categories=["no", "yes"]))
    with pytest.raises(ConfigurationError, match="no patient has a value of the outcome 'improved'"):
        prepare_cohort(unknown, clinic_schema(outcome=True), SUPERVISED)
