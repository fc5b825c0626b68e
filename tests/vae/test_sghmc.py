"""Chains of weights against posteriors that are known exactly."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from retina_vae.errors import NonFiniteLossError
from retina_vae.settings import VaeSettings
from retina_vae.sghmc_settings import SghmcSettings
from retina_vae.vae import FullGaussian, Patients, importance_weighted
from retina_vae.vae.objectives import wake, wake_wake
from retina_vae.vae.sghmc import SGHMC
from retina_vae.vae.steps import log_density_of_weights
from retina_vae.vae.weight_samples import build_sampler, energy_terms, sample_chains, sample_weights

from .conftest import PLAIN, describe, make_model, noise_like, typed_features
from .test_evidence import linear_model
from .test_steps import OneDevice

CHAIN = SghmcSettings(steps=30, burn_in=10, thinning=5, step_size=0.002)
SETTINGS = VaeSettings(
    **PLAIN
    | {"objective": "importance_weighted", "posterior": "full", "draws_per_patient": 3, "weight_prior": 0.5}
    | {"batch_size": 8, "sghmc": CHAIN, "weights": "sghmc"}
)
DOUBLE = torch.float64


def walk(
    sampler: SGHMC, gradient: Callable[[Tensor], Tensor], steps: int, burn_in: int, every: int = 20, seed: int = 0
) -> Tensor:
    """Kept weights of one tensor, shape (kept, *its own); ``gradient`` is of the mean loss of each replica."""
    generator = torch.Generator(sampler.kicks.device).manual_seed(seed)
    weight, kept = sampler.parameters[0], []
    for step in range(steps):
        sampler.adapting = step < burn_in
        weight.grad = gradient(weight.detach())
        sampler.kicks.normal_(generator=generator)
        sampler.step()
        if step >= burn_in and step % every == 0:
            kept.append(weight.detach().clone())
    return torch.stack(kept) if kept else weight.detach()


@pytest.mark.parametrize("heat", [0.0, 3.0, 20.0])
def test_the_variance_of_a_normal_number_is_the_exact_one_whatever_the_noise_of_the_gradient(
    heat: float, device: torch.device
) -> None:
    """That of the discrete chain: its heat over 2 a lambda (1 - h lambda / (2 (2 - a))), by Lyapunov's equation."""
    weight = nn.Parameter(torch.zeros(2000, 1, 1, dtype=DOUBLE, device=device))
    sampler = SGHMC([weight], [1.0], 1, 0.05, 0.1)
    noise = torch.Generator(device).manual_seed(5)

    def gradient(values: Tensor) -> Tensor:
        return 8 * values + heat * torch.randn(values.shape, generator=noise, dtype=DOUBLE, device=device)

    kept = walk(sampler, gradient, 600, 300)
    h, spared = sampler._step, sampler._step * sampler._noise
    discrete = (0.2 - spared + h * heat**2) / (0.2 * (9 - 9**2 * h / (2 * 1.9)))
    # Replicas are independent: the relative standard error of a variance is sqrt(2 / 2000) at most.
    assert kept.var().item() == pytest.approx(discrete.mean().item(), rel=0.04)
    assert kept.var().item() == pytest.approx(1 / 9, rel=0.06)
    assert abs(kept.mean().item()) < 4 / math.sqrt(9 * 2000)


def regression(device: torch.device) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Inputs, answers, and the posterior's exact mean and covariance: sigma = 0.5, weights N(0, 0.7^2)."""
    generator = torch.Generator().manual_seed(1)
    z = torch.randn(3, 60, generator=generator, dtype=DOUBLE)
    z[1] += 0.8 * z[0]
    y = torch.tensor([[0.5, -1.0, 0.2]], dtype=DOUBLE) @ z
    y += 0.5 * torch.randn(1, 60, generator=generator, dtype=DOUBLE)
    precision = z @ z.T / 0.5**2 + torch.eye(3, dtype=DOUBLE) / 0.7**2
    covariance = torch.linalg.inv(precision)
    mean = covariance @ (z @ y[0]) / 0.5**2
    return z.to(device), y.to(device), mean.to(device), covariance.to(device)


@pytest.mark.parametrize("batch", [None, 10])
def test_a_linear_gaussian_decoder_has_the_conjugate_posterior(batch: int | None, device: torch.device) -> None:
    """With all patients in a step and with batches; replicas are independent chains."""
    z, y, mean, covariance = regression(device)
    replicas = 600
    weight = nn.Parameter(torch.zeros(replicas, 1, 3, dtype=DOUBLE, device=device))
    sampler = SGHMC([weight], [0.7], 60, 0.01, 0.1)
    drawn = torch.Generator(device).manual_seed(2)

    def gradient(values: Tensor) -> Tensor:
        if batch is None:
            inputs, answers = z.expand(replicas, -1, -1), y
        else:
            places = torch.randint(0, 60, (replicas, batch), generator=drawn, device=device)
            inputs, answers = z[:, places].transpose(0, 1), y[:, places].transpose(0, 1)
        return -((answers - values @ inputs) / 0.5**2) @ inputs.transpose(1, 2) / inputs.shape[2]

    kept = walk(sampler, gradient, 800, 400, every=50).flatten(1, 2)
    found = kept.flatten(0, 1)
    scale = covariance.diagonal().sqrt()
    # Samples of a chain are not independent: the errors are those of the replicas' means alone.
    assert ((found.mean(dim=0) - mean).abs() < 4 * scale / math.sqrt(replicas)).all()
    correlation = (torch.cov(found.T) - covariance) / torch.outer(scale, scale)
    assert correlation.abs().max() < (0.07 if batch is None else 0.12)


def test_the_chain_of_a_whole_model_has_the_posterior_of_its_marginal_density(device: torch.device) -> None:
    """x ~ N(b, W^2 + sigma^2) with one latent dimension: the posterior of b and |W| on a grid."""
    sigma, patients, replicas = 0.6, 30, 16
    generator = torch.Generator().manual_seed(3)
    x = 0.7 + 1.1 * torch.randn(1, patients, generator=generator, dtype=DOUBLE).to(device)
    model = linear_model(1, 1, sigma, FullGaussian, device, replicas)
    chain = SghmcSettings(steps=500, burn_in=150, thinning=10, step_size=0.02, friction=0.1, bias_prior=2.0)
    changes = {"sghmc": chain, "weight_prior": 1.5, "draws_per_patient": 20, "batch_size": 30}
    settings = SETTINGS.model_copy(update=changes | {"refit_learning_rate": 0.2})
    streams = [torch.Generator(device).manual_seed(seed) for seed in range(replicas)]
    states, log_joint, bound = sample_weights(model, Patients(x), settings, streams)
    w, b = np.meshgrid(np.linspace(0, 4, 801), np.linspace(-2, 3, 801))
    variance = w**2 + sigma**2
    values = x.cpu().numpy()[0]
    square = ((values[:, None, None] - b) ** 2).sum(axis=0)
    log_p = -square / (2 * variance) - patients / 2 * np.log(variance) - w**2 / (2 * 1.5**2) - b**2 / (2 * 2.0**2)
    p = np.exp(log_p - log_p.max())
    p /= p.sum()
    for own, grid in ((states["decoder.weight"].abs(), w), (states["decoder.bias"], b)):
        mean = (p * grid).sum()
        deviation = math.sqrt((p * (grid - mean) ** 2).sum())
        assert own.mean().item() == pytest.approx(mean, abs=0.2 * deviation)
        # Where the encoder has not followed, the bound is less tight, which narrows the posterior a little.
        assert own.std().item() == pytest.approx(deviation, rel=0.15)
    assert log_joint.shape == bound.shape == (replicas, 35)
    # N times the bound, and the prior.
    prior = -states["decoder.weight"].square() / (2 * 1.5**2) - states["decoder.bias"].square() / (2 * 2.0**2)
    torch.testing.assert_close(log_joint, patients * bound + prior.view(replicas, 35))


def test_without_a_step_the_weights_stay(device: torch.device) -> None:
    weight = nn.Parameter(torch.ones(2, 3, 4, dtype=DOUBLE, device=device))
    kept = walk(SGHMC([weight], [1.0], 10, 0.0, 0.1), lambda values: values, 50, 25, every=1)
    assert torch.equal(kept, torch.ones_like(kept))


def test_what_is_frozen_after_the_burn_in_stays(device: torch.device) -> None:
    weight = nn.Parameter(torch.ones(2, 3, 4, dtype=DOUBLE, device=device))
    sampler = SGHMC([weight], [1.0], 10, 0.01, 0.1)
    walk(sampler, lambda values: values, 20, 20)
    scales = sampler._step.clone()
    walk(sampler, lambda values: 5 * values, 20, 0)
    assert torch.equal(sampler._step, scales)


def test_a_noisy_gradient_never_outweighs_the_friction(device: torch.device) -> None:
    weight = nn.Parameter(torch.zeros(2, 3, 4, dtype=DOUBLE, device=device))
    sampler = SGHMC([weight], [1.0], 1, 0.5, 0.05)
    generator = torch.Generator(device).manual_seed(0)
    walk(
        sampler,
        lambda values: 1e6 * torch.randn(values.shape, generator=generator, dtype=DOUBLE, device=device),
        100,
        100,
    )
    assert (sampler._step * sampler._noise <= 0.05 / 4 * (1 + 1e-12)).all()
    assert weight.isfinite().all()


def test_the_losses_of_both_halves_and_their_gradients_are_those_of_their_objectives(device: torch.device) -> None:
    model = make_model(describe(likelihood="typed", posterior="full"), device)
    x, noise = typed_features(20, device).expand(3, -1, -1), noise_like(model, 4, 20)
    bound, encoder = wake_wake(model, x, noise)
    both = torch.autograd.grad((bound + encoder).sum(), [*model.decoder.parameters(), *model.encoder.parameters()])
    first = importance_weighted(model, x, noise).loss
    second = wake(model, x, noise).loss
    torch.testing.assert_close(bound, first)
    torch.testing.assert_close(encoder, second)
    apart = [
        *torch.autograd.grad(first.sum(), list(model.decoder.parameters())),
        *torch.autograd.grad(second.sum(), list(model.encoder.parameters())),
    ]
    for own, other in zip(both, apart, strict=True):
        torch.testing.assert_close(own, other)


def test_the_prior_is_that_of_the_training_and_one_of_the_biases(device: torch.device) -> None:
    model = make_model(describe(likelihood="typed", posterior="full"), device)
    with torch.no_grad():
        model.decoder.hidden.bias += 1
    found = build_sampler(model, SETTINGS, 20).log_prior()
    biases = 8 * 1.0 / (2 * CHAIN.bias_prior**2)
    torch.testing.assert_close(found, log_density_of_weights(model, 0.5) - biases)
    with pytest.raises(ValueError, match="expected a prior of the weights"):
        build_sampler(model, SETTINGS.model_copy(update={"weight_prior": None}), 20)


@pytest.mark.parametrize("objective", ["importance_weighted", "elbo"])
def test_a_chain_of_three_equals_the_same_seed_sampled_alone(objective: str, device: torch.device) -> None:
    settings = SETTINGS.model_copy(update={"objective": objective})
    patients, made = Patients(typed_features(20, device)), {"likelihood": "typed", "posterior": "full"}
    three, one = describe((1, 2, 3), **made), describe((2,), **made)
    together = sample_chains(make_model(three, device), three, patients, settings, device, 3)
    by_two = sample_chains(make_model(three, device), three, patients, settings, device, 2)
    alone = sample_chains(make_model(one, device), one, patients, settings, device, 1)
    assert together.model.replicas == 12
    assert alone.log_joint.shape == (1, 4)
    for (name, values), single, other in zip(
        together.model.named_parameters(), alone.model.parameters(), by_two.model.parameters(), strict=True
    ):
        torch.testing.assert_close(values[4:8], single, rtol=1e-8, atol=1e-10, msg=name)
        torch.testing.assert_close(values, other, rtol=1e-8, atol=1e-10, msg=name)
    torch.testing.assert_close(together.log_joint[1:2], alone.log_joint)
    assert not torch.equal(together.model.decoder.hidden.weight[0], together.model.decoder.hidden.weight[1])


def test_sampling_leaves_the_trained_replicas_as_they_are(device: torch.device) -> None:
    description = describe(likelihood="typed", posterior="full")
    model = make_model(description, device)
    before = {name: values.clone() for name, values in model.state_dict().items()}
    sample_chains(model, description, Patients(typed_features(20, device)), SETTINGS, device, 3)
    assert all(torch.equal(values, before[name]) for name, values in model.state_dict().items())


def test_a_chain_that_leaves_the_numbers_is_named(device: torch.device) -> None:
    description = describe(likelihood="typed", posterior="full")
    model = make_model(description, device)
    with torch.no_grad():
        model.decoder.output.bias[1] = math.inf
    with pytest.raises(NonFiniteLossError, match=r"step 15 of the chain: .* replica 2 are not.*step_size"):
        sample_chains(model, description, Patients(typed_features(20, device)), SETTINGS, device, 3)


def test_a_step_of_the_rule_stays_on_its_device() -> None:
    """On PyTorch's device without memory, burn-in and afterwards."""
    weights = [nn.Parameter(torch.zeros(3, 4, 2, device="meta")), nn.Parameter(torch.zeros(3, 4, 1, device="meta"))]
    sampler = SGHMC(weights, [0.5, 3.0], 20, 0.01, 0.1)
    for weight in weights:
        weight.grad = torch.zeros_like(weight)
    for adapting in (True, False):
        sampler.adapting = adapting
        with OneDevice():
            sampler.step()


@pytest.mark.parametrize("objective", ["importance_weighted", "elbo"])
def test_the_energy_of_a_batch_stays_on_the_device_of_the_model(objective: str) -> None:
    model = make_model(describe(likelihood="typed", posterior="full"), torch.device("cpu")).to("meta")
    x, noise = torch.zeros(3, 10, 20, device="meta"), torch.zeros(3, 2, 4, 20, device="meta")
    model.float()
    first = OneDevice()
    with first:
        energy_terms(model, x, noise, objective)
    with OneDevice(first):
        loss = sum(term.mean() for term in energy_terms(model, x, noise, objective))
    with OneDevice():
        loss.backward()


def test_a_graph_samples_the_same_chain(device: torch.device) -> None:
    if device.type != "cuda":
        pytest.skip("graphs are for CUDA devices: pytest --device cuda")
    description = describe(likelihood="typed", posterior="full")
    patients, model = Patients(typed_features(20, device)), make_model(description, device)
    plain = SETTINGS.model_copy(update={"cuda_graph": False})
    graphed, other = (sample_chains(model, description, patients, own, device, 3) for own in (SETTINGS, plain))
    torch.testing.assert_close(graphed.log_joint, other.log_joint, rtol=1e-5, atol=1e-6)
