"""What the patients' columns are to the models of latent structure: categories, and normal scores of numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from retina_vae.cohort import CohortSchema

__all__ = ["CategoryBlock", "Measurements", "ScoreBlock", "measure_patients", "normal_scores", "standardized"]

FloatArray = NDArray[np.float64]

_NO_SPREAD = 1e-9
_LARGEST_LUMP, _PARTS = 0.1, 6
_FEWEST_SCORES = 8
"""A number with fewer different values is taken as categories."""


@dataclass(frozen=True)
class CategoryBlock:
    """Columns with the same number of categories: one-hot values, shape (patients, columns, categories).

    A row of zeros stands for a value that is not observed.
    """

    values: FloatArray

    @property
    def categories(self) -> int:
        """Number of categories."""
        return self.values.shape[2]


@dataclass(frozen=True)
class ScoreBlock:
    """Normal scores, shape (patients, columns), and where they are observed; 0 elsewhere."""

    values: FloatArray
    observed: FloatArray


@dataclass(frozen=True)
class Measurements:
    """The inputs of n patients.

    Attributes:
        categories: One block for each number of categories that a column has.
        scores: All numbers.
    """

    categories: tuple[CategoryBlock, ...]
    scores: ScoreBlock

    @property
    def patients(self) -> int:
        """Number of patients."""
        return len(self.scores.values)

    @property
    def columns(self) -> int:
        """Number of columns with categories and of scores."""
        return self.scores.values.shape[1] + sum(block.values.shape[1] for block in self.categories)

    def take(self, rows: NDArray[np.intp]) -> Measurements:
        """The measurements of some patients."""
        blocks = tuple(CategoryBlock(block.values[rows]) for block in self.categories)
        return Measurements(blocks, ScoreBlock(self.scores.values[rows], self.scores.observed[rows]))

    def statistics(self) -> NDArray[np.float32]:
        """The sufficient statistics of every patient, shape (patients, width).

        Of a category its indicator; of a score whether it is observed, the score and its square. The log-density of a
        patient at a node is their product with that node's natural parameters.
        """
        parts = [block.values.reshape(self.patients, -1) for block in self.categories]
        values, observed = self.scores.values, self.scores.observed
        return np.concatenate([*parts, observed, values, values**2], axis=1).astype(np.float32)


def measure_patients(patients: pd.DataFrame, schema: CohortSchema) -> Measurements:
    """Categories and normal scores of the inputs.

    A number is replaced by the normal score of its rank, so that the shape of its margin says nothing: what is left is
    how the columns go together. The zeros of a number that is often 0 are a finding of their own, and a number with
    fewer than eight different values counts as categories. So does one of which a tenth of the patients have the same
    value, such as most counts, cut at its sixths: a score would be a lump there, and a narrow class on a lump gains a
    density that says nothing of groups. A column that never varies is left out, and so is one that
    says the same of every patient as an earlier one: a column that stands twice is no evidence of groups.

    Args:
        patients: The patient table.
        schema: Its schema; only the inputs are looked at.
    """
    one_hot: dict[int, list[FloatArray]] = {}
    scores: list[FloatArray] = []
    seen: set[bytes] = set()
    for codes, scored in _parts(patients, schema):
        values = np.unique(codes[~np.isnan(codes)])
        score = normal_scores(codes) if scored else None
        said = _partition(codes) if score is None else _direction(score)
        if len(values) < 2 or said in seen:
            continue
        seen.add(said)
        if score is not None:
            scores.append(score)
        else:
            one_hot.setdefault(len(values), []).append((codes[:, None] == values).astype(np.float64))
    blocks = tuple(CategoryBlock(np.stack(columns, axis=1)) for _, columns in sorted(one_hot.items()))
    table = np.column_stack(scores) if scores else np.empty((len(patients), 0))
    observed = (~np.isnan(table)).astype(np.float64)
    return Measurements(blocks, ScoreBlock(np.nan_to_num(table), observed))


def _partition(codes: FloatArray) -> bytes:
    """Which patients have the same category, whatever it is called."""
    # Categories are numbered in the order of the patients who have them first, a gap is -1.
    return np.asarray(pd.factorize(codes)[0], dtype=np.int64).tobytes()


def _direction(scores: FloatArray) -> bytes:
    """The order of the patients, whichever way it runs."""
    rounded = scores.round(9)
    first = rounded[np.flatnonzero(np.nan_to_num(rounded))[0]]
    # Adding 0 makes 0 of -0.
    return np.asarray(rounded * np.sign(first) + 0.0).tobytes()


def standardized(values: FloatArray) -> FloatArray:
    """Columns less their mean over their standard deviation; 0 where a column never varies."""
    spread = values.std(axis=0)
    return np.asarray((values - values.mean(axis=0)) / np.where(spread > _NO_SPREAD, spread, 1))


def normal_scores(codes: FloatArray) -> FloatArray:
    """Standard normal quantiles of the mid-ranks, (rank - 1/2) / n (Hazen 1914); NaN where not observed.

    They are divided by their standard deviation, which ties make smaller than 1.
    """
    known = ~np.isnan(codes)
    scores = np.full(len(codes), np.nan)
    scores[known] = ndtri((rankdata(codes[known]) - 0.5) / known.sum())
    return scores / np.nanstd(scores)


def _parts(patients: pd.DataFrame, schema: CohortSchema) -> Iterator[tuple[FloatArray, bool]]:
    """Codes of each part of each input, NaN where not observed, and whether they are to be scored."""
    for column in schema.inputs:
        kind = column.kind_of
        codes = kind.codes(patients[column.name], column.categories)
        if not kind.numeric:
            yield codes, False
            continue
        for has in kind.indicators(codes, column.categories).values():
            yield has, False
            codes = np.where(has == 0, np.nan, codes)
        lumps = np.unique(codes[~np.isnan(codes)], return_counts=True)[1]
        if len(lumps) < _FEWEST_SCORES:
            yield codes, False
        elif lumps.max() > _LARGEST_LUMP * lumps.sum():
            yield _cut(codes), False
        else:
            yield codes, True


def _cut(codes: FloatArray) -> FloatArray:
    """Which sixth of the observed patients a number lies in; sixths that share their bounds are one."""
    bounds = np.unique(np.nanquantile(codes, np.arange(1, _PARTS) / _PARTS))
    return np.where(np.isnan(codes), np.nan, np.digitize(codes, bounds, right=True))
