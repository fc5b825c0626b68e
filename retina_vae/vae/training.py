"""Training all replicas of a model in one pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from retina_vae.config import VaeSettings
from retina_vae.errors import ConfigurationError, NonFiniteLossError
from retina_vae.vae.description import ModelDescription
from retina_vae.vae.model import VariationalAutoencoder, build_model
from retina_vae.vae.objectives import ObjectiveTerms, beta_elbo
from retina_vae.vae.replicas import replica_generators, replica_noise, replica_orders

__all__ = ["History", "fit_replicas", "resolve_device", "train"]


GROUP_BYTES = 2**22
"""Activations of 4 MB stay in the cache of today's processors; docs/benchmarks.md has the times of other sizes."""


class History(NamedTuple):
    """Terms of the objective, means per patient over each epoch; each has shape (epochs, replicas)."""

    loss: Tensor
    reconstruction: Tensor
    kl: Tensor


def fit_replicas(
    x: Tensor,
    description: ModelDescription,
    settings: VaeSettings,
    device: torch.device,
    report: Callable[[int, Tensor], None] = lambda done, loss: None,
) -> tuple[VariationalAutoencoder, History]:
    """Build the replicas that ``description`` describes, draw their initial weights and train them.

    On a CPU they are trained in groups whose activations fit into its cache, one group after the other; elsewhere all
    at once. The groups change nothing but the time.

    Args:
        x: Scaled inputs, shape (inputs, patients).
        description: The model; its seeds decide initial weights, batches and draws of each replica.
        settings: How to train.
        device: Where to train.
        report: Called after every epoch of a group with the number of epochs done, added up over replicas, and the
            losses of the group.

    Raises:
        NonFiniteLossError: As :func:`train`.
    """
    size = _group_size(x, description, settings) if device.type == "cpu" else description.replicas
    models, histories = [], []
    for first in range(0, description.replicas, size):
        seeds = description.seeds[first : first + size]
        generators = replica_generators(seeds)
        model = build_model(description.model_copy(update={"replicas": len(seeds), "seeds": seeds})).to(x.dtype)
        model.initialize(settings.initialization, generators)
        done = _counter(report, first * settings.epochs, len(seeds))
        histories.append(train(model.to(device), x.to(device), settings, generators, done, first))
        models.append(model)
    return _join(models, description), History(*(torch.cat(terms, dim=1) for terms in zip(*histories, strict=True)))


def _group_size(x: Tensor, description: ModelDescription, settings: VaeSettings) -> int:
    """Replicas whose hidden activations of one batch take at most ``GROUP_BYTES``."""
    batch = min(settings.batch_size, x.shape[1]) * settings.draws_per_patient
    return max(1, GROUP_BYTES // (batch * description.hidden_units * x.element_size()))


def _counter(report: Callable[[int, Tensor], None], before: int, replicas: int) -> Callable[[int, Tensor], None]:
    return lambda epoch, loss: report(before + epoch * replicas, loss)


def _join(models: Sequence[VariationalAutoencoder], description: ModelDescription) -> VariationalAutoencoder:
    """One model that holds the replicas of all."""
    states = [model.state_dict() for model in models]
    joined = build_model(description).to(next(iter(states[0].values())))
    joined.load_state_dict({name: torch.cat([state[name] for state in states]) for name in states[0]})
    return joined


def resolve_device(name: str) -> torch.device:
    """The device that ``auto``, ``cpu`` or ``cuda`` means on this machine.

    Raises:
        ConfigurationError: ``cuda`` was asked for and there is none.
    """
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise ConfigurationError(
            "device: expected a CUDA device because the configuration says 'cuda', but PyTorch finds none. "
            "Set device to 'auto' or 'cpu', or install a CUDA build of PyTorch and the driver."
        )
    return torch.device("cuda" if name != "cpu" and available else "cpu")


def train(
    model: VariationalAutoencoder,
    x: Tensor,
    settings: VaeSettings,
    generators: Sequence[torch.Generator],
    report: Callable[[int, Tensor], None] = lambda epoch, loss: None,
    first: int = 0,
) -> History:
    """Train every replica on its own batches and its own noise; replica i equals the same seed trained alone.

    The replicas share each step but no parameter, so the gradient of the summed loss is each replica's own, and
    Adam acts on each number by itself.

    Args:
        model: The replicas, on the device where they are to be trained; changed in place.
        x: Scaled inputs, shape (inputs, patients), on the same device.
        settings: Epochs, batch size, learning rate, KL weight and draws per patient.
        generators: One random stream per replica, as from ``replica_generators``.
        report: Called after every epoch with its number, counted from 1, and the replicas' losses.
        first: Number of replicas that were trained before these, for the numbers in an error message.

    Raises:
        NonFiniteLossError: A term is not finite; the message names epoch, term and replica.
    """
    # Keras's epsilon: the paper's model was a Keras one.
    optimizer = torch.optim.Adam(model.parameters(), lr=settings.learning_rate, eps=1e-7, fused=True)
    # One block for all epochs: a small tensor kept from each would keep freed activations from being used again.
    history = x.new_empty(len(ObjectiveTerms._fields), settings.epochs, len(generators))
    for epoch in range(1, settings.epochs + 1):
        means = _train_epoch(model, x, settings, generators, optimizer)
        _require_finite(means, epoch, first)
        report(epoch, means[0])
        history[:, epoch - 1] = means
    loss, reconstruction, kl = history.cpu()
    return History(loss, reconstruction, kl)


def _train_epoch(
    model: VariationalAutoencoder,
    x: Tensor,
    settings: VaeSettings,
    generators: Sequence[torch.Generator],
    optimizer: torch.optim.Optimizer,
) -> Tensor:
    """One pass over the patients; returns the mean terms, shape (terms, replicas)."""
    count = x.shape[1]
    orders = replica_orders(count, generators).to(x.device)
    shape = (model.latent_dim, settings.draws_per_patient, count)
    noise = replica_noise(shape, generators, x.dtype).to(x.device)
    shuffled = x[:, orders].transpose(0, 1)
    totals = torch.zeros(3, len(generators), dtype=x.dtype, device=x.device)
    for start in range(0, count, settings.batch_size):
        batch = slice(start, start + settings.batch_size)
        terms = beta_elbo(model, shuffled[..., batch], noise[..., batch], settings.kl_weight)
        optimizer.zero_grad(set_to_none=True)
        terms.loss.mean(dim=1).sum().backward()
        optimizer.step()
        totals += torch.stack([term.detach().sum(dim=1) for term in terms])
    return totals / count


def _require_finite(means: Tensor, epoch: int, first: int) -> None:
    finite = means.isfinite()
    if finite.all():
        return
    names = ObjectiveTerms._fields
    bad = ", ".join(f"{names[term]} of replica {first + replica + 1}" for term, replica in (~finite).nonzero().tolist())
    raise NonFiniteLossError(
        f"epoch {epoch}: expected finite loss terms, but these are not: {bad}. "
        "Lower vae.learning_rate, or take another vae.initialization, vae.input_scaling or vae.seed."
    )
