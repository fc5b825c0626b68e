"""What a model expects in the gaps of patients."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from retina_vae.cohort import CohortSchema, Column, fit_encoding
from retina_vae.config import VaeSettings
from retina_vae.errors import ConfigurationError
from retina_vae.latent.encode import patient_features
from retina_vae.latent.impute import expected_values, fill_gaps
from retina_vae.vae import ModelDescription, VariationalAutoencoder, build_model, replica_generators
from retina_vae.vae.proposals import weighted_proposals

SCHEMA = CohortSchema(
    identifier="id",
    columns=(
        Column(name="sign", label="Sign", kind="binary", categories=("no", "yes")),
        Column(name="place", label="Place", kind="nominal", categories=("a", "b", "c")),
        Column(name="visits", label="Visits", kind="count"),
        Column(name="weight", label="Weight", kind="positive", unit="kg", maximum=60),
    ),
)
PATIENTS = pd.DataFrame(
    {
        "id": list("pqrstu"),
        "sign": pd.Categorical(["no", "yes", None, "no", "yes", "no"], categories=["no", "yes"]),
        "place": pd.Categorical(["a", None, "c", "b", "b", "a"], categories=["a", "b", "c"]),
        "visits": [1.0, 4.0, np.nan, 0.0, 9.0, 3.0],
        "weight": [50.0, np.nan, 55.0, 58.0, 40.0, 60.0],
    }
)
NOISE = torch.randn(1, 2, 12, 1, generator=torch.Generator().manual_seed(3))


def model_of(likelihood: str = "typed") -> tuple[VariationalAutoencoder, ModelDescription]:
    """An untrained model whose decoder says something different of each code."""
    scaling = {"typed": "by_kind", "squared_error": "unit_interval"}[likelihood]
    settings = VaeSettings(
        likelihood=likelihood, input_scaling=scaling, hidden_units=6, decoder_units=6, posterior="diagonal"
    )
    encoding = fit_encoding(PATIENTS, SCHEMA, scaling)
    description = ModelDescription.from_settings(settings, 2, [4], encoding, "cpu")
    model = build_model(description)
    model.initialize("he_uniform", replica_generators([4]))
    return model, description


def by_hand(corrected: bool) -> np.ndarray:
    """The same, patient by patient and code by code."""
    model, description = model_of()
    x = patient_features(description.encoding, PATIENTS)
    rows = []
    for patient in range(len(PATIENTS)):
        own = x[:, patient : patient + 1]
        posterior = model.encode(own.unsqueeze(0))
        z, weights = posterior.rsample(NOISE)[0, :, :, 0], torch.full((12,), 1 / 12)
        if corrected:
            found = weighted_proposals(model, posterior, own.unsqueeze(0), NOISE)
            z, weights = found.codes[0, :, :, 0], found.log_weights[0, :, 0].exp()
            weights = weights / weights.sum()
        told = [model.decode(code.view(1, 2, 1)).expectation(description.encoding)[0, :, 0] for code in z.T]
        rows.append(sum(weight * one for weight, one in zip(weights, told, strict=True)).detach().numpy())
    return np.stack(rows)


@pytest.mark.parametrize("corrected", [False, True])
def test_what_is_expected_is_the_mean_over_the_weighted_codes(corrected: bool) -> None:
    model, description = model_of()
    x = patient_features(description.encoding, PATIENTS)
    found = expected_values(model, description, x, NOISE, corrected=corrected)
    np.testing.assert_allclose(found, by_hand(corrected), rtol=1e-4)
    np.testing.assert_allclose(found[:, 1:4].sum(axis=1), 1, rtol=1e-6)


def test_gaps_get_modes_and_means_and_nothing_else_changes() -> None:
    expected = by_hand(True)
    filled = fill_gaps(*model_of(), SCHEMA, PATIENTS, NOISE, corrected=True)
    assert filled.loc[2, "sign"] == ("yes" if expected[2, 0] > 0.5 else "no")
    assert filled.loc[1, "place"] == "abc"[expected[1, 1:4].argmax()]
    assert filled.loc[2, "visits"] == round(expected[2, 4])
    assert filled.loc[1, "weight"] == pytest.approx(min(expected[1, 5], 60), rel=1e-4)
    for name in filled:
        known = PATIENTS[name].notna()
        assert (filled.loc[known, name] == PATIENTS.loc[known, name]).all()


def test_a_value_stays_within_the_bounds_of_its_column() -> None:
    narrow = SCHEMA.with_inputs(*SCHEMA.columns[:3], SCHEMA["weight"].model_copy(update={"maximum": 30.0}))
    assert fill_gaps(*model_of(), narrow, PATIENTS, NOISE, corrected=False).loc[1, "weight"] == 30


def test_no_other_likelihood_says_what_is_expected() -> None:
    with pytest.raises(ConfigurationError, match="whose likelihood is 'typed'"):
        fill_gaps(*model_of("squared_error"), SCHEMA, PATIENTS, NOISE, corrected=False)
