"""The exact density of the simulated patients: what a perfect model of the cohort would say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logsumexp
from scipy.stats import truncnorm
from scipy.stats.distributions import rv_frozen

from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.cohort.simulated.epidemiology import CategoryStatistic, Epidemiology, NormalStatistic
from retina_vae.errors import InputError

__all__ = ["CohortDensity"]

FloatArray = NDArray[np.float64]
Statistic = NormalStatistic | CategoryStatistic


@dataclass(frozen=True)
class CohortDensity:
    r"""The mixture that :func:`~retina_vae.cohort.simulate` draws from, of K diseases with equal weights.

    .. math:: p(x) = \frac{1}{K} \sum_{k=1}^{K} \prod_c p_k(x_c)

    Diagnosis k has weight 1/K because the simulator draws the same number of patients of every disease. Column c
    is a categorical distribution, or a normal one truncated to the column's bounds.

    The methods read the input columns of a patient table and ignore its other columns. Log densities are in nats,
    a continuous column counting per unit (age: per year). A value that is impossible, a category of probability 0
    or a number beyond the bounds, has the log density -inf. A value that is missing or is not a category of its
    column raises InputError.

    Attributes:
        inputs: The input columns.
        statistics: The statistics of each column, one per disease in the order of the schema's diagnosis.

    References:
        Bishop, Pattern Recognition and Machine Learning (2006), section 9.2: mixtures and responsibilities.
        Watanabe, Information theoretical analysis of multivariate correlation (1960): total correlation.
    """

    inputs: tuple[Column, ...]
    statistics: tuple[tuple[Statistic, ...], ...]

    @classmethod
    def of(cls, epidemiology: Epidemiology, schema: CohortSchema) -> CohortDensity:
        """The density of the patients that these statistics describe.

        Raises:
            KeyError: ``epidemiology`` lacks a disease or a column of ``schema``.
        """
        diseases = [epidemiology.diseases[code] for code in schema.diagnosis.categories]
        statistics = (tuple(disease.columns[column.name] for disease in diseases) for column in schema.inputs)
        return cls(inputs=schema.inputs, statistics=tuple(statistics))

    def log_density(self, patients: pd.DataFrame) -> FloatArray:
        """log p(x), the diagnosis marginalised, shape (patients,)."""
        return _log_of_mean(self.log_density_by_disease(patients))

    def log_density_by_disease(self, patients: pd.DataFrame) -> FloatArray:
        """log p(x | disease), shape (patients, diseases)."""
        return self.log_density_by_column(patients).sum(axis=0)

    def log_density_by_column(self, patients: pd.DataFrame) -> FloatArray:
        """log p(column | disease), shape (inputs, patients, diseases)."""
        columns = [
            [_log_density_of_column(patients[column.name], column, statistic) for statistic in statistics]
            for column, statistics in zip(self.inputs, self.statistics, strict=True)
        ]
        return np.moveaxis(np.array(columns), 1, 2)

    def log_density_of_independent_columns(self, patients: pd.DataFrame) -> FloatArray:
        """Sum over the columns of log p(column), each column's own mixture, shape (patients,).

        It is the best that a model without any dependence between columns can reach. What ``log_density`` exceeds
        it by has as its mean over the cohort the total correlation of the columns.
        """
        return _log_of_mean(self.log_density_by_column(patients)).sum(axis=0)

    def disease_posterior(self, patients: pd.DataFrame) -> FloatArray:
        """p(disease | x) by Bayes' theorem, shape (patients, diseases).

        Each row sums to 1, but for a patient who is impossible under every disease: no posterior exists, so the row
        is not a number rather than uniform, which would look like a real patient between all diseases.
        """
        by_disease = self.log_density_by_disease(patients)
        total = logsumexp(by_disease, axis=-1, keepdims=True)
        undefined = np.full_like(by_disease, np.nan)
        return np.exp(np.subtract(by_disease, total, out=undefined, where=total > -np.inf))


def _log_of_mean(by_disease: FloatArray) -> FloatArray:
    """Log of the equally weighted mixture, over the last axis."""
    return logsumexp(by_disease, axis=-1) - np.log(by_disease.shape[-1])


def _log_density_of_column(values: pd.Series, column: Column, statistic: Statistic) -> FloatArray:
    """log p(column | disease) for the disease of this statistic, shape (patients,)."""
    if isinstance(statistic, NormalStatistic):
        return _truncated_normal(statistic, column).logpdf(_numbers(values, column))
    return _log_probabilities(statistic, column)[_positions(values, column)]


def _truncated_normal(statistic: NormalStatistic, column: Column) -> rv_frozen:
    """The distribution of a continuous column, truncated as the simulator does."""
    deviation = statistic.variance**0.5
    low = -np.inf if column.minimum is None else (column.minimum - statistic.mean) / deviation
    high = np.inf if column.maximum is None else (column.maximum - statistic.mean) / deviation
    return truncnorm(low, high, loc=statistic.mean, scale=deviation)


def _log_probabilities(statistic: CategoryStatistic, column: Column) -> FloatArray:
    """Log probability of each category in the column's order, shape (categories,)."""
    with np.errstate(divide="ignore"):
        return np.log([statistic.probabilities[category] for category in column.categories])


def _numbers(values: pd.Series, column: Column) -> FloatArray:
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isnan(numbers).any():
        raise InputError(f"column {column.name!r}: expected a number for every patient, got a missing value.")
    return numbers


def _positions(values: pd.Series, column: Column) -> NDArray[np.intp]:
    positions = pd.Index(column.categories).get_indexer(pd.Index(values))
    if (positions < 0).any():
        unknown = values[positions < 0].iloc[0]
        raise InputError(f"column {column.name!r}: expected one of {list(column.categories)}, got {unknown!r}.")
    return positions
