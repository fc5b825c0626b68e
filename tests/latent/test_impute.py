"""What is put into the gaps of patients, and how sure it is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from retina_vae.cohort import CohortSchema, Column, fit_encoding
from retina_vae.config import LatentSettings, VaeSettings
from retina_vae.errors import ConfigurationError, InputError
from retina_vae.latent.encode import patient_features
from retina_vae.latent.impute import Imputer, _smallest_sets
from retina_vae.latent.predictive import predict_gaps, weighted_codes
from retina_vae.vae import ModelDescription, VariationalAutoencoder, build_model, replica_generators
from retina_vae.vae.proposals import weighted_proposals

SCHEMA = CohortSchema(
    identifier="id",
    columns=(
        Column(name="sign", label="Sign", kind="binary", categories=("no", "yes")),
        Column(name="place", label="Place", kind="nominal", categories=("a", "b", "c")),
        Column(name="grade", label="Grade", kind="ordinal", categories=("I", "II", "III")),
        Column(name="visits", label="Visits", kind="count"),
        Column(name="weight", label="Weight", kind="positive", unit="kg", maximum=60),
    ),
)
PATIENTS = pd.DataFrame(
    {
        "id": list("pqrstu"),
        "sign": pd.Categorical(["no", "yes", None, "no", "yes", "no"], categories=["no", "yes"]),
        "place": pd.Categorical(["a", None, "c", "b", "b", "a"], categories=["a", "b", "c"]),
        "grade": pd.Categorical(["I", "II", "II", None, "III", "I"], categories=["I", "II", "III"]),
        "visits": [1.0, 4.0, np.nan, 0.0, 9.0, 3.0],
        "weight": [50.0, np.nan, 55.0, 58.0, 40.0, 60.0],
    }
)
NOISE = torch.randn(2, 2, 12, 1, generator=torch.Generator().manual_seed(3))


def model_of(likelihood: str = "typed") -> tuple[VariationalAutoencoder, ModelDescription]:
    """Two untrained replicas whose decoders say something different of each code."""
    scaling = {"typed": "by_kind", "squared_error": "unit_interval"}[likelihood]
    settings = VaeSettings(
        likelihood=likelihood, input_scaling=scaling, hidden_units=6, decoder_units=6, posterior="diagonal"
    )
    encoding = fit_encoding(PATIENTS, SCHEMA, scaling)
    description = ModelDescription.from_settings(settings, 2, [4, 5], encoding, "cpu")
    model = build_model(description)
    model.initialize("he_uniform", replica_generators([4, 5]))
    return model, description


def imputer(schema: CohortSchema = SCHEMA, corrected: bool = True, likelihood: str = "typed") -> Imputer:
    return Imputer(*model_of(likelihood), schema, NOISE, corrected)


def by_hand(corrected: bool) -> np.ndarray:
    """Probabilities and means replica by replica, patient by patient and code by code."""
    model, description = model_of()
    x = patient_features(description.encoding, PATIENTS)
    rows = []
    for patient in range(len(PATIENTS)):
        own = x[:, patient : patient + 1].expand(2, -1, -1)
        posterior = model.encode(own)
        z, weights = posterior.rsample(NOISE)[..., 0], torch.full((2, 12), 1 / 12)
        if corrected:
            found = weighted_proposals(model, posterior, own, NOISE)
            z, weights = found.codes[..., 0], found.log_weights[..., 0].softmax(dim=1)
        told = model.decode(z).expectation(description.encoding)
        rows.append(((told * weights.unsqueeze(1)).sum(dim=2).mean(dim=0)).detach().numpy())
    return np.stack(rows)


@pytest.mark.parametrize("corrected", [False, True])
def test_probabilities_are_means_over_the_weighted_codes_of_all_replicas(corrected: bool) -> None:
    model, description = model_of()
    x = patient_features(description.encoding, PATIENTS)
    found = {own.column.name: own for own in predict_gaps(model, description, x, NOISE, corrected=corrected)}
    expected = by_hand(corrected)
    np.testing.assert_allclose(found["sign"].described[0], expected[2, :1], rtol=1e-4)
    np.testing.assert_allclose(found["place"].described[0], expected[1, 1:4], rtol=1e-4)
    np.testing.assert_allclose(found["grade"].described[0], expected[3, 4:7], rtol=1e-4)
    assert found["sign"].probabilities[0].tolist() == pytest.approx([1 - expected[2, 0], expected[2, 0]], rel=1e-4)


def test_weights_of_every_replica_sum_to_its_share() -> None:
    model, description = model_of()
    x = patient_features(description.encoding, PATIENTS)
    with torch.no_grad():
        _, weights = weighted_codes(model, x, NOISE, corrected=True)
    np.testing.assert_allclose(weights.sum(dim=1), 0.5, rtol=1e-9)


def test_gaps_get_modes_medians_and_means_and_nothing_else_changes() -> None:
    expected = by_hand(True)
    filled = imputer().fill(PATIENTS).patients
    assert filled.loc[2, "sign"] == ("yes" if expected[2, 0] > 0.5 else "no")
    assert filled.loc[1, "place"] == "abc"[expected[1, 1:4].argmax()]
    assert filled.loc[3, "grade"] == ["I", "II", "III"][(expected[3, 4:7].cumsum()[:2] < 0.5).sum()]
    assert filled.loc[2, "visits"] == round(filled.loc[2, "visits"])
    for name in filled:
        known = PATIENTS[name].notna()
        assert (filled.loc[known, name] == PATIENTS.loc[known, name]).all()
        assert filled[name].notna().all()


def test_intervals_stand_beside_what_was_filled_and_nowhere_else() -> None:
    filled = imputer().fill(PATIENTS, 0.9)
    table = filled.intervals()
    assert list(table) == [
        *("sign (probability)", "sign (set)", "place (probability)", "place (set)", "grade (low)", "grade (high)"),
        *("visits (low)", "visits (high)", "weight (low)", "weight (high)"),
    ]
    assert table["weight (low)"].notna().tolist() == [False, True, False, False, False, False]
    assert table.loc[1, "weight (low)"] < filled.patients.loc[1, "weight"] <= table.loc[1, "weight (high)"]
    assert filled.names().tolist() == ["", "place; weight", "sign; visits", "grade", "", ""]
    expected = by_hand(True)
    assert table.loc[1, "place (probability)"] == pytest.approx(expected[1, 1:4].max(), rel=1e-4)
    held = table.loc[1, "place (set)"].split(" | ")
    assert expected[1, 1:4][["abc".index(name) for name in held]].sum() >= 0.9


def test_a_wider_interval_holds_a_narrower_one() -> None:
    narrow, wide = (imputer().fill(PATIENTS, interval).columns[-1] for interval in (0.5, 0.99))
    assert wide.low[0] < narrow.low[0] < narrow.high[0] <= wide.high[0]
    assert narrow.codes[0] == wide.codes[0]


def test_the_smallest_set_is_the_most_probable_that_suffices() -> None:
    probabilities = np.array([[0.5, 0.1, 0.4], [0.02, 0.95, 0.03], [0.3, 0.3, 0.4], [0.1, 0.9, 0.0]])
    assert _smallest_sets(probabilities, 0.9).tolist() == [
        [True, False, True],
        [False, True, False],
        [True, True, True],
        [False, True, False],
    ]


def test_a_gap_where_nothing_applies_stays_one() -> None:
    remarks = pd.Series([None, "not applicable", None, None, None, None], dtype="str")
    filled = imputer().fill(PATIENTS.assign(**{"weight (remark)": remarks}))
    assert np.isnan(filled.patients.loc[1, "weight"])
    assert filled.names()[1] == "place"


def test_a_value_stays_within_the_bounds_of_its_column() -> None:
    narrow = SCHEMA.with_inputs(*SCHEMA.columns[:4], SCHEMA["weight"].model_copy(update={"maximum": 30.0}))
    filled = imputer(narrow, corrected=False).fill(PATIENTS)
    assert filled.patients.loc[1, "weight"] == 30
    assert filled.columns[-1].high[0] == 30


def test_nobody_lacks_anything() -> None:
    complete = PATIENTS.dropna().reset_index(drop=True)
    filled = imputer().fill(complete)
    pd.testing.assert_frame_equal(filled.patients, complete.drop(columns="id"))
    assert filled.intervals().isna().all(axis=None)
    assert filled.names().tolist() == [""] * len(complete)


def test_a_gap_in_a_column_that_nobody_lacked_is_refused() -> None:
    encoding = fit_encoding(PATIENTS.assign(weight=50.0), SCHEMA, "by_kind")
    model, description = model_of()
    description = description.model_copy(update={"encoding": encoding})
    with pytest.raises(InputError, match=r"'weight': expected .* got nothing, which no patient lacked in training"):
        Imputer(model, description, SCHEMA, NOISE, True).fill(PATIENTS)


def test_no_other_likelihood_says_what_is_expected() -> None:
    with pytest.raises(ConfigurationError, match="whose likelihood is 'typed'"):
        imputer(likelihood="squared_error", corrected=False).fill(PATIENTS)


def test_the_settings_of_a_run_say_how_codes_are_made() -> None:
    model, description = model_of()
    made = Imputer.of(model, description, SCHEMA, LatentSettings(proposals=300, correction="none"))
    assert made.noise.shape == (2, 2, 300, 1)
    assert not made.corrected
    assert not torch.equal(made.noise[0], made.noise[1])
