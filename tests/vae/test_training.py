import pytest
import torch
from torch import Tensor, nn

from retina_vae.chunks import chunk_parts
from retina_vae.config import VaeSettings
from retina_vae.errors import ConfigurationError, NonFiniteLossError
from retina_vae.vae import (
    Patients,
    fit_replicas,
    join_replicas,
    log_evidence,
    replica_generators,
    replicas_per_pass,
    resolve_device,
    train,
    training,
)

from .conftest import PLAIN, describe, make_model, typed_features

SETTINGS = VaeSettings(
    epochs=5,
    batch_size=8,
    learning_rate=0.01,
    kl_weight=0.5,
    initialization="glorot_uniform",
    input_scaling="raw",
    likelihood="squared_error",
    **PLAIN,
)


def test_a_replica_of_three_equals_the_same_seed_trained_alone(x: Tensor, device: torch.device) -> None:
    together, history = fit_replicas(Patients(x), describe(seeds=(1, 2, 3)), SETTINGS, device)
    alone, alone_history = fit_replicas(Patients(x), describe(seeds=(2,)), SETTINGS, device)
    for (name, values), single in zip(together.named_parameters(), alone.parameters(), strict=True):
        torch.testing.assert_close(values[1:2], single, rtol=1e-10, atol=1e-12, msg=name)
    torch.testing.assert_close(history.loss[:, 1:2], alone_history.loss, rtol=1e-10, atol=1e-12)


def test_training_equals_a_plain_pytorch_loop(x: Tensor, device: torch.device) -> None:
    """One replica against nn.Linear, the library's cross-entropy and Adam, with the same random numbers."""
    model, history = fit_replicas(Patients(x), describe(seeds=(4,)), SETTINGS, device)
    start = make_model(describe(seeds=(4,)), device)
    layers = {}
    sources = (start.encoder.hidden, start.encoder.output, start.decoder.hidden, start.decoder.output)
    for name, source in zip("abcd", sources, strict=True):
        layers[name] = nn.Linear(source.weight.shape[2], source.weight.shape[1]).double().to(device)
        layers[name].load_state_dict({"weight": source.weight[0].detach(), "bias": source.bias[0, :, 0].detach()})
    optimizer = torch.optim.Adam([p for layer in layers.values() for p in layer.parameters()], lr=0.01, eps=1e-7)
    generator = replica_generators([4])[0]
    make_model(describe(seeds=(4,)), device).initialize("glorot_uniform", [generator])
    losses = []
    for _ in range(SETTINGS.epochs):
        order = torch.randperm(20, generator=generator).to(device)
        noise = torch.randn(2, 1, 20, generator=generator, dtype=torch.float64).to(device)
        total = 0.0
        for start_at in range(0, 20, 8):
            batch = x[:, order[start_at : start_at + 8]].T
            mean, log_variance = layers["b"](layers["a"](batch).relu()).chunk(2, dim=1)
            z = mean + (log_variance / 2).exp() * noise[:, 0, start_at : start_at + 8].T
            p = layers["d"](layers["c"](z).relu()).sigmoid().clamp(1e-7, 1 - 1e-7)
            reconstruction = nn.functional.binary_cross_entropy(p, batch, reduction="none").sum(dim=1)
            kl = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(dim=1)
            loss = (reconstruction + 0.5 * kl).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        losses.append(total / 20)
    # On CUDA PyTorch corrects Adam's means by 1 - beta^t in single precision, whatever the weights are in.
    near = {"rtol": 1e-8, "atol": 1e-10} if device.type == "cpu" else {"rtol": 1e-4, "atol": 2e-6}
    torch.testing.assert_close(model.encoder.hidden.weight[0], layers["a"].weight, **near)
    torch.testing.assert_close(model.decoder.output.bias[0, :, 0], layers["d"].bias, **near)
    torch.testing.assert_close(history.loss[:, 0], torch.tensor(losses, dtype=torch.float64), **near)


def test_training_lowers_the_loss_of_every_replica(x: Tensor, device: torch.device) -> None:
    settings = SETTINGS.model_copy(update={"epochs": 60})
    _, history = fit_replicas(Patients(x), describe(), settings, device)
    assert history.loss.shape == (60, 3)
    assert (history.loss[-10:].mean(dim=0) < history.loss[0]).all()
    torch.testing.assert_close(history.loss, history.reconstruction + 0.5 * history.kl)


def test_the_same_seeds_give_the_same_weights(x: Tensor, device: torch.device) -> None:
    first, _ = fit_replicas(Patients(x), describe(), SETTINGS, device)
    second, _ = fit_replicas(Patients(x), describe(), SETTINGS, device)
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_gradient_whose_square_overflows_stops_its_number_and_no_other(x: Tensor, device: torch.device) -> None:
    """In single precision, at a start from which the variance of a code is e^60: the same on every device."""
    model = make_model(describe(), device).float()
    with torch.no_grad():
        model.encoder.output.bias[1, 2:] = 60.0
    start = model.encoder.output.bias.detach().clone()
    history = train(model, Patients(x.float()), SETTINGS, replica_generators((1, 2, 3)))
    assert history.loss.isfinite().all()
    assert torch.equal(model.encoder.output.bias[1, 2:], start[1, 2:])
    assert (model.encoder.output.bias[[0, 2]] != start[[0, 2]]).all()


def test_progress_is_reported_after_every_epoch(x: Tensor, device: torch.device) -> None:
    seen: list[int] = []
    fit_replicas(Patients(x), describe(), SETTINGS, device, lambda done, loss: seen.append(done))
    assert seen == [3, 6, 9, 12, 15]


def test_groups_change_neither_weights_nor_history(
    x: Tensor, device: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    together, history = fit_replicas(Patients(x), describe(), SETTINGS, device)
    # Two replicas of eight hidden units and eight patients in double precision.
    monkeypatch.setattr(training, "GROUP_BYTES", 2 * 8 * 8 * 8)
    seen: list[int] = []
    apart, apart_history = fit_replicas(Patients(x), describe(), SETTINGS, device, lambda done, loss: seen.append(done))
    assert seen == ([2, 4, 6, 8, 10, 11, 12, 13, 14, 15] if device.type == "cpu" else [3, 6, 9, 12, 15])
    for values, same in zip(together.parameters(), apart.parameters(), strict=True):
        torch.testing.assert_close(same, values, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(apart_history.loss, history.loss, rtol=1e-10, atol=1e-12)


def test_a_term_that_is_not_finite_is_named_with_epoch_and_replica(x: Tensor, device: torch.device) -> None:
    model = make_model(describe(), device)
    with torch.no_grad():
        model.encoder.output.bias[1, 2:] = 2000.0
    with pytest.raises(NonFiniteLossError, match=r"epoch 1: .*kl of replica 2") as error:
        train(model, Patients(x), SETTINGS, replica_generators((1, 2, 3)))
    assert "replica 1" not in str(error.value)
    with pytest.raises(NonFiniteLossError, match=r"kl of replica 6"):
        train(model, Patients(x), SETTINGS, replica_generators((1, 2, 3)), first=4)
    assert "replica 3" not in str(error.value)


def test_cuda_where_there_is_none_is_an_error_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve_device("auto") == torch.device("cpu")
    with pytest.raises(ConfigurationError, match="Set device to 'auto' or 'cpu'"):
        resolve_device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert resolve_device("auto") == torch.device("cuda")
    assert resolve_device("cpu") == torch.device("cpu")


def family_settings(objective: str, posterior: str) -> VaeSettings:
    return SETTINGS.model_copy(
        update={
            "objective": objective,
            "posterior": posterior,
            "draws_per_patient": 3,
            "weight_decay": 0.1,
            "validation_fraction": 0.2,
            "kl_warmup_epochs": 2,
            "learning_rate_schedule": "cosine",
        }
    )


@pytest.mark.parametrize(
    ("objective", "posterior"),
    [("elbo", "full"), ("importance_weighted", "diagonal"), ("supervised", "full"), ("autoencoder", "point")],
)
def test_in_the_whole_family_a_replica_equals_the_same_seed_trained_alone(
    objective: str, posterior: str, device: torch.device
) -> None:
    patients = Patients(typed_features(20, device), torch.arange(20, device=device) % 3)
    settings = family_settings(objective, posterior)
    classes = ("A", "B", "C") if objective == "supervised" else ()
    changes = {"likelihood": "typed", "gaussian_scale": "learned", "posterior": posterior, "classes": classes}
    together, history = fit_replicas(patients, describe(**changes), settings, device)
    alone, alone_history = fit_replicas(patients, describe(seeds=(2,), **changes), settings, device)
    for (name, values), single in zip(together.named_parameters(), alone.parameters(), strict=True):
        torch.testing.assert_close(values[1:2], single, rtol=1e-9, atol=1e-11, msg=name)
    torch.testing.assert_close(history.validation_loss[:, 1:2], alone_history.validation_loss, rtol=1e-9, atol=1e-11)


def test_a_supervised_model_learns_the_classes(device: torch.device) -> None:
    x = typed_features(60, device)
    patients = Patients(x, (x[6] + x[7]).long())
    settings = SETTINGS.model_copy(update={"objective": "supervised", "class_weight": 5.0, "epochs": 80})
    model, history = fit_replicas(patients, describe(likelihood="typed", classes=("0", "1", "2")), settings, device)
    told = model.classify(model.encode(x.expand(3, -1, -1))).argmax(dim=1)
    assert (told == patients.labels).double().mean() > 0.95
    torch.testing.assert_close(history.loss, history.reconstruction + 0.5 * history.kl + 5 * history.cross_entropy)


def test_the_weight_of_the_divergence_rises_to_its_setting() -> None:
    settings = SETTINGS.model_copy(update={"kl_weight": 2.0, "kl_warmup_epochs": 3})
    weights = [training._kl_weight(settings, epoch) for epoch in range(1, 7)]
    assert weights == [0.5, 1.0, 1.5, 2.0, 2.0, 2.0]
    assert training._kl_weight(SETTINGS, 1) == SETTINGS.kl_weight


def test_the_step_size_falls_along_half_a_cosine() -> None:
    settings = SETTINGS.model_copy(update={"learning_rate_schedule": "cosine", "epochs": 100})
    rates = [training._learning_rate(settings, epoch) for epoch in range(1, 101)]
    assert rates[0] == SETTINGS.learning_rate
    assert rates[50] == pytest.approx(SETTINGS.learning_rate / 2)
    assert rates == sorted(rates, reverse=True)
    assert 0 < rates[-1] < 0.001 * SETTINGS.learning_rate


def test_weight_decay_shrinks_the_weights(x: Tensor, device: torch.device) -> None:
    """Decoupled: without a gradient a step multiplies each number by 1 - learning rate times weight decay."""
    settings = SETTINGS.model_copy(update={"weight_decay": 0.5, "epochs": 1, "batch_size": 20, "learning_rate": 1e-6})
    start = make_model(describe(), device)
    trained, _ = fit_replicas(Patients(x), describe(), settings, device)
    weights, decayed = start.decoder.hidden.weight, trained.decoder.hidden.weight
    # Adam's own step is at most the learning rate.
    torch.testing.assert_close(decayed, weights * (1 - 0.5e-6), rtol=0, atol=1.05e-6)
    plain, _ = fit_replicas(Patients(x), describe(), settings.model_copy(update={"weight_decay": 0.0}), device)
    torch.testing.assert_close(plain.decoder.hidden.weight - decayed, 0.5e-6 * weights, rtol=1e-6, atol=1e-14)


def test_the_refit_changes_the_encoder_alone_and_tightens_the_bound(device: torch.device) -> None:
    patients = Patients(typed_features(60, device))
    changes = {"objective": "importance_weighted", "draws_per_patient": 10, "kl_weight": 0.0, "epochs": 60}
    settings = SETTINGS.model_copy(update=changes)
    description = describe(likelihood="typed", gaussian_scale="learned")
    seen: list[int] = []
    plain, history = fit_replicas(patients, description, settings, device)
    refit = settings.model_copy(update={"refit_epochs": 40})
    fitted, same = fit_replicas(patients, description, refit, device, lambda done, loss: seen.append(done))
    assert torch.equal(history.loss, same.loss)
    for name, values in fitted.named_parameters():
        assert torch.equal(values, dict(plain.named_parameters())[name]) == (not name.startswith("encoder")), name
        assert values.requires_grad
    assert seen[-1] == 3 * 100
    noise = torch.randn(3, 2, 200, 60, generator=torch.Generator().manual_seed(1), dtype=torch.float64).to(device)
    x = patients.x.expand(3, -1, -1)
    before, after = (log_evidence(model, x, noise) for model in (plain, fitted))
    gaps = [(found.log_evidence - found.elbo).mean(dim=1) for found in (before, after)]
    assert (gaps[1] < gaps[0]).all()


def test_whole_passes_that_are_trained_apart_have_the_bytes_of_those_trained_together(device: torch.device) -> None:
    """In single precision, where another number of replicas in a pass would change last digits."""
    patients = Patients(typed_features(20, device).float())
    changes = {"objective": "importance_weighted", "draws_per_patient": 3, "refit_epochs": 2, "replicas_per_pass": 2}
    settings = SETTINGS.model_copy(update=changes)
    whole = describe(seeds=(1, 2, 3, 4, 5), likelihood="typed", posterior="full")
    together, history = fit_replicas(patients, whole, settings, device)
    per_pass = replicas_per_pass(patients, whole, settings, device)
    fits = []
    for part in chunk_parts(5, per_pass, 4):
        own = whole.of_replicas(part)
        fits.append(fit_replicas(patients, own, settings, device, per_pass=per_pass, first=part.start))
    assert [model.replicas for model, _ in fits] == [2, 2, 1, 0]
    joined = join_replicas([model for model, _ in fits], whole)
    for (name, values), same in zip(together.state_dict().items(), joined.state_dict().values(), strict=True):
        assert torch.equal(values, same), name
    assert torch.equal(history.loss, torch.cat([one.loss for _, one in fits], dim=1))


def test_a_pass_has_as_many_replicas_as_the_settings_say_or_as_the_cache_holds(
    x: Tensor, device: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = describe(seeds=tuple(range(10)))
    # Four replicas of eight hidden units and eight patients in double precision.
    monkeypatch.setattr(training, "GROUP_BYTES", 4 * 8 * 8 * 8)
    given = Patients(x)
    assert replicas_per_pass(given, described, SETTINGS, torch.device("cpu")) == 4
    assert replicas_per_pass(given, described, SETTINGS, torch.device("cuda")) == 10
    # The widest of several layers counts, and that of the decoder once for every draw.
    several = describe(seeds=tuple(range(10)), hidden_units=(4, 16), decoder_units=(8, 4))
    assert replicas_per_pass(given, several, SETTINGS, torch.device("cpu")) == 2
    drawn = SETTINGS.model_copy(update={"draws_per_patient": 4})
    assert replicas_per_pass(given, several, drawn, torch.device("cpu")) == 1
    settings = SETTINGS.model_copy(update={"replicas_per_pass": 7})
    assert replicas_per_pass(given, described, settings, torch.device("cpu")) == 7
    assert replicas_per_pass(given, described, settings, torch.device("cuda")) == 7


def test_a_loss_that_is_not_finite_names_the_replica_by_its_number_in_the_model(
    x: Tensor, device: torch.device
) -> None:
    settings = SETTINGS.model_copy(update={"learning_rate": 1e30})
    with pytest.raises(NonFiniteLossError, match=r"epoch \d: .* of replica 5[,.]"):
        fit_replicas(Patients(x), describe(seeds=(5,)), settings, device, first=4)
