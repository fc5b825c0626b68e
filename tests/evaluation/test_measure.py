"""Models whose numbers are known: a decoder that knows the columns' margins, a code that is the outcome."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import adjusted_rand_score

from retina_vae.clusters.partitions import KMeansPartition
from retina_vae.cohort import CohortDensity, CohortSchema, Epidemiology, fit_encoding
from retina_vae.config import EvaluationSettings
from retina_vae.config_files import parse_configuration
from retina_vae.evaluation import (
    Measured,
    Subjects,
    choose_subjects,
    code_training_patients,
    fresh_patients,
    measure_model,
)
from retina_vae.evaluation.subjects import choose_training_patients
from retina_vae.latent.encode import encode_patients
from retina_vae.latent.sample import patient_codes
from retina_vae.settings import LatentSettings
from retina_vae.studies.macular.schema import MACULAR
from retina_vae.vae import ModelDescription, VariationalAutoencoder, build_model, replica_generators

# A code that says nothing is one point, which k-means cannot part in three.
pytestmark = pytest.mark.filterwarnings("ignore:Number of distinct clusters")


@pytest.fixture(scope="module")
def subjects(epidemiology: Epidemiology, simulated_patients: pd.DataFrame) -> Subjects:
    settings = EvaluationSettings(patients_per_group=1000)
    return choose_subjects(simulated_patients, MACULAR, settings, fresh_patients(epidemiology, MACULAR, settings))


def silent_model(patients: pd.DataFrame, **changes: object) -> tuple[VariationalAutoencoder, ModelDescription]:
    """Two replicas whose weights are all 0."""
    values = {
        "replicas": 2,
        "seeds": (1, 2),
        "hidden_units": 4,
        "decoder_units": 4,
        "latent_dim": 2,
        "encoding": fit_encoding(patients, MACULAR, "by_kind"),
        "likelihood": "typed",
        "gaussian_scale": "fixed",
        "sigma": 0.8,
        "device": "cpu",
    }
    description = ModelDescription(**(values | changes))
    return build_model(description), description


def measure(
    model: VariationalAutoencoder, description: ModelDescription, patients: pd.DataFrame, on: Subjects
) -> Measured:
    settings = parse_configuration({"study": "macular", "evaluation": {"draws": 20}}, "x")
    training = code_training_patients(model, description, patients, settings.latent)
    return measure_model(model, description, training, on, settings)


def test_a_model_that_says_nothing_has_the_evidence_of_its_biases(
    simulated_patients: pd.DataFrame, subjects: Subjects
) -> None:
    """With all weights 0 the latent code is the prior's, and p(x) is the product of fixed columns."""
    model, description = silent_model(simulated_patients)
    found = measure(model, description, simulated_patients, subjects)
    ages, (age,) = subjects.patients["age"], (c for c in description.encoding.columns if c.name == "age")
    normal = -(((ages - age.center) / (0.8 * age.scale)) ** 2) / 2 - math.log(0.8 * age.scale * math.sqrt(2 * math.pi))
    expected = normal.mean() - math.log(5) - 4 * math.log(2)
    # Draws from a mixture wider than the posterior leave noise in the evidence, and none in the ELBO.
    error = np.asarray(found.log_evidence_error)
    assert (error < 0.005).all()
    assert (np.abs(np.asarray(found.log_evidence) - expected) < 5 * error).all()
    assert found.elbo == pytest.approx([expected, expected], abs=1e-5)
    assert np.asarray(found.distance) == pytest.approx(subjects.log_density.mean() - np.asarray(found.log_evidence))
    assert found.active_units.tolist() == [0, 0]
    assert found.aggregate_kl == pytest.approx([0, 0], abs=1e-6)
    assert np.isnan(found.outcome_accuracy).all()


def test_margins_put_into_the_biases_come_near_the_independent_columns(
    simulated_patients: pd.DataFrame, subjects: Subjects, epidemiology: Epidemiology
) -> None:
    model, description = silent_model(simulated_patients, sigma=1.0)
    shares = description.encoding.encode(simulated_patients).mean(axis=0)
    with torch.no_grad():
        bias = model.decoder.output.bias
        bias[:, :5, 0] = torch.tensor(np.log(shares[:5]))
        bias[:, 6:, 0] = torch.logit(torch.tensor(shares[6:])).float()
    found = measure(model, description, simulated_patients, subjects)
    margins = CohortDensity.of(epidemiology, MACULAR).log_density_of_independent_columns(subjects.patients).mean()
    # Only the age differs: one normal curve in place of a mixture of three.
    assert 0 < margins - found.log_evidence[0] < 0.1


def test_a_code_that_is_the_outcome_is_recovered_and_told(simulated_patients: pd.DataFrame, subjects: Subjects) -> None:
    """The encoder copies drusen (feature 7) to the code, as far apart as it may be told."""
    model, description = silent_model(simulated_patients, classes=MACULAR.outcome.categories)
    with torch.no_grad():
        model.encoder.hidden.weight[:, 0, 7] = 1
        model.encoder.output.weight[:, 0, 0] = 10
        assert model.classifier is not None
        model.classifier.weight[:, 0, 0] = 1
        model.classifier.bias[:, 1, 0] = 1
    found = measure(model, description, simulated_patients, subjects)
    drusen = (subjects.patients["drusen"] == "present").to_numpy()
    expected = np.where(drusen, subjects.outcome == 0, subjects.outcome == 1).mean()
    assert found.outcome_accuracy == pytest.approx([expected, expected])
    assert 0 < found.outcome_ari[0] < 1
    assert found.active_units.tolist() == [1, 1]


def test_without_an_outcome_nothing_is_recovered(simulated_patients: pd.DataFrame) -> None:
    model, description = silent_model(simulated_patients)
    nameless = CohortSchema(identifier="patient_id", columns=MACULAR.inputs)
    patients = simulated_patients.drop(columns="disease")[:500]
    found = measure(model, description, patients, choose_subjects(patients, nameless, EvaluationSettings()))
    assert np.isnan(found.outcome_accuracy).all()
    assert np.isnan(found.outcome_ari).all()
    assert np.isfinite(found.log_evidence).all()


def test_subjects_of_unknown_outcome_are_left_out(simulated_patients: pd.DataFrame, subjects: Subjects) -> None:
    model, description = silent_model(simulated_patients, classes=MACULAR.outcome.categories)
    with torch.no_grad():
        model.encoder.hidden.weight[:, 0, 7] = 1
        model.encoder.output.weight[:, 0, 0] = 10
        model.classifier.weight[:, 0, 0] = 1
        model.classifier.bias[:, 1, 0] = 1
    known = np.arange(len(subjects.patients)) % 3 > 0
    some = replace(subjects, outcome=np.where(known, subjects.outcome, -1), coded=np.flatnonzero(known))
    those = replace(
        subjects,
        patients=subjects.patients[known],
        outcome=subjects.outcome[known],
        log_density=subjects.log_density[known],
        coded=np.arange(known.sum()),
    )
    training = simulated_patients[::10]
    ours, theirs = (measure(model, description, training, on) for on in (some, those))
    assert np.isfinite([*ours.outcome_accuracy, *ours.outcome_ari]).all()
    np.testing.assert_array_equal(ours.outcome_accuracy, theirs.outcome_accuracy)
    np.testing.assert_array_equal(ours.outcome_ari, theirs.outcome_ari)
    no_outcome = replace(some, outcome=np.full(len(known), -1), coded=np.empty(0, dtype=np.int64))
    nobody = measure(model, description, training, no_outcome)
    assert np.isnan([*nobody.outcome_accuracy, *nobody.outcome_ari]).all()


@pytest.mark.parametrize("changes", [{"posterior": "point"}, {"likelihood": "squared_error"}])
def test_what_has_no_density_has_no_evidence(
    simulated_patients: pd.DataFrame, subjects: Subjects, changes: dict
) -> None:
    if "likelihood" in changes:
        changes = changes | {"encoding": fit_encoding(simulated_patients, MACULAR, "raw")}
    model, description = silent_model(simulated_patients, **changes)
    found = measure(model, description, simulated_patients, subjects)
    for name in ("elbo", "log_evidence", "log_evidence_error", "distance", "distance_error"):
        assert np.isnan(getattr(found, name)).all(), name
    assert np.isnan(found.aggregate_kl).all() == ("posterior" in changes)


@pytest.mark.parametrize("correction", ["none", "importance"])
def test_training_patients_have_the_codes_of_the_run(simulated_patients: pd.DataFrame, correction: str) -> None:
    """Those that the run clusters, and in them its own clusters where the models are measured on these patients."""
    model, description = silent_model(simulated_patients)
    model.initialize("glorot_uniform", replica_generators((1, 2)))
    patients, latent = simulated_patients[::20], LatentSettings(correction=correction, proposals=32, draws=4)
    found = code_training_patients(model, description, patients, latent)
    own = patient_codes(model, description, found.x, latent)
    np.testing.assert_array_equal(found.mean, own.mean)
    assert found.corrected is not None
    assert (found.corrected.codes.mean != encode_patients(model, found.x).mean.mT.numpy()).any()
    settings = parse_configuration({"study": "macular", "evaluation": {"draws": 20}}, "x")
    subjects = choose_subjects(patients, MACULAR, settings.evaluation)
    measured = measure_model(model, description, found, subjects, settings)
    clusters = settings.clusters
    for codes, ari in zip(own.mean, measured.outcome_ari, strict=True):
        labels = KMeansPartition.fit(codes, 3, clusters.n_init, clusters.seed).predict(codes)
        assert ari == adjusted_rand_score(subjects.outcome, labels)


def drawn_model(patients: pd.DataFrame) -> tuple[VariationalAutoencoder, ModelDescription]:
    """Two replicas with random weights."""
    model, description = silent_model(patients)
    model.initialize("glorot_uniform", replica_generators((1, 2)))
    return model, description


def measure_training(patients: pd.DataFrame, **evaluation: int) -> Measured:
    model, description = drawn_model(patients)
    values = {"study": "macular", "evaluation": {"draws": 20} | evaluation}
    settings = parse_configuration(values, "x")
    chosen = choose_training_patients(len(patients), settings.evaluation)
    training = code_training_patients(model, description, patients, settings.latent, chosen)
    return measure_model(
        model, description, training, choose_subjects(patients, MACULAR, settings.evaluation), settings
    )


def test_some_patients_stand_for_all_within_the_stated_errors(simulated_patients: pd.DataFrame) -> None:
    whole = measure_training(simulated_patients)
    some = measure_training(simulated_patients, training_patients=300, aggregate_pairs=100 * 3000)
    for name, error in (("log_evidence", "log_evidence_error"), ("aggregate_kl", "aggregate_kl_error")):
        reach = 4 * np.hypot(getattr(some, error), getattr(whole, error))
        assert (np.abs(getattr(some, name) - getattr(whole, name)) < reach).all(), name
        assert (getattr(some, error) > 3 * getattr(whole, error)).all(), name
    # Cheap measures are those of everybody.
    for mine, all_patients in zip(some.dimensions, whole.dimensions, strict=True):
        assert torch.equal(mine, all_patients)
    assert np.isfinite(some.outcome_ari).all()


def test_below_the_bounds_nothing_changes(simulated_patients: pd.DataFrame) -> None:
    patients = simulated_patients[::20].reset_index(drop=True)
    first = measure_training(patients, training_patients=150, aggregate_pairs=150 * 150)
    for name, values in vars(measure_training(patients)).items():
        if name != "dimensions":
            np.testing.assert_array_equal(getattr(first, name), values, err_msg=name)


def test_the_error_of_a_choice_is_that_of_draws_without_repetition(simulated_patients: pd.DataFrame) -> None:
    """Over many choices the means spread as the stated error says."""
    patients = simulated_patients[::30].reset_index(drop=True)
    found = [measure_training(patients, training_patients=50, seed=seed) for seed in range(40)]
    spread = np.std([one.log_evidence for one in found], axis=0, ddof=1)
    stated = np.mean([one.log_evidence_error for one in found], axis=0)
    assert (np.abs(spread / stated - 1) < 0.4).all()
