"""Training all replicas of a model in one pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from retina_vae.config import VaeSettings
from retina_vae.errors import ConfigurationError, NonFiniteLossError
from retina_vae.vae.description import ModelDescription
from retina_vae.vae.model import VariationalAutoencoder, build_model
from retina_vae.vae.objectives import ObjectiveTerms, beta_elbo
from retina_vae.vae.replicas import replica_generators, replica_noise, replica_orders

__all__ = ["History", "fit_replicas", "resolve_device", "train"]


@dataclass(frozen=True)
class History:
    """Terms of the objective, means per patient over each epoch; each has shape (epochs, replicas)."""

    loss: Tensor
    reconstruction: Tensor
    kl: Tensor


def fit_replicas(
    x: Tensor,
    description: ModelDescription,
    settings: VaeSettings,
    device: torch.device,
    report: Callable[[int, Tensor], None] = lambda epoch, loss: None,
) -> tuple[VariationalAutoencoder, History]:
    """Build the replicas that ``description`` describes, draw their initial weights and train them.

    Args:
        x: Scaled inputs, shape (inputs, patients).
        description: The model; its seeds decide initial weights, batches and draws of each replica.
        settings: How to train.
        device: Where to train.
        report: As for :func:`train`.
    """
    generators = replica_generators(description.seeds)
    model = build_model(description).to(x.dtype)
    model.initialize(settings.initialization, generators)
    model.to(device)
    return model, train(model, x.to(device), settings, generators, report)


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

    Raises:
        NonFiniteLossError: A term is not finite; the message names epoch, term and replica.
    """
    # Keras's epsilon: the paper's model was a Keras one.
    optimizer = torch.optim.Adam(model.parameters(), lr=settings.learning_rate, eps=1e-7, fused=True)
    # One block for all epochs: a small tensor kept from each would keep freed activations from being used again.
    history = x.new_empty(len(ObjectiveTerms._fields), settings.epochs, len(generators))
    for epoch in range(1, settings.epochs + 1):
        means = _train_epoch(model, x, settings, generators, optimizer)
        _require_finite(means, epoch)
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


def _require_finite(means: Tensor, epoch: int) -> None:
    finite = means.isfinite()
    if finite.all():
        return
    names = ObjectiveTerms._fields
    bad = ", ".join(f"{names[term]} of replica {replica + 1}" for term, replica in (~finite).nonzero().tolist())
    raise NonFiniteLossError(
        f"epoch {epoch}: expected finite loss terms, but these are not: {bad}. "
        "Lower vae.learning_rate, or take another vae.initialization, vae.input_scaling or vae.seed."
    )
