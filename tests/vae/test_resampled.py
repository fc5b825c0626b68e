import numpy as np
import pytest
import torch
from torch import Tensor

from retina_vae.config import VaeSettings
from retina_vae.resamples import SCHEMES
from retina_vae.vae import Patients, fit_replicas
from retina_vae.vae.resampled import noisy_features, resampled_patients

from .conftest import PLAIN, describe, encoding, typed_features

SETTINGS = VaeSettings(
    epochs=4,
    batch_size=8,
    learning_rate=0.01,
    kl_weight=0.5,
    initialization="glorot_uniform",
    input_scaling="by_kind",
    likelihood="typed",
    **PLAIN,
)
TYPED = {"likelihood": "typed", "gaussian_scale": "learned"}


def cohort(device: torch.device, patients: int = 24) -> Patients:
    return Patients(typed_features(patients, device), torch.arange(patients, device=device) % 3)


@pytest.mark.parametrize("objective", ["elbo", "supervised"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_replica_on_its_resample_equals_the_same_seed_trained_alone_on_it(
    scheme: str, objective: str, device: torch.device
) -> None:
    patients = cohort(device)
    settings = SETTINGS.model_copy(update={"objective": objective, "validation_fraction": 0.25})
    classes = {"classes": ("A", "B", "C")} if objective == "supervised" else {}
    own, drawn = resampled_patients(patients, encoding(by_kind=True), scheme, 3, seed=1)
    together, history = fit_replicas(own, describe(**TYPED, **classes), settings, device)
    # As a cohort of its own, without a word of replicas.
    x = own.x[1] if scheme == "noise" else patients.x[:, drawn[1]]
    labels = patients.labels[drawn[1]] if patients.labels is not None else None
    alone, alone_history = fit_replicas(Patients(x, labels), describe(seeds=(2,), **TYPED, **classes), settings, device)
    for (name, values), single in zip(together.named_parameters(), alone.parameters(), strict=True):
        torch.testing.assert_close(values[1:2], single, rtol=1e-9, atol=1e-11, msg=name)
    for name, values, single in zip(history._fields, history, alone_history, strict=True):
        torch.testing.assert_close(values[:, 1:2], single, rtol=1e-9, atol=1e-11, msg=name)


def test_resamples_of_all_patients_once_give_the_weights_of_the_run(device: torch.device) -> None:
    """To the last byte."""
    patients = cohort(device)
    everybody = patients.take(torch.arange(24, device=device).expand(3, -1))
    run, history = fit_replicas(patients, describe(**TYPED), SETTINGS, device)
    again, same = fit_replicas(everybody, describe(**TYPED), SETTINGS, device)
    for values, others in zip(run.parameters(), again.parameters(), strict=True):
        assert torch.equal(values, others)
    assert torch.equal(history.loss, same.loss)


def test_resamples_are_trained_in_groups_like_other_replicas(
    device: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, _ = resampled_patients(cohort(device), encoding(by_kind=True), "bootstrap", 3, seed=1)
    together, _ = fit_replicas(own, describe(**TYPED), SETTINGS, device)
    monkeypatch.setattr("retina_vae.vae.training.GROUP_BYTES", 1)
    apart, _ = fit_replicas(own, describe(**TYPED), SETTINGS, device)
    for values, others in zip(together.parameters(), apart.parameters(), strict=True):
        torch.testing.assert_close(values, others, rtol=1e-10, atol=1e-12)


def test_other_patients_give_other_weights(device: torch.device) -> None:
    own, _ = resampled_patients(cohort(device), encoding(by_kind=True), "bootstrap", 2, seed=1)
    trained, _ = fit_replicas(own, describe(seeds=(1, 1), **TYPED), SETTINGS, device)
    assert not torch.equal(trained.decoder.hidden.weight[0], trained.decoder.hidden.weight[1])


def test_patients_of_another_number_of_replicas_are_refused(device: torch.device) -> None:
    own, _ = resampled_patients(cohort(device), encoding(by_kind=True), "subset", 2, seed=1)
    with pytest.raises(ValueError, match="expected the patients of 3 replicas, got those of 2"):
        fit_replicas(own, describe(**TYPED), SETTINGS, device)


def test_noise_replaces_a_twentieth_of_the_values_by_those_of_other_patients(device: torch.device) -> None:
    x = typed_features(4000, device)
    x[5, ::7] = torch.nan
    noisy = noisy_features(x, encoding(by_kind=True), np.random.default_rng(0))
    # Race stays one category, findings 0 or 1, and every age is one that somebody has.
    assert (noisy[:5].sum(dim=0) == 1).all()
    assert torch.isin(noisy[6:], Tensor([0.0, 1.0]).to(x)).all()
    known = noisy[5][~noisy[5].isnan()]
    assert torch.isin(known, x[5]).all()
    changed = (noisy[5] != x[5]) & ~(noisy[5].isnan() & x[5].isnan())
    # An age that is not known takes one that is not known again with probability 1/7.
    assert changed.double().mean().item() == pytest.approx(0.05 * (1 - 1 / 49), abs=0.01)
    assert noisy[5].isnan().double().mean().item() == pytest.approx(1 / 7, abs=0.01)


def test_noise_leaves_the_columns_apart(device: torch.device) -> None:
    """A patient whose race is replaced keeps the other columns, most of the time."""
    x = typed_features(4000, device)
    noisy = noisy_features(x, encoding(by_kind=True), np.random.default_rng(0))
    race, age = (noisy[:5] != x[:5]).any(dim=0), noisy[5] != x[5]
    assert (race & age).double().mean().item() == pytest.approx(0.05 * 0.8 * 0.05, abs=0.003)
