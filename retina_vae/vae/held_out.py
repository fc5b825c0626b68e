"""How well a model describes patients that it was not trained on, and how many latent dimensions that asks for.

Cross-validated likelihood (Smyth 2000; van der Laan, Dudoit and Keles 2004): each patient's log p(x) comes from a model
that was trained on the other folds. Of several latent dimensions the fewest are chosen that describe them within one
standard error of the best (Breiman, Friedman, Olshen and Stone 1984, section 3.4.3).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from retina_vae.settings import VaeSettings
from retina_vae.vae.description import ModelDescription
from retina_vae.vae.evidence import estimate_evidence
from retina_vae.vae.model import VariationalAutoencoder, build_model
from retina_vae.vae.patients import Patients
from retina_vae.vae.replicas import replica_generators, select_replica
from retina_vae.vae.training import fit_replicas

__all__ = ["Candidate", "Evidence", "choose_dimension", "cross_validated", "difference", "rising_candidates"]

FloatArray = NDArray[np.float64]

_STANDS = 2
"""Larger dimensions that do not change the choice end the search."""


class Evidence(NamedTuple):
    """Log-densities of patients, per unit of the features.

    Attributes:
        held_out: Each patient's, by the model that was not trained on it, shape (patients,).
        trained_on: The same patients', by the model of the next fold, which was trained on them, shape (patients,).
    """

    held_out: FloatArray
    trained_on: FloatArray


class Candidate(NamedTuple):
    """A latent dimension with what it gives.

    Attributes:
        latent_dim: How many dimensions.
        evidence: How it describes the patients.
    """

    latent_dim: int
    evidence: Evidence


def cross_validated(
    everybody: Patients,
    fold: NDArray[np.int64],
    description: ModelDescription,
    settings: VaeSettings,
    draws: int,
    device: torch.device,
    report: Callable[[int, Tensor], None] = lambda done, loss: None,
) -> Evidence:
    """Train a model per fold on the others, and measure all patients.

    All are trained in one pass, as replicas are, so each leaves out as many patients as the largest fold has: where the
    folds differ by one, a patient of another fold is left out at random.

    Args:
        everybody: Features, shape (features, patients), and labels where the objective needs them.
        fold: Fold of each patient, from 0, shape (patients,).
        description: The model, with one replica per fold.
        settings: How it is trained; its epochs are those for the patients of the training folds.
        draws: Per patient, that estimate the log-density.
        device: Where it is trained.
        report: Told of the training, as by :func:`~retina_vae.vae.training.fit_replicas`.

    Raises:
        NonFiniteLossError: A training diverges.
    """
    trained = [np.flatnonzero(fold != left_out) for left_out in range(description.replicas)]
    size = min(map(len, trained))
    rng = np.random.default_rng(description.seeds[0])
    chosen = np.stack([np.sort(rng.permutation(own)[:size]) for own in trained])
    patients = everybody.take(torch.from_numpy(chosen))
    model, _ = fit_replicas(patients, description, settings, device, report)
    model.cpu()
    x = everybody.x
    held_out, trained_on = np.empty(x.shape[1]), np.empty(x.shape[1])
    for left_out in range(description.replicas):
        own = _log_density(model, description, left_out, x[:, fold == left_out], draws)
        held_out[fold == left_out] = own
        neighbour = (left_out + 1) % description.replicas
        trained_on[fold == left_out] = _log_density(model, description, neighbour, x[:, fold == left_out], draws)
    return Evidence(held_out, trained_on)


def rising_candidates(dims: Sequence[int], measure: Callable[[int], Evidence]) -> list[Candidate]:
    """Measure dimensions one after the other, until the choice among them has stood against two more.

    Args:
        dims: Rising numbers.
        measure: From a dimension to its evidence.
    """
    found: list[Candidate] = []
    for dim in dims:
        found.append(Candidate(dim, measure(dim)))
        chosen = choose_dimension(found).latent_dim
        if len(found) > _STANDS and chosen < found[-_STANDS].latent_dim:
            break
    return found


def choose_dimension(candidates: Sequence[Candidate]) -> Candidate:
    """The first whose mean held-out log-density lies within one standard error of the best.

    The error is that of the mean difference over the patients, whom both describe; that one training differs from the
    next is not in it.
    """
    best = max(candidates, key=lambda own: own.evidence.held_out.mean())
    for own in candidates:
        if own is best:
            return own
        mean, error = difference(best.evidence.held_out, own.evidence.held_out)
        if mean <= error:
            return own
    raise AssertionError("the best is within its own error")


def difference(first: FloatArray, second: FloatArray) -> tuple[float, float]:
    """Mean of ``first - second`` over the patients, shape (patients,) each, and its standard error.

    Where a density is not finite, neither are these.
    """
    with np.errstate(invalid="ignore"):
        own = first - second
        return float(own.mean()), float(own.std(ddof=1) / math.sqrt(len(own)))


def _log_density(
    model: VariationalAutoencoder, description: ModelDescription, replica: int, x: Tensor, draws: int
) -> FloatArray:
    own = description.of_replicas(slice(replica, replica + 1))
    single = build_model(own)
    single.load_state_dict(select_replica(model, replica))
    generators = replica_generators(own.seeds)
    log_density: FloatArray = estimate_evidence(single, x, draws, generators).log_evidence[0].double().numpy()
    return log_density
