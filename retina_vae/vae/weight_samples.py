"""Samples of the decoder's weights given the patients, one chain per replica, that go on from trained replicas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from retina_vae.errors import NonFiniteLossError
from retina_vae.settings import VaeSettings
from retina_vae.sghmc_settings import SghmcSettings
from retina_vae.vae.adamw import AdamW
from retina_vae.vae.description import ModelDescription
from retina_vae.vae.model import VariationalAutoencoder, build_model
from retina_vae.vae.objectives import ObjectiveTerms, elbo, wake_wake
from retina_vae.vae.patients import Patients
from retina_vae.vae.replicas import select_replicas
from retina_vae.vae.sghmc import SGHMC
from retina_vae.vae.steps import GraphedStep

__all__ = ["WeightSamples", "build_sampler", "describe_samples", "energy_terms", "sample_chains", "sample_weights"]

# Names the streams of the chains, apart from those of the training.
_CHAIN = 2**32

_PATIENTS_AT_ONCE = 4096

Report = Callable[[int, str], None]


class WeightSamples(NamedTuple):
    """The kept samples of R chains, S each.

    Attributes:
        model: R S replicas, the samples of the first chain first.
        log_joint: Logarithm of p(theta, X) but for a constant, in nats, shape (R, S): N times ``bound`` and the prior.
        bound: Mean over the patients of the lower bound of log p(x) that the energy has, in nats, shape (R, S).
    """

    model: VariationalAutoencoder
    log_joint: Tensor
    bound: Tensor


def describe_samples(description: ModelDescription, samples: int) -> ModelDescription:
    """What the samples of the replicas' chains are: ``samples`` entries in place of each replica, with its seed.

    That the samples of a chain share a seed means that a patient is measured with the same noise under each.
    """
    seeds = tuple(seed for seed in description.seeds for _ in range(samples))
    return description.model_copy(update={"replicas": len(seeds), "seeds": seeds})


def sample_chains(
    model: VariationalAutoencoder,
    description: ModelDescription,
    patients: Patients,
    settings: VaeSettings,
    device: torch.device,
    per_pass: int,
    report: Report = lambda done, said: None,
) -> WeightSamples:
    """A chain from each trained replica, ``per_pass`` of them at once; chain i equals the same seed sampled alone.

    On a CPU and on CUDA the same seed gives other numbers: a chain needs too many for the CPU to draw them.

    Args:
        model: The trained replicas, which stay as they are.
        description: Of them.
        patients: Those that they were trained on, all replicas on the same.
        settings: Of the model, as it was trained.
        device: Where to sample.
        per_pass: Replicas that are sampled at once, for their activations to stay in the cache.
        report: Told the number of steps done, added up over the chains, and something on them.

    Raises:
        NonFiniteLossError: A chain has left the numbers that can be computed.
    """
    found, steps, everybody = [], settings.sghmc.steps, patients.to(device)
    for start in range(0, description.replicas, per_pass):
        own = description.of_replicas(slice(start, start + per_pass))
        chains = build_model(own)
        chains.load_state_dict(select_replicas(model, slice(start, start + own.replicas)))
        generators = [torch.Generator(device).manual_seed(_CHAIN + seed) for seed in own.seeds]
        before, count = start * steps, own.replicas

        def told(step: int, before: int = before, count: int = count) -> None:
            report(before + step * count, f"step {step}")

        chains.to(patients.x.dtype).to(device)
        found.append(sample_weights(chains, everybody, settings, generators, told, start))
    states, log_joint, bound = zip(*found, strict=True)
    samples = build_model(describe_samples(description, settings.sghmc.kept)).to(patients.x.dtype)
    samples.load_state_dict({name: torch.cat([state[name] for state in states]) for name in states[0]})
    return WeightSamples(samples, torch.cat(log_joint), torch.cat(bound))


def sample_weights(
    model: VariationalAutoencoder,
    patients: Patients,
    settings: VaeSettings,
    generators: Sequence[torch.Generator],
    report: Callable[[int], None] = lambda step: None,
    first: int = 0,
) -> tuple[dict[str, Tensor], Tensor, Tensor]:
    """Samples from exp(-U), with U = -sum_x L(x) - log N(theta; 0, s^2) and L a lower bound of log p(x).

    As Daxberger and Hernandez-Lobato (2019): the decoder's weights theta are sampled, by
    :class:`~retina_vae.vae.sghmc.SGHMC`; the encoder is no part of the model of a patient and is fitted on the way, a
    step each, to the decoder of that step. For the importance-weighted objective L is that bound with
    ``draws_per_patient`` draws and the encoder learns by the wake phase; for every other L is the ELBO. ``kl_weight``
    has no part: a weighted bound is of no log p(x). The encoder decides how tight L is, and with it how well a sample
    stands for p(theta given X).

    Args:
        model: R trained replicas on the device; changed in place.
        patients: On the device.
        settings: Objective, draws, batch size, prior of the weights, the chain (``sghmc``), the encoder's step size
            (``refit_learning_rate``, a tenth of it).
        generators: One random stream per replica, on the device.
        report: Told the number of steps done whenever a sample is kept.
        first: Number of replicas that were sampled before these, for the numbers in an error message.

    Returns:
        The S kept samples of each chain as the state of a model of R S replicas, on the CPU, and the other two of
        :class:`WeightSamples`.

    Raises:
        ValueError: The settings have no prior of the weights.
        NonFiniteLossError: A kept sample or its bound is not finite.
    """
    chain, walk = settings.sghmc, _Walk(model, patients, settings, generators)
    kept, terms = [], []
    for step in range(1, chain.steps + 1):
        walk.step(adapting=step <= chain.burn_in)
        if step > chain.burn_in and (step - chain.burn_in) % chain.thinning == 0:
            terms.append(walk.measure())
            kept.append({name: values.detach().cpu().clone() for name, values in model.state_dict().items()})
            _require_finite(terms[-1], kept[-1], step, first)
            report(step)
    log_joint, bound = (torch.stack(values, dim=1).cpu() for values in zip(*terms, strict=True))
    # Samples of a chain side by side.
    states = {name: torch.stack([state[name] for state in kept], dim=1).flatten(0, 1) for name in kept[0]}
    return states, log_joint, bound


class _Walk:
    """The chains on their way."""

    def __init__(
        self,
        model: VariationalAutoencoder,
        patients: Patients,
        settings: VaeSettings,
        generators: Sequence[torch.Generator],
    ) -> None:
        self.model, self.patients, self.settings, self.generators = model, patients, settings, generators
        self.sampler = build_sampler(model, settings, patients.count)
        changes = {"learning_rate": settings.refit_learning_rate / 10, "adam_beta2": 0.999, "weight_decay": 0.0}
        self.encoder = AdamW(model.encoder.parameters(), settings.model_copy(update=changes))
        x, replicas = patients.x, len(generators)
        size = min(settings.batch_size, patients.count)
        self.positions = torch.zeros(replicas, size, dtype=torch.int64, device=x.device)
        shape = (replicas, model.latent_dim, settings.draws_per_patient, size)
        self.noise = torch.zeros(shape, dtype=x.dtype, device=x.device)
        graphed = settings.cuda_graph and x.is_cuda
        # Two graphs, for a chain that has settled takes other steps.
        self.steps = [GraphedStep(self._step) if graphed else self._step for _ in range(2)]

    def step(self, adapting: bool) -> None:
        """One step of every chain, on a batch that is drawn independently of the last: its noise must be white."""
        self.sampler.adapting = adapting
        for replica, generator in enumerate(self.generators):
            self.positions[replica].random_(0, self.patients.count, generator=generator)
            self.noise[replica].normal_(generator=generator)
            self.sampler.kicks[replica].normal_(generator=generator)
        self.steps[adapting](self.patients.take(self.positions), self.noise, 0.0)

    def _step(self, patients: Patients, noise: Tensor, beta: float | Tensor) -> Tensor:
        bound, encoder_loss = energy_terms(self.model, patients.x, noise, self.settings.objective)
        self.sampler.forget_gradients()
        self.encoder.forget_gradients()
        (bound + encoder_loss).mean(dim=1).sum().backward()
        self.sampler.step()
        self.encoder.step()
        return bound.detach()

    @torch.no_grad()
    def measure(self) -> tuple[Tensor, Tensor]:
        """log p(theta, X) and the mean bound, each of shape (replicas,); every time with the same noise."""
        x, total = self.patients.x, self.sampler.log_prior() * 0
        for start in range(0, self.patients.count, _PATIENTS_AT_ONCE):
            batch = x[..., start : start + _PATIENTS_AT_ONCE].expand(len(self.generators), -1, -1)
            shape = (self.model.latent_dim, self.settings.draws_per_patient, batch.shape[2])
            own = torch.Generator(x.device).manual_seed(start)
            noise = torch.randn(*shape, generator=own, dtype=x.dtype, device=x.device)
            noise = noise.expand(len(self.generators), -1, -1, -1)
            total = total - energy_terms(self.model, batch, noise, self.settings.objective)[0].sum(dim=1)
        return total + self.sampler.log_prior(), total / self.patients.count


def build_sampler(model: VariationalAutoencoder, settings: VaeSettings, count: int) -> SGHMC:
    """The update rule of the decoder's weights and biases and of learned scales.

    Raises:
        ValueError: The settings have no prior of the weights.
    """
    if settings.weight_prior is None:
        raise ValueError("expected a prior of the weights (weight_prior), for without one they have no posterior")
    named = [*_named(model.decoder), *_named(model.output)]
    scales = [settings.weight_prior if name.endswith("weight") else settings.sghmc.bias_prior for name, _ in named]
    chain: SghmcSettings = settings.sghmc
    return SGHMC([own for _, own in named], scales, count, chain.step_size, chain.friction)


def energy_terms(model: VariationalAutoencoder, x: Tensor, noise: Tensor, objective: str) -> tuple[Tensor, Tensor]:
    """The energy of each patient, -L(x), and what the encoder's loss is beside it, each (replicas, patients).

    Their sum has the gradient of the first with respect to the decoder, and that of the encoder's loss with respect to
    the encoder.
    """
    if objective == "importance_weighted" and noise.shape[2] > 1:
        return wake_wake(model, x, noise)
    terms: ObjectiveTerms = elbo(model, x, noise)
    return terms.loss, torch.zeros_like(terms.loss)


def _named(module: nn.Module) -> list[tuple[str, nn.Parameter]]:
    return list(module.named_parameters())


def _require_finite(terms: tuple[Tensor, Tensor], state: dict[str, Tensor], step: int, first: int) -> None:
    finite = torch.stack([values.isfinite().cpu() for values in terms]).all(dim=0)
    for values in state.values():
        finite &= values.isfinite().flatten(1).all(dim=1)
    if not finite.all():
        bad = ", ".join(str(first + place + 1) for place in (~finite).nonzero().flatten().tolist())
        raise NonFiniteLossError(
            f"step {step} of the chain: expected finite weights, but those of replica {bad} are not. "
            "Lower vae.sghmc.step_size."
        )
