import base64
import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from retina_vae.assign import TrainedRun, load_run
from retina_vae.assign.explorer import _column, explorer_model
from retina_vae.assign.typicality import Typicality
from retina_vae.cohort import Column
from retina_vae.cohort.encoding import ColumnEncoding
from retina_vae.latent.encode import encode_patients
from tests.assign.clinic import CLINIC, GAPS
from tests.assign.runs import PAPER, TYPED, make_run


def unpack(array: dict[str, Any]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(array["base64"]), array["dtype"]).reshape(array["shape"])


def column(model: dict[str, Any], name: str) -> dict[str, Any]:
    return next(own for own in model["columns"] if own["name"] == name)


def test_the_weights_give_the_posterior_means(either: TrainedRun, fresh: pd.DataFrame):
    x = either.scorer.description.encoding.encode(fresh)
    parameters = computed(encoder(either), x)
    assert encoder(either)["deeper"] == []
    expected = encode_patients(either.scorer.model, torch.from_numpy(x.T).float())
    np.testing.assert_allclose(parameters[:, :2], expected.mean[0].numpy().T, rtol=1e-4, atol=1e-5)


def computed(network: dict[str, Any], x: np.ndarray) -> np.ndarray:
    """What the page makes of (patients, inputs)."""
    for layer in (network["hidden"], *network["deeper"]):
        x = np.maximum(x @ unpack(layer["weight"]).T + unpack(layer["bias"]), 0)
    return x @ unpack(network["output"]["weight"]).T + unpack(network["output"]["bias"])


def test_several_layers_give_the_posterior_means_and_the_decoders_numbers(
    tmp_path: Path, simulated_patients: pd.DataFrame, fresh: pd.DataFrame
):
    patients = simulated_patients.iloc[::50].reset_index(drop=True)
    layers = {"hidden_units": [9, 7, 5], "decoder_units": 4}
    run = load_run(make_run(tmp_path, patients, TYPED | layers, "none", "draws"))
    model, own = explorer_model(run), run.scorer.model
    assert [len(model[part]["deeper"]) for part in ("encoder", "decoder")] == [2, 0]
    x = run.scorer.description.encoding.encode(fresh)
    expected = encode_patients(own, torch.from_numpy(x.T).float()).mean[0]
    np.testing.assert_allclose(computed(model["encoder"], x)[:, :2], expected.numpy().T, rtol=1e-4, atol=1e-5)
    with torch.no_grad():
        numbers = own.decoder(expected[None])[0].numpy().T
    np.testing.assert_allclose(computed(model["decoder"], expected.numpy().T), numbers, rtol=1e-4, atol=1e-5)


def encoder(run: TrainedRun) -> dict[str, Any]:
    return explorer_model(run)["encoder"]


def test_centers_and_noise_are_those_of_the_run(either: TrainedRun):
    model = explorer_model(either)
    assert model["partition"]["method"] == "kmeans"
    np.testing.assert_array_equal(unpack(model["partition"]["centers"]), either.scorer.partition.centers)
    np.testing.assert_array_equal(unpack(model["noise"]), either.scorer.noise[0, :, :, 0].numpy())
    assert (model["on_means"], model["corrected"]) == (either.scorer.on_means, either.scorer.corrected)


def test_a_mixture_is_told_by_its_law(mixture: TrainedRun):
    model, partition = explorer_model(mixture), mixture.scorer.partition
    assert model["partition"].pop("method") == "gaussian_mixture"
    told = {name: unpack(array) for name, array in model["partition"].items()}
    for name, values in partition.law().items():
        np.testing.assert_array_equal(told[name], values)
    unit = told["whitening"] @ partition.covariances @ np.swapaxes(told["whitening"], 1, 2)
    np.testing.assert_allclose(unit, np.tile(np.eye(2), (3, 1, 1)), atol=1e-9)
    json.dumps(model["typicality"], allow_nan=False)


def test_a_prior_that_the_page_does_not_know_is_refused(typed: TrainedRun):
    model = copy.deepcopy(typed.scorer.model)
    model.prior = object()
    with pytest.raises(TypeError, match="expected the prior that the page knows, got object"):
        explorer_model(replace(typed, scorer=replace(typed.scorer, model=model)))


def test_the_decoder_is_there_where_there_is_a_density(typed: TrainedRun, paper: TrainedRun):
    assert explorer_model(paper)["decoder"] is None
    decoder = explorer_model(typed)["decoder"]
    assert unpack(decoder["output"]["weight"]).shape == (11, 8)
    assert decoder["log_scale"] == {"kind": "predicted", "log_sigma": 0.0, "lowest": -4.0, "highest": 3.0}


@pytest.mark.parametrize("kind", ["fixed", "learned"])
def test_scales_that_are_not_predicted(tmp_path: Path, training: pd.DataFrame, kind: str):
    run = load_run(make_run(tmp_path, training, TYPED | {"gaussian_scale": kind, "sigma": 0.5}, "none", "draws"))
    scale = explorer_model(run)["decoder"]["log_scale"]
    assert (scale["kind"], scale["log_sigma"]) == (kind, pytest.approx(np.log(0.5)))
    if kind == "learned":
        np.testing.assert_allclose(unpack(scale["values"]), [np.log(0.5)], rtol=1e-6)


def test_no_patient_is_in_it_and_the_bytes_are_the_same_every_time(
    typed_folder: Path, typed: TrainedRun, training: pd.DataFrame
):
    text = json.dumps(explorer_model(typed), allow_nan=False)
    assert not any(name in text for name in training["patient_id"])
    assert json.dumps(explorer_model(load_run(typed_folder, threads=3))) == text


def test_controls_have_the_schemas_words_and_the_cohorts_middle(typed: TrainedRun, training: pd.DataFrame):
    model = explorer_model(typed)
    age, race = column(model, "age"), column(model, "race")
    assert (age["label"], age["unit"], age["minimum"], age["maximum"]) == ("Age", "years", 0, 120)
    assert age["start"] == pytest.approx(training["age"].median(), abs=0.5)
    assert age["low"] == pytest.approx(training["age"].min(), abs=0.5)
    assert age["high"] == pytest.approx(training["age"].max(), abs=0.5)
    assert race["categories"] == ["Asian", "Black", "Caucasian", "Hispanic", "other"]
    assert race["start"] == training["race"].mode().iloc[0]


def test_a_number_that_never_varies_has_a_control(typed: TrainedRun):
    features = typed.known.features.copy()
    features[:, 5] = 0.25
    run = replace(typed, known=replace(typed.known, features=features))
    age = column(explorer_model(run), "age")
    assert age["low"] == age["start"] == age["high"]


def test_every_kind_of_column_has_what_its_control_needs(clinic: TrainedRun, clinic_training: pd.DataFrame):
    model = explorer_model(clinic)
    for control, wanted in zip(model["columns"], CLINIC.inputs, strict=True):
        known = clinic_training[control["name"]].dropna()
        assert (control["kind"], control["expectation"]) == (wanted.kind, wanted.expectation)
        assert (control["numeric"], control["gaps"]) == (wanted.numeric, control["name"] in GAPS)
        if not wanted.numeric:
            assert control["categories"] == list(wanted.categories)
            assert control["start"] == known.mode().iloc[0]
            continue
        assert control["step"] == (1 if wanted.kind_of.whole else None)
        codes = np.array([control["start"]])
        assert wanted.kind_of.fits(codes, wanted.minimum, wanted.maximum).all()
        assert control["start"] == pytest.approx(known.median(), rel=0.1, abs=0.5 if wanted.kind == "count" else 0)
        assert control["low"] <= control["start"] <= control["high"]
    json.dumps(model, allow_nan=False)


def test_the_encoder_reads_a_mask_per_column_with_gaps_behind_the_features(clinic: TrainedRun):
    model, encoding = explorer_model(clinic), clinic.scorer.description.encoding
    assert unpack(model["encoder"]["hidden"]["weight"]).shape == (8, encoding.width + len(GAPS))
    assert unpack(model["decoder"]["output"]["weight"]).shape[0] == encoding.width + 4


def test_the_middle_of_a_skewed_number_is_not_rounded_away():
    """Half of the numbers lie below a thousandth of their range."""
    skewed = Column(name="a", label="A", kind="positive")
    values = pd.Series([0.001, 0.0123456, 0.0223456, 5000.0])
    control = _column(skewed, ColumnEncoding(name="a", kind="positive", by_kind=True), values)
    assert (control["low"], control["start"], control["high"]) == (0.001, 0.017, 5000)


def test_typicality_is_ranked_among_all_patients(either: TrainedRun):
    typicality = explorer_model(either)["typicality"]
    np.testing.assert_array_equal(unpack(typicality["reference"]), either.typicality.reference)
    assert "percent" not in typicality
    assert ("precision" in typicality) != typicality["has_density"]


def test_many_patients_are_thinned(paper: TrainedRun):
    reference = np.sort(np.random.default_rng(0).normal(size=12_345))
    many = Typicality(reference, paper.typicality.means, paper.typicality.precision, False)
    typicality = explorer_model(replace(paper, typicality=many))["typicality"]
    assert 2000 < len(unpack(typicality["reference"])) <= 5000


def test_the_threshold_is_told(paper: TrainedRun):
    assert explorer_model(paper, unlike_below=2.5)["typicality"]["unlike_below"] == 2.5


def test_a_point_has_no_decoder(tmp_path: Path, training: pd.DataFrame):
    point = {"posterior": "point", "objective": "autoencoder", "kl_weight": 0.0}
    model = explorer_model(load_run(make_run(tmp_path, training, PAPER | point, "none", "draws")))
    assert (model["posterior"], model["decoder"]) == ("point", None)
    assert unpack(model["encoder"]["output"]["bias"]).shape == (2,)
