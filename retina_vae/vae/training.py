"""Training all replicas of a model in one pass."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from retina_vae.config import VaeSettings
from retina_vae.errors import ConfigurationError, NonFiniteLossError
from retina_vae.vae.adamw import AdamW
from retina_vae.vae.description import ModelDescription
from retina_vae.vae.draws import epoch_draws
from retina_vae.vae.model import VariationalAutoencoder, build_model
from retina_vae.vae.objectives import ObjectiveTerms
from retina_vae.vae.patients import Patients
from retina_vae.vae.replicas import replica_generators, replica_noise
from retina_vae.vae.steps import Step, batch_terms, build_step
from retina_vae.vae.validation import BestEpoch, split_patients

__all__ = [
    "History",
    "fit_replicas",
    "join_replicas",
    "refit_encoder",
    "replicas_per_pass",
    "resolve_device",
    "train",
]


GROUP_BYTES = 2**22
"""Activations of 4 MB stay in the cache of today's processors; docs/benchmarks.md has the times of other sizes."""


class History(NamedTuple):
    """Terms of the objective, means per patient over each epoch; each has shape (epochs, replicas).

    ``validation_loss`` is not a number where all patients are trained on.
    """

    loss: Tensor
    reconstruction: Tensor
    kl: Tensor
    cross_entropy: Tensor
    validation_loss: Tensor


def fit_replicas(
    patients: Patients,
    description: ModelDescription,
    settings: VaeSettings,
    device: torch.device,
    report: Callable[[int, Tensor], None] = lambda done, loss: None,
    per_pass: int | None = None,
    first: int = 0,
) -> tuple[VariationalAutoencoder, History]:
    """Build the replicas that ``description`` describes, draw their initial weights and train them.

    They are trained in passes, one after the other, each of some replicas at once. Whole passes that are trained apart
    give the same bytes as together; passes of other sizes give other last digits, because numbers that stand
    elsewhere in a tensor are rounded in another order.

    Args:
        patients: Whom to train on; all replicas on the same patients, or each on its own.
        description: The model; its seeds decide initial weights, batches and draws of each replica.
        settings: How to train.
        device: Where to train.
        report: Called after every epoch of a pass with the number of epochs done, added up over replicas, and the
            losses of the pass.
        per_pass: How many replicas a pass has; by default as :func:`replicas_per_pass` finds it for these.
        first: Number of replicas that are trained elsewhere before these, for the numbers in an error message.

    Raises:
        NonFiniteLossError: As :func:`train`.
        ValueError: The replicas have patients of their own, and there are not as many of either.
    """
    if patients.x.dim() == 3 and len(patients.x) != description.replicas:
        raise ValueError(f"expected the patients of {description.replicas} replicas, got those of {len(patients.x)}")
    size = per_pass or replicas_per_pass(patients, description, settings, device)
    models, histories = [], []
    for start in range(0, description.replicas, size):
        own = description.of_replicas(slice(start, start + size))
        generators = replica_generators(own.seeds)
        model = build_model(own)
        model.to(patients.x.dtype).initialize(settings.initialization, generators)
        before = start * (settings.epochs + settings.refit_epochs)
        where = patients.of_replicas(slice(start, start + size)).to(device)
        done = _counter(report, before, own.replicas)
        histories.append(train(model.to(device), where, settings, generators, done, first + start))
        if settings.refit_epochs > 0:
            done = _counter(report, before + settings.epochs * own.replicas, own.replicas)
            refit_encoder(model, where, settings, generators, done, first + start)
        models.append(model)
    # A chunk may have no replica.
    histories = histories or [History(*patients.x.new_empty(len(History._fields), settings.epochs, 0, device="cpu"))]
    history = History(*(torch.cat(terms, dim=1) for terms in zip(*histories, strict=True)))
    # Of no replica, the joined model stands where it was built.
    return join_replicas(models, description).to(device), history


def replicas_per_pass(
    patients: Patients, description: ModelDescription, settings: VaeSettings, device: torch.device
) -> int:
    """How many replicas of a model are trained at once: as the settings say, and else by the device.

    On a CPU it is as many as have hidden activations of one batch in at most ``GROUP_BYTES``; elsewhere all.
    ``description`` is that of all replicas, not of a chunk.
    """
    if settings.replicas_per_pass is not None:
        return settings.replicas_per_pass
    if device.type != "cpu":
        return description.replicas
    batch = min(settings.batch_size, patients.count)
    encoder, decoder = description.widest_layer
    widest = max(encoder, settings.draws_per_patient * decoder)
    return max(1, min(description.replicas, GROUP_BYTES // (batch * widest * patients.x.element_size())))


def _counter(report: Callable[[int, Tensor], None], before: int, replicas: int) -> Callable[[int, Tensor], None]:
    return lambda epoch, loss: report(before + epoch * replicas, loss)


def join_replicas(models: Sequence[VariationalAutoencoder], description: ModelDescription) -> VariationalAutoencoder:
    """One model that holds the replicas of all, in their order; ``description`` is that of the one."""
    joined, states = build_model(description), [model.state_dict() for model in models]
    if states:
        joined.to(next(iter(states[0].values())))
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
    patients: Patients,
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
        patients: Whom to train on, on the same device.
        settings: Objective, epochs, batch size, learning rate, weights of the terms, draws per patient.
        generators: One random stream per replica, as from ``replica_generators``.
        report: Called after every epoch with its number, counted from 1, and the replicas' losses.
        first: Number of replicas that were trained before these, for the numbers in an error message.

    Raises:
        NonFiniteLossError: A term is not finite; the message names epoch, term and replica.
    """
    optimizer = AdamW((weight for weight in model.parameters() if weight.requires_grad), settings)
    trained_on, kept_out = (
        positions.to(patients.x.device)
        for positions in split_patients(patients.count, settings.validation_fraction, generators)
    )
    step = build_step(model, settings, optimizer, trained_on.shape[1])
    validate = _validator(model, patients.take(kept_out), settings, generators)
    best = BestEpoch(model, len(generators)) if settings.validation_fraction > 0 else None
    # One block for all epochs: a small tensor kept from each would keep freed activations from being used again.
    history = patients.x.new_empty(len(History._fields), settings.epochs, len(generators))
    shape = (model.latent_dim, settings.draws_per_patient, trained_on.shape[1])
    draws = epoch_draws(settings.epochs, shape, generators, patients.x.dtype, patients.x.device)
    for epoch, (order, noise) in enumerate(draws, start=1):
        optimizer.set_learning_rate(_learning_rate(settings, epoch))
        shuffled = patients.take(trained_on.gather(1, order))
        means = _train_epoch(step, shuffled, noise, settings.batch_size, _kl_weight(settings, epoch))
        _require_finite(means, epoch, first)
        history[:-1, epoch - 1], history[-1, epoch - 1] = means, validate()
        if best is not None:
            best.see(history[-1, epoch - 1])
        report(epoch, means[0])
    if best is not None:
        best.restore()
    return History(*history.cpu())


def refit_encoder(
    model: VariationalAutoencoder,
    patients: Patients,
    settings: VaeSettings,
    generators: Sequence[torch.Generator],
    report: Callable[[int, Tensor], None] = lambda epoch, loss: None,
    first: int = 0,
) -> History:
    """Fit the encoder alone to the posterior of the finished decoder; p(x) stays as it is.

    The arguments are those of :func:`train`; of ``settings`` the refit's own epochs, draws and learning rate count.
    """
    changes = {
        "objective": "wake",
        "epochs": settings.refit_epochs,
        "draws_per_patient": settings.refit_draws,
        "learning_rate": settings.refit_learning_rate,
        "learning_rate_schedule": "cosine",
        "adam_beta2": 0.999,
        "weight_decay": 0.0,
        "weight_prior": None,
        "validation_fraction": 0.0,
    }
    model.requires_grad_(False)
    model.encoder.requires_grad_(True)
    history = train(model, patients, settings.model_copy(update=changes), generators, report, first)
    model.requires_grad_(True)
    return history


def _learning_rate(settings: VaeSettings, epoch: int) -> float:
    """The step size in an epoch, counted from 1."""
    if settings.learning_rate_schedule == "constant":
        return settings.learning_rate
    return settings.learning_rate * (1 + math.cos(math.pi * (epoch - 1) / settings.epochs)) / 2


def _kl_weight(settings: VaeSettings, epoch: int) -> float:
    """The weight of the KL divergence in an epoch, counted from 1."""
    return settings.kl_weight * min(1.0, epoch / (settings.kl_warmup_epochs + 1))


def _train_epoch(step: Step, patients: Patients, noise: Tensor, batch_size: int, beta: float) -> Tensor:
    """One pass over each replica's patients in their order; returns the mean terms, shape (terms, replicas)."""
    totals = patients.x.new_zeros(len(ObjectiveTerms._fields), len(noise))
    for start in range(0, patients.count, batch_size):
        part = slice(start, start + batch_size)
        totals += step(patients.batch(part), noise[..., part], beta)
    return totals / patients.count


def _validator(
    model: VariationalAutoencoder, patients: Patients, settings: VaeSettings, generators: Sequence[torch.Generator]
) -> Callable[[], Tensor]:
    """A function that gives the mean loss of the patients that were kept out, per replica, always with one noise."""
    count = patients.count
    if count == 0:
        return lambda: patients.x.new_full((len(generators),), math.nan)
    shape = (model.latent_dim, settings.draws_per_patient, count)
    noise = replica_noise(shape, generators, patients.x.dtype).to(patients.x.device)

    @torch.no_grad()
    def validate() -> Tensor:
        return batch_terms(model, patients, noise, settings, settings.kl_weight).loss.mean(dim=1)

    return validate


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
