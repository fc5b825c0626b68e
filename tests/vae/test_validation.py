import torch

from retina_vae.vae import Patients, fit_replicas, replica_generators
from retina_vae.vae.steps import batch_terms
from retina_vae.vae.validation import BestEpoch, split_patients

from .conftest import describe, make_model, typed_features
from .test_training import SETTINGS


def test_everyone_is_trained_on_and_nothing_is_drawn_without_a_fraction() -> None:
    generators = replica_generators([1, 2])
    before = [generator.get_state() for generator in generators]
    trained_on, kept_out = split_patients(10, 0.0, generators)
    assert torch.equal(trained_on, torch.arange(10).expand(2, -1))
    assert kept_out.shape == (2, 0)
    assert all(torch.equal(g.get_state(), state) for g, state in zip(generators, before, strict=True))


def test_each_replica_keeps_out_its_own_share() -> None:
    trained_on, kept_out = split_patients(10, 0.3, replica_generators([1, 2]))
    assert kept_out.shape == (2, 3)
    assert torch.equal(torch.cat([trained_on, kept_out], dim=1).sort(dim=1).values, torch.arange(10).expand(2, -1))
    assert not torch.equal(kept_out[0], kept_out[1])
    assert torch.equal(split_patients(10, 0.3, replica_generators([2]))[1], kept_out[1:])


def test_at_least_one_patient_is_on_each_side() -> None:
    for fraction in (0.001, 0.999):
        trained_on, kept_out = split_patients(4, fraction, replica_generators([1]))
        assert min(trained_on.shape[1], kept_out.shape[1]) == 1


def test_each_replica_gets_back_its_own_best_weights(device: torch.device) -> None:
    model = make_model(describe(seeds=(1, 2)), device)
    best = BestEpoch(model, 2)
    for epoch, losses in enumerate(([3.0, 1.0], [2.0, 2.0], [2.5, float("nan")])):
        with torch.no_grad():
            for values in model.parameters():
                values.fill_(epoch)
        best.see(torch.tensor(losses, device=device))
    best.restore()
    for values in model.parameters():
        assert (values[0] == 1).all()
        assert (values[1] == 0).all()


def test_the_weights_of_the_best_epoch_are_kept(device: torch.device) -> None:
    """An overfitting model: the best validation loss comes before the end, and the kept weights have it."""
    patients = Patients(typed_features(30, device))
    changes = {"epochs": 60, "learning_rate": 0.05, "validation_fraction": 0.4, "kl_weight": 0.0}
    settings = SETTINGS.model_copy(update=changes)
    description = describe(seeds=(1, 2), likelihood="typed", hidden=32)
    model, history = fit_replicas(patients, description, settings, device)
    best = history.validation_loss.min(dim=0).values
    assert (history.validation_loss.argmin(dim=0) < 59).all()
    generators = replica_generators((1, 2))
    make_model(description, device).initialize(settings.initialization, generators)
    _, kept_out = split_patients(30, 0.4, generators)
    noise = torch.stack([torch.randn(2, 1, 12, generator=g, dtype=torch.float64) for g in generators]).to(device)
    held = patients.take(kept_out.to(device))
    found = batch_terms(model, held, noise, settings, 0.0).loss.mean(dim=1).cpu()
    torch.testing.assert_close(found, best)


def test_without_validation_its_loss_is_not_a_number(device: torch.device) -> None:
    _, history = fit_replicas(Patients(typed_features(20, device)), describe(likelihood="typed"), SETTINGS, device)
    assert history.validation_loss.isnan().all()
