"""The distribution of every gap: against the exact posterior of a linear model, and the coverage after training."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray
from scipy import stats

from retina_vae.cohort import CohortSchema, Column, fit_encoding
from retina_vae.config import LatentSettings, VaeSettings
from retina_vae.latent.encode import patient_features
from retina_vae.latent.impute import Imputer
from retina_vae.latent.predictive import predict_gaps
from retina_vae.vae import ModelDescription, VariationalAutoencoder, build_model
from retina_vae.vae.proposals import common_noise

NUMBERS = CohortSchema(
    identifier="id", columns=tuple(Column(name=f"x{j}", label=f"X{j}", kind="continuous") for j in range(4))
)
SLOPES = np.array([[1.0, 0.2], [-0.8, 0.5], [0.3, -1.1], [0.6, 0.6]])
SCALES = np.array([0.5, 0.8, 0.4, 1.2])
FAR = 12.0
"""No code lies further from 0, so that a unit of the decoder that starts there is linear."""


def numbers_with_gaps(patients: int) -> pd.DataFrame:
    """Numbers of the linear model with gaps anywhere."""
    rng = np.random.default_rng(2)
    values = rng.normal(size=(patients, 2)) @ SLOPES.T + SCALES * rng.normal(size=(patients, 4))
    values[rng.random(values.shape) < 0.3] = np.nan
    values[np.isnan(values).all(axis=1), 0] = 0.0
    table = pd.DataFrame(values, columns=[f"x{j}" for j in range(4)])
    table.insert(0, "id", [f"p{row}" for row in range(patients)])
    return table


def linear_model(table: pd.DataFrame, replicas: int) -> tuple[VariationalAutoencoder, ModelDescription]:
    """x = slopes z + noise by a network: two units that are z + FAR where it matters; replica 2 adds 1 to all means.

    The encoder knows nothing, and says N(0, I) of everybody.
    """
    settings = VaeSettings(hidden_units=4, decoder_units=2, gaussian_scale="predicted", posterior="diagonal")
    encoding = fit_encoding(table, NUMBERS, "by_kind")
    description = ModelDescription.from_settings(settings, 2, list(range(replicas)), encoding, "cpu")
    model = build_model(description)
    center = np.array([column.center for column in encoding.columns])
    scale = np.array([column.scale for column in encoding.columns])
    with torch.no_grad():
        model.decoder.hidden.weight.copy_(torch.eye(2))
        model.decoder.hidden.bias.fill_(FAR)
        weight, bias = np.zeros((8, 2)), np.zeros(8)
        weight[:4], bias[4:] = SLOPES / scale[:, None], np.log(SCALES / scale)
        bias[:4] = -(center + FAR * SLOPES.sum(axis=1)) / scale
        model.decoder.output.weight.copy_(torch.from_numpy(weight))
        model.decoder.output.bias.copy_(torch.from_numpy(bias)[:, None])
        for replica in range(1, replicas):
            model.decoder.output.bias[replica, :4, 0] += torch.from_numpy(replica / scale)
    return model, description


def exact(row: NDArray[np.float64], column: int, shift: float = 0.0) -> tuple[float, float]:
    """Mean and standard deviation of one gap, given what is observed."""
    known = ~np.isnan(row)
    covariance = SLOPES @ SLOPES.T + np.diag(SCALES**2)
    gain = covariance[column, known] @ np.linalg.inv(covariance[np.ix_(known, known)])
    mean = shift + gain @ (row[known] - shift)
    return mean, np.sqrt(covariance[column, column] - gain @ covariance[known, column])


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return numbers_with_gaps(60)


def test_quantiles_are_those_of_the_exact_posterior(table: pd.DataFrame) -> None:
    model, description = linear_model(table, 1)
    x, noise = patient_features(description.encoding, table), common_noise(2, 8192, 1)
    found = predict_gaps(model, description, x, noise, (0.05, 0.5, 0.95), corrected=True)
    values = table.drop(columns="id").to_numpy()
    for own in found:
        place = int(own.column.name[1:])
        for patient, mean, quantiles in zip(own.patients, own.described[:, 0], own.quantiles, strict=True):
            center, sd = exact(values[patient], place)
            assert mean == pytest.approx(center, abs=0.05 * sd)
            np.testing.assert_allclose((quantiles - center) / sd, stats.norm.ppf([0.05, 0.5, 0.95]), atol=0.06)


def test_replicas_that_disagree_are_mixed(table: pd.DataFrame) -> None:
    model, description = linear_model(table, 2)
    x, noise = patient_features(description.encoding, table), common_noise(2, 8192, 1)
    own = predict_gaps(model, description, x, noise, (0.05, 0.95), corrected=True)[3]
    values = table.drop(columns="id").to_numpy()
    for patient, ends in zip(own.patients, own.quantiles, strict=True):
        parts = [exact(values[patient], 3, shift) for shift in (0.0, 1.0)]
        reached = [np.mean([stats.norm.cdf(end, *part) for part in parts]) for end in ends]
        np.testing.assert_allclose(reached, [0.05, 0.95], atol=0.012)


def test_a_patient_is_told_the_same_whoever_else_is_there(table: pd.DataFrame) -> None:
    model, description = linear_model(table, 2)
    x, noise = patient_features(description.encoding, table), common_noise(2, 64, 1)
    together = predict_gaps(model, description, x, noise, (0.1,), corrected=True)
    alone = predict_gaps(model, description, x[:, 5:6], noise, (0.1,), corrected=True)
    for whole, own in zip(together, alone, strict=True):
        np.testing.assert_allclose(whole.quantiles[whole.patients == 5], own.quantiles, rtol=1e-4, atol=1e-5)


MIXED = CohortSchema(
    identifier="id",
    columns=(
        Column(name="a", label="A", kind="continuous"),
        Column(name="b", label="B", kind="continuous"),
        Column(name="c", label="C", kind="positive"),
        Column(name="grade", label="Grade", kind="ordinal", categories=("0", "1", "2", "3", "4")),
        Column(name="visits", label="Visits", kind="count"),
    ),
)


def simulated(patients: int) -> pd.DataFrame:
    """One factor behind five columns of mixed kinds."""
    rng = np.random.default_rng(8)
    z = rng.normal(size=patients)
    grade = np.digitize(1.5 * z + rng.logistic(size=patients), [-2, -0.5, 0.5, 2])
    return pd.DataFrame(
        {
            "id": [f"p{row}" for row in range(patients)],
            "a": 50 + 8 * z + 4 * rng.normal(size=patients),
            "b": 3 - z + rng.normal(size=patients),
            "c": np.exp(1 + 0.5 * z + 0.4 * rng.normal(size=patients)),
            "grade": pd.Categorical.from_codes(grade, categories=list("01234")),
            "visits": rng.poisson(np.exp(1 + 0.5 * z)).astype(float),
        }
    )


def test_intervals_hold_hidden_values_as_often_as_they_say() -> None:
    from retina_vae.config_files import parse_configuration
    from retina_vae.training import plan_training, prepare_cohort, train_replicas

    truth = simulated(500)
    hidden = np.random.default_rng(3).random((500, 5)) < 0.25
    masked = truth.copy()
    for place, column in enumerate(MIXED.columns):
        masked.loc[hidden[:, place], column.name] = None
    masked = masked[~hidden.all(axis=1)].reset_index(drop=True)
    truth = truth[~hidden.all(axis=1)].reset_index(drop=True)
    vae = {"latent_dims": [2], "replicas": 2, "epochs": 60, "hidden_units": 16, "decoder_units": 8, "refit_epochs": 10}
    settings = parse_configuration({"vae": vae, "clusters": {"latent_dim": 2}}, "test")
    given = prepare_cohort(masked, MIXED, settings.vae)
    model, description, _ = train_replicas(given, plan_training(given, settings.model("d2"), torch.device("cpu")))
    filled = Imputer.of(model, description, MIXED, LatentSettings(proposals=256)).fill(masked, 0.9)
    covered, numbers = [], []
    for own in filled.columns:
        codes = own.column.kind_of.codes(truth[own.column.name], own.column.categories)[own.patients]
        inside = (codes >= own.low) & (codes <= own.high)
        # Intervals of whole values hold more than they say, because an end is a value and not a point between two.
        (numbers if own.column.kind in ("continuous", "positive") else covered).extend(inside)
    assert 0.85 <= np.mean(numbers) <= 0.95
    assert 0.88 <= np.mean(covered) <= 0.99
