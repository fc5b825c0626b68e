"""The exact density of simulated patients: what a perfect model of the cohort would say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logsumexp

from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.cohort.simulated.epidemiology import Epidemiology
from retina_vae.cohort.simulated.statistics import Statistic
from retina_vae.errors import InputError

__all__ = ["CohortDensity"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class CohortDensity:
    r"""The mixture that :func:`~retina_vae.cohort.simulate` draws from, of K groups with equal weights.

    .. math:: p(x) = \frac{1}{K} \sum_{k=1}^{K} \prod_{c\ \text{observed}} p_k(x_c)

    Group k has the weight 1/K because the simulator draws as many patients of every group. Column c has the
    distribution of its statistic. The product goes over the columns that are observed of the patient, which is the
    density of these columns: what is not observed is integrated out.

    Which columns are observed is ignored, as a model with a likelihood of the observed values ignores it. Where every
    group misses as many values of a column, this is all that the patients say. Where ``missing`` differs between
    groups, a gap itself says something of the group; then p(x) is the density of values under data that are missing
    at random, and the group posterior that of one who does not look at the gaps.

    The methods read the input columns of a patient table and ignore its other columns. Log densities are in nats,
    measured numbers counting per unit (an age: per year). A value that is impossible, a category of probability 0
    or a number beyond the bounds, has the log density -inf. A value that is none of its column, or is missing in a
    column that is required, raises InputError.

    Attributes:
        inputs: The input columns.
        statistics: The statistics of each column, one per group in the order of the epidemiology.

    References:
        Bishop, Pattern Recognition and Machine Learning (2006), section 9.2: mixtures and responsibilities.
        Rubin, Inference and missing data, Biometrika 63 (1976): when what is missing may be ignored.
        Watanabe, Information theoretical analysis of multivariate correlation (1960): total correlation.
    """

    inputs: tuple[Column, ...]
    statistics: tuple[tuple[Statistic, ...], ...]

    @classmethod
    def of(cls, epidemiology: Epidemiology, schema: CohortSchema) -> CohortDensity:
        """The density of the patients that these statistics describe.

        Raises:
            KeyError: A group of ``epidemiology`` lacks an input of ``schema``.
        """
        groups = epidemiology.groups.values()
        statistics = (tuple(group.columns[column.name] for group in groups) for column in schema.inputs)
        return cls(inputs=schema.inputs, statistics=tuple(statistics))

    def log_density(self, patients: pd.DataFrame) -> FloatArray:
        """log p(x), the group marginalised, shape (patients,)."""
        return _log_of_mean(self.log_density_by_group(patients))

    def log_density_by_group(self, patients: pd.DataFrame) -> FloatArray:
        """log p(x | group), shape (patients, groups)."""
        return self.log_density_by_column(patients).sum(axis=0)

    def log_density_by_column(self, patients: pd.DataFrame) -> FloatArray:
        """log p(column | group), shape (inputs, patients, groups); 0 where the column is not observed."""
        columns = []
        for column, statistics in zip(self.inputs, self.statistics, strict=True):
            codes = _codes(patients[column.name], column)
            columns.append([statistic.log_density(codes, column) for statistic in statistics])
        return np.moveaxis(np.array(columns), 1, 2)

    def log_density_of_independent_columns(self, patients: pd.DataFrame) -> FloatArray:
        """Sum over the columns of log p(column), each column's own mixture, shape (patients,).

        It is the best that a model without any dependence between columns can reach. What ``log_density`` exceeds
        it by has as its mean over the cohort the total correlation of the columns.
        """
        return _log_of_mean(self.log_density_by_column(patients)).sum(axis=0)

    def group_posterior(self, patients: pd.DataFrame) -> FloatArray:
        """p(group | x) by Bayes' theorem, shape (patients, groups).

        Each row sums to 1, but for a patient who is impossible in every group: no posterior exists, so the row is not
        a number rather than uniform, which would look like a real patient between all groups.
        """
        by_group = self.log_density_by_group(patients)
        total = logsumexp(by_group, axis=-1, keepdims=True)
        undefined = np.full_like(by_group, np.nan)
        return np.exp(np.subtract(by_group, total, out=undefined, where=total > -np.inf))


def _log_of_mean(by_group: FloatArray) -> FloatArray:
    """Log of the equally weighted mixture, over the last axis."""
    return logsumexp(by_group, axis=-1) - np.log(by_group.shape[-1])


def _codes(values: pd.Series, column: Column) -> FloatArray:
    """The codes of a column, NaN where it is not observed."""
    codes = column.kind_of.codes(values, column.categories)
    missing = values.isna().to_numpy()
    unknown = np.isnan(codes) & ~missing
    if unknown.any():
        found = values[unknown].iloc[0]
        raise InputError(f"column {column.name!r}: expected {column.expectation}, got {found!r}.")
    if column.required and missing.any():
        raise InputError(f"column {column.name!r}: expected {column.expectation}, got a missing value.")
    return codes
