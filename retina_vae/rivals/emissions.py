"""The parts of the columns as StepMix describes them, and its parameters back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from retina_vae.rivals.measurements import CategoryPart, CountPart, NumberPart, Part
from retina_vae.rivals.rival import FloatArray

__all__ = ["Block", "Emissions"]


@dataclass(frozen=True)
class Block:
    """Parts that StepMix takes in one model.

    Attributes:
        model: As StepMix calls it.
        parts: Of them, all alike.
    """

    model: str
    parts: tuple[Part, ...]

    def columns(self, patients: pd.DataFrame) -> FloatArray:
        """What StepMix reads, shape (patients, columns): of a category one column each."""
        return np.column_stack([_columns(part, part.values(patients)) for part in self.parts])

    @property
    def description(self) -> dict[str, Any]:
        """The block's entry in a measurement model."""
        first, many = self.parts[0], len(self.parts)
        if isinstance(first, CategoryPart):
            sizes = {"max_n_outcomes": first.categories, "total_outcomes": many * first.categories}
            return {"model": self.model, "n_columns": many * first.categories, "integer_codes": False, **sizes}
        guarded = {"part": first} if self.model == GUARDED else {}
        return {"model": self.model, "n_columns": many, **guarded}

    def parameters(self, found: dict[str, Any]) -> list[FloatArray]:
        """StepMix's parameters of each part.

        Those of categories are their probabilities, shape (classes, categories), those of a number its mean and
        variance, shape (classes, 2).
        """
        if isinstance(self.parts[0], CategoryPart):
            return list(np.split(np.asarray(found["pis"]), len(self.parts), axis=1))
        return [np.column_stack(both) for both in zip(found["means"].T, found["covariances"].T, strict=True)]


def _columns(part: Part, values: FloatArray) -> FloatArray:
    if not isinstance(part, CategoryPart):
        return values
    ones = (values[:, None] == np.arange(part.categories)).astype(np.float64)
    return np.where(np.isnan(values)[:, None], np.nan, ones)


GUARDED = "guarded_nan"
"""The name under which StepMix finds numbers whose variances are guarded."""


@dataclass(frozen=True)
class Emissions:
    """A measurement model of StepMix."""

    blocks: tuple[Block, ...]

    @classmethod
    def of(cls, parts: Sequence[Part], patients: pd.DataFrame) -> Emissions:
        """Parts without gaps that are alike share a block, which is faster and changes no number."""
        blocks: dict[tuple[str, int], list[Part]] = {}
        for place, part in enumerate(parts):
            gaps = bool(np.isnan(part.values(patients)).any())
            blocks.setdefault(_key(part, gaps, place), []).append(part)
        return cls(tuple(Block(model, tuple(own)) for (model, _), own in blocks.items()))

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts in the order of the blocks."""
        return tuple(part for block in self.blocks for part in block.parts)

    @property
    def measurement(self) -> dict[str, Any]:
        """As ``StepMix(measurement=)`` takes it."""
        if any(block.model == GUARDED for block in self.blocks):
            _register_guarded()
        return {f"{place}": block.description for place, block in enumerate(self.blocks)}

    def columns(self, patients: pd.DataFrame) -> FloatArray:
        """What StepMix reads, shape (patients, columns)."""
        return np.column_stack([block.columns(patients) for block in self.blocks])

    def parameters(self, found: dict[str, Any]) -> tuple[FloatArray, ...]:
        """Of each of :attr:`parts`, from StepMix's parameters of a measurement model."""
        every = (block.parameters(found[f"{place}"]) for place, block in enumerate(self.blocks))
        return tuple(parameters for own in every for parameters in own)


def _key(part: Part, gaps: bool, place: int) -> tuple[str, int]:
    """The model of a part, and what else must be alike in a block."""
    if isinstance(part, CategoryPart):
        return ("categorical_nan" if gaps else "categorical"), part.categories
    return (GUARDED, place) if isinstance(part, CountPart) or gaps else ("gaussian_diag", 0)


def _register_guarded() -> None:
    """Tell StepMix of counts, and of numbers with gaps, whose variances are guarded as those without gaps are.

    As they stand there they are not, so a class of patients who share one value ends in numbers that are none. The sums
    are those of its own model of one column, without a loop over the classes.
    """
    from stepmix.emission.build_emission import EMISSION_DICT
    from stepmix.emission.gaussian import GaussianDiagNan

    class Guarded(GaussianDiagNan):  # type: ignore[misc]
        def __init__(self, part: NumberPart, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.part = part

        def m_step(self, X: FloatArray, resp: FloatArray) -> None:  # noqa: N803
            known = ~np.isnan(X[:, 0])
            shares, values = resp[known], X[known, 0]
            # As scikit-learn's mixtures: a class without patients stays a number.
            sums = shares.sum(axis=0) + 10 * np.finfo(np.float64).eps
            means = values @ shares / sums
            variances = ((values[:, None] - means) ** 2 * shares).sum(axis=0) / sums
            guarded = self.part.guarded(means, variances)
            self.parameters.update(means=means[:, None], covariances=guarded[:, None])

        def _log_likelihood(self, X: FloatArray) -> FloatArray:  # noqa: N803
            variances = self.parameters["covariances"][:, 0]
            squares = (X - self.parameters["means"][:, 0]) ** 2 / variances
            found = -0.5 * (squares + np.log(2 * np.pi * variances))
            return np.where(np.isnan(X), 0.0, found)

    EMISSION_DICT.setdefault(GUARDED, Guarded)
