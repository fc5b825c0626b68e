"""How well a model writes molecules again, and what it writes from codes that nobody has."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retina_vae.studies.molecules.decoding import SequenceModel

__all__ = ["Spread", "fresh_codes", "generated", "reconstructed"]

FloatArray = NDArray[np.float64]


class Spread:
    """How a model's codes are spread: mean, covariance, and draws with it.

    Args:
        codes: Of the cohort, shape (molecules, latent dimensions).
    """

    def __init__(self, codes: FloatArray) -> None:
        self.mean = np.asarray(codes.mean(axis=0))
        self.covariance = np.atleast_2d(np.cov(codes.T))
        values, vectors = np.linalg.eigh(self.covariance)
        # A coordinate that never varies has a variance of rounding alone, of either sign.
        self._root = vectors * np.sqrt(values.clip(min=0.0))

    @property
    def dimensions(self) -> int:
        """Of the latent space."""
        return len(self.mean)

    @property
    def root_mean_variance(self) -> float:
        """Root of the mean variance over the coordinates: a standard deviation where all are alike."""
        return float(np.sqrt(np.trace(self.covariance) / self.dimensions))

    def steps(self, rng: np.random.Generator, count: int, unit: str) -> FloatArray:
        """Steps of mean 0 whose mean squared length is the trace of the covariance, shape (count, dimensions).

        Args:
            rng: Of the draws.
            count: How many.
            unit: ``codes``: a draw from a normal with the covariance of the codes, so that a linear map of the latent
                space changes nothing; ``distance``: evenly in all directions.
        """
        normal = rng.standard_normal((count, self.dimensions))
        return normal @ self._root.T if unit == "codes" else normal * self.root_mean_variance


def reconstructed(model: SequenceModel, molecules: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each molecule is decoded from the middle of its code as itself, shape (molecules,).

    A molecule that the model's alphabet cannot write is not.
    """
    found = np.zeros(len(molecules), dtype=bool)
    written = [model.alphabet.notation.write(own) for own in molecules]
    fits = [place for place, own in enumerate(written) if model.alphabet.can_write(own)]
    if fits:
        decoded = model.molecules(model.codes(model.alphabet.codes([written[place] for place in fits])))
        found[fits] = [own == molecules[place] for own, place in zip(decoded, fits, strict=True)]
    return found


def fresh_codes(model: SequenceModel, spread: Spread, count: int, rng: np.random.Generator) -> FloatArray:
    """Codes from the prior, of an autoencoder from a normal with the mean and the covariance of its codes."""
    if model.has_density:
        return rng.standard_normal((count, spread.dimensions))
    return spread.mean + spread.steps(rng, count, "codes")


def generated(molecules: Sequence[str | None], cohort: Collection[str], others: Collection[str]) -> dict[str, Any]:
    """Validity, uniqueness and novelty, as Polykovskiy et al. (2020, MOSES, doi:10.3389/fphar.2020.565644) define them.

    Args:
        molecules: What was decoded; None where it is no molecule.
        cohort: The molecules of the cohort.
        others: Those of the source that are not in the cohort.
    """
    valid = [own for own in molecules if own is not None]
    different = set(valid)
    share = len(different) or np.nan
    return {
        "draws": len(molecules),
        "valid": len(valid) / len(molecules),
        "unique": len(different) / len(valid) if valid else np.nan,
        "novel": len(different.difference(cohort)) / share,
        "rediscovered": len(different.intersection(others)) / share,
    }
