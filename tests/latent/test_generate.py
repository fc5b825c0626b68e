import math

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import truncnorm

from retina_vae.cohort import validate_patients
from retina_vae.errors import ConfigurationError, InputError
from retina_vae.latent.encode import encode_patients
from retina_vae.latent.generate import generate, similar
from retina_vae.studies.macular.schema import MACULAR
from retina_vae.vae import ModelDescription, StandardNormal, VariationalAutoencoder, build_model, replica_generators
from tests.latent.test_decode import features_of, fix_output, make_model
from tests.vae.every_kind import SCHEMA, every_kind_encoding, every_kind_patients

COUNT = 20_000


def expect_share(values: pd.Series, p: float) -> None:
    """The share lies within 4 standard errors of its probability."""
    assert abs(values.mean() - p) < 4 * math.sqrt(p * (1 - p) / len(values))


def test_patients_have_the_frequencies_that_the_decoder_says(simulated_patients: pd.DataFrame) -> None:
    model, description = make_model(simulated_patients, sigma=0.3)
    logits = np.array([0.0, 1.0, 2.0, -1.0, 0.5])
    fix_output(model, {"race": logits, "age": -0.5, "polyps": -1.2, "sex": 0.4})
    patients = generate(model, description, MACULAR, COUNT, seed=1).patients
    for category, p in zip(MACULAR["race"].categories, np.exp(logits) / np.exp(logits).sum(), strict=True):
        expect_share(patients["race"] == category, p)
    expect_share(patients["polyps"] == "present", 1 / (1 + math.exp(1.2)))
    expect_share(patients["drusen"] == "present", 0.5)
    expect_share(patients["sex"] == "female", 1 / (1 + math.exp(-0.4)))
    age = simulated_patients["age"]
    sigma = 0.3 * age.std(ddof=0)
    assert abs(patients["age"].mean() - age.mean() + 0.5 * age.std(ddof=0)) < 4 * sigma / math.sqrt(COUNT)
    assert abs(patients["age"].std() / sigma - 1) < 4 / math.sqrt(2 * COUNT)


def test_codes_come_from_the_prior(simulated_patients: pd.DataFrame) -> None:
    model, description = make_model(simulated_patients, latent_dim=3)
    codes = generate(model, description, MACULAR, COUNT, seed=1).codes
    assert codes.shape == (COUNT, 3)
    assert np.abs(codes.mean(axis=0)).max() < 4 / math.sqrt(COUNT)
    assert np.abs(np.cov(codes.T) - np.eye(3)).max() < 4 * math.sqrt(2 / COUNT)


def test_codes_come_from_the_models_own_prior(simulated_patients: pd.DataFrame) -> None:
    class Far(StandardNormal):
        def sample(self, shape, generators, dtype):
            return 7 + super().sample(shape, generators, dtype)

    model, description = make_model(simulated_patients, latent_dim=3)
    # Patients that do not depend on their codes, so that the same ones are drawn again.
    fix_output(model, {"age": 0.0})
    standard = generate(model, description, MACULAR, 50, seed=1).codes
    model.prior = Far()
    np.testing.assert_allclose(generate(model, description, MACULAR, 50, seed=1).codes, standard + 7)


def test_a_patient_is_drawn_from_its_own_code(simulated_patients: pd.DataFrame) -> None:
    model, description = make_model(simulated_patients, latent_dim=1, sigma=1e-6)
    patients, codes, _ = generate(model, description, MACULAR, 50, seed=1)
    with torch.no_grad():
        mean = model.decode(torch.from_numpy(codes.T).unsqueeze(0)).mean[0, 5].numpy()
    age = simulated_patients["age"]
    np.testing.assert_allclose(patients["age"], mean * age.std(ddof=0) + age.mean(), atol=1e-3)


def test_a_supervised_model_draws_the_outcome(simulated_patients: pd.DataFrame) -> None:
    model, description = make_model(simulated_patients, classes=MACULAR.outcome.categories)
    with torch.no_grad():
        model.classifier.weight.zero_()
        model.classifier.bias[0, :, 0] = torch.tensor([0.2, 0.5, 0.3]).log()
    patients = generate(model, description, MACULAR, COUNT, seed=1).patients
    for name, p in zip(MACULAR.outcome.categories, (0.2, 0.5, 0.3), strict=True):
        expect_share(patients["disease"] == name, p)
    pd.testing.assert_frame_equal(validate_patients(patients, MACULAR, "the generated patients"), patients)


def test_an_outcome_goes_with_the_patient(simulated_patients: pd.DataFrame) -> None:
    model, description = make_model(simulated_patients, classes=MACULAR.outcome.categories)
    with torch.no_grad():
        model.classifier.weight.mul_(1000)
    patients = generate(model, description, MACULAR, 200, seed=1).patients
    log_p = model.classify(encode_patients(model, features_of(description, patients)))[0].detach()
    certain = (log_p.max(dim=0).values > math.log(0.999)).numpy()
    expected = np.array(MACULAR.outcome.categories)[log_p.argmax(dim=0).numpy()]
    assert certain.mean() > 0.5
    assert (patients["disease"].to_numpy()[certain] == expected[certain]).mean() > 0.98


def test_other_models_leave_the_outcome_out(simulated_patients: pd.DataFrame) -> None:
    patients = generate(*make_model(simulated_patients), MACULAR, 12, seed=1).patients
    assert list(patients) == ["patient_id", *(column.name for column in MACULAR.inputs)]
    assert patients["patient_id"].tolist() == [f"G{number:04d}" for number in range(1, 13)]
    for column in MACULAR.inputs:
        if not column.numeric:
            assert tuple(patients[column.name].cat.categories) == column.categories


def test_impossible_ages_are_drawn_again_and_counted(simulated_patients: pd.DataFrame) -> None:
    model, description = make_model(simulated_patients)
    age = simulated_patients["age"]
    center, scale = age.mean(), age.std(ddof=0)
    fix_output(model, {"age": (120 - center) / scale})
    patients, codes, redrawn = generate(model, description, MACULAR, COUNT, seed=1)
    assert patients["age"].between(0, 120).all()
    assert len(codes) == len(patients) == COUNT
    expect_share(pd.Series([True] * COUNT + [False] * redrawn), 0.5)
    truncated = truncnorm(-120 / scale, 0, loc=120, scale=scale)
    assert abs(patients["age"].mean() - truncated.mean()) < 4 * truncated.std() / math.sqrt(COUNT)


def test_an_impossible_patient_is_drawn_again_with_its_code(simulated_patients: pd.DataFrame) -> None:
    model, description = make_model(simulated_patients, latent_dim=1)
    fix_output(model, {})
    with torch.no_grad():
        model.decoder.hidden.weight[0, 0, 0] = 1
        model.decoder.output.weight[0, 5, 0] = 1e6
    codes = generate(model, description, MACULAR, 1000, seed=1).codes
    assert codes.max() < 1e-3


def test_a_model_of_impossible_patients_is_an_error(simulated_patients: pd.DataFrame) -> None:
    model, description = make_model(simulated_patients)
    fix_output(model, {"age": 100.0})
    with pytest.raises(InputError, match="within the bounds of the schema, got 1000 of 1000 outside"):
        generate(model, description, MACULAR, 10, seed=1)


@pytest.mark.parametrize("posterior", ["diagonal", "full"])
def test_similar_patients_have_codes_from_the_posterior(simulated_patients: pd.DataFrame, posterior: str) -> None:
    model, description = make_model(simulated_patients, posterior=posterior)
    x = features_of(description, simulated_patients.iloc[[7]])
    codes = similar(model, description, MACULAR, x[:, 0], COUNT, seed=1).codes
    q = encode_patients(model, x)
    mean, covariance = q.mean[0, :, 0].numpy(), q.covariance[0, :, :, 0].numpy()
    assert (np.abs(codes.mean(axis=0) - mean) < 4 * np.sqrt(np.diag(covariance) / COUNT)).all()
    assert np.abs(np.cov(codes.T) - covariance).max() < 4 * covariance.max() * math.sqrt(2 / COUNT)


def test_patients_similar_to_a_point_have_its_code(simulated_patients: pd.DataFrame) -> None:
    model, description = make_model(simulated_patients, posterior="point")
    x = features_of(description, simulated_patients.iloc[[7]])
    patients, codes, _ = similar(model, description, MACULAR, x[:, 0], 30, seed=1)
    mean = encode_patients(model, x).mean[0, :, 0].numpy()
    np.testing.assert_array_equal(codes, np.tile(mean, (30, 1)))
    assert patients["age"].nunique() == 30


def test_the_same_seed_gives_the_same_bytes(simulated_patients: pd.DataFrame) -> None:
    model, description = make_model(simulated_patients, classes=MACULAR.outcome.categories)
    first, again, other = (generate(model, description, MACULAR, 100, seed).patients.to_csv() for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_papers_output_generates_no_patients(simulated_patients: pd.DataFrame) -> None:
    model, description = make_model(simulated_patients, likelihood="squared_error")
    with pytest.raises(ConfigurationError, match=r"likelihood is 'typed'.*got 'squared_error'"):
        generate(model, description, MACULAR, 10, seed=1)
    with pytest.raises(ConfigurationError, match=r"likelihood is 'typed'.*got 'squared_error'"):
        similar(model, description, MACULAR, torch.zeros(10, dtype=torch.float64), 10, seed=1)


def every_kind_model(**changes: object) -> tuple[VariationalAutoencoder, ModelDescription]:
    """One replica with random weights for patients with a column of every kind, who have gaps and no outcome."""
    values = {
        "replicas": 1,
        "seeds": (1,),
        "hidden_units": 8,
        "decoder_units": 8,
        "latent_dim": 2,
        "encoding": every_kind_encoding(missing=0.2),
        "likelihood": "typed",
        "sigma": 0.7,
        "device": "cpu",
    }
    description = ModelDescription(**(values | changes))
    model = build_model(description).double()
    model.initialize("glorot_uniform", replica_generators((1,)))
    return model, description


def test_every_kind_is_drawn_within_its_own_bounds_and_without_gaps() -> None:
    patients, _, redrawn = generate(*every_kind_model(), SCHEMA, 3000, seed=1)
    assert list(patients) == ["patient_id", *(column.name for column in SCHEMA.columns)]
    pd.testing.assert_frame_equal(validate_patients(patients, SCHEMA, "the generated patients"), patients)
    assert not patients.isna().any().any()
    assert patients["creatinine"].between(0, 20, inclusive="right").all()
    assert 0.05 < (patients["volume"] == 0).mean() < 0.95
    assert (patients["visits"] % 1 == 0).all()
    assert redrawn < 300


def test_numbers_that_no_column_of_their_kind_holds_are_drawn_again() -> None:
    model, description = every_kind_model(gaussian_scale="fixed", sigma=3.0)
    rows = {column.name: place.start for column, place in description.encoding.slices}
    with torch.no_grad():
        model.decoder.output.weight.zero_()
        # A mean of e^17 visits, and counts end at 100,000; and a creatinine about the bound of 20.
        model.decoder.output.bias[0, rows["creatinine"], 0] = 5.0
        model.decoder.output.bias[0, rows["visits"], 0] = 4.0
    patients, _, redrawn = generate(model, description, SCHEMA, 500, seed=1)
    assert redrawn > 50
    assert patients["creatinine"].max() <= 20
    assert patients["visits"].max() <= 100_000


def test_a_patient_with_gaps_has_similar_patients_without() -> None:
    model, description = every_kind_model()
    x = torch.from_numpy(description.encoding.encode(every_kind_patients(20, missing=0.4)).T)
    patient = int(x.isnan().any(dim=0).nonzero()[0, 0])
    made = similar(model, description, SCHEMA, x[:, patient], 40, seed=1)
    assert not made.patients.isna().any().any()
    q = encode_patients(model, x[:, [patient]])
    assert np.abs(made.codes.mean(axis=0) - q.mean[0, :, 0].numpy()).max() < 5 * q.scale.max() / math.sqrt(40)
