"""From a table of patients to a trained model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from retina_vae.cohort import CohortSchema, Column
from retina_vae.config import ModelSettings, VaeSettings
from retina_vae.errors import ConfigurationError
from retina_vae.latent.generate import generate
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


def drawn_moments(patients: pd.DataFrame, schema: CohortSchema) -> tuple[float, float]:
    """Mean and standard deviation of the numbers that a model draws after training on the patients."""
    settings = VaeSettings(
        epochs=150, refit_epochs=0, hidden_units=8, batch_size=100, likelihood="typed", gaussian_scale="learned"
    )
    cohort = prepare_cohort(patients, schema, settings)
    trained, description, _ = train_replicas(cohort, plan_training(cohort, ModelSettings(settings, 1, 1), CPU))
    drawn = generate(trained, description, schema, 20_000, 1).patients["x"]
    return float(drawn.mean()), float(drawn.std())


def test_a_model_of_limits_finds_the_distribution_behind_them_and_substitution_does_not() -> None:
    """A normal number of mean 5 and standard deviation 2, of which 40 % lie below the limit of detection."""
    truth = np.random.default_rng(3).normal(5, 2, 600)
    limit = np.quantile(truth, 0.4)
    schema = CohortSchema(
        identifier="id",
        columns=(
            Column(name="x", label="x", kind="continuous", censored=True),
            Column(name="coin", label="Coin", kind="binary", categories=("0", "1")),
        ),
    )
    coin = pd.Categorical(np.random.default_rng(4).choice(["0", "1"], 600), categories=["0", "1"])
    table = pd.DataFrame({"id": [str(i) for i in range(600)], "x": np.maximum(truth, limit), "coin": coin})
    below = pd.Series(np.where(truth < limit, "below", None), dtype="str")
    mean, deviation = drawn_moments(table.assign(**{"x (remark)": below}), schema)
    assert abs(mean - truth.mean()) < 0.25
    assert abs(deviation - truth.std()) < 0.25
    substituted_mean, substituted_deviation = drawn_moments(table, schema)
    assert substituted_mean - truth.mean() > 0.4
    assert truth.std() - substituted_deviation > 0.4


@pytest.mark.parametrize("remark", [{"censored": True}, {"not_applicable": ("-",)}])
def test_remarks_ask_for_the_features_and_the_likelihood_that_know_them(remark: dict[str, object]) -> None:
    column = Column.model_validate({"name": "x", "label": "x", "kind": "continuous", **remark})
    schema = CohortSchema(identifier="id", columns=(column,))
    said = [None, None, "not applicable" if "not_applicable" in remark else "below"]
    values = [1.0, 2.0, np.nan if "not_applicable" in remark else 0.5]
    table = pd.DataFrame({"id": ["a", "b", "c"], "x": values, "x (remark)": said})
    with pytest.raises(ConfigurationError, match=r"vae.input_scaling: expected 'by_kind'.*\['x'\], got 'raw'"):
        prepare_cohort(table, schema, VaeSettings(input_scaling="raw", likelihood="squared_error"))
    losses = VaeSettings(likelihood="squared_error", posterior="diagonal")
    with pytest.raises(ConfigurationError, match=r"vae.likelihood: expected 'typed'.*\['x'\], got 'squared_error'"):
        prepare_cohort(table, schema, losses)
