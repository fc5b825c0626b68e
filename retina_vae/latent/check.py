"""Generated patients beside the cohort: margins, and what goes with what."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort.schema import CohortSchema, Column

__all__ = ["check_generated"]

FloatArray = NDArray[np.float64]


def check_generated(generated: pd.DataFrame, patients: pd.DataFrame, schema: CohortSchema) -> pd.DataFrame:
    r"""Statistics of the generated patients beside those of the cohort.

    Each column on its own: mean and standard deviation of a number, the share of each category (of a binary column,
    of the second; of a number that is often 0, of the numbers above it). Each pair of columns: Pearson's correlation
    of their numbers, a category counting as 1 where a patient has it and 0 elsewhere. Between two findings that is
    the phi coefficient, between a finding and a number the point-biserial correlation. Together with the shares the
    correlations of categories say all of a table of two columns; of a number they say how its mean depends on the
    other column, not how its spread does.

    A patient without a value is left out of what needs it: n and m count the patients with a value, of a pair those
    with both. Generated patients have no gaps; where a gap has to do with what it hides, they differ from the observed
    ones rightly.

    With n and m patients, ``standard_error`` is that of the difference, by the delta method without assuming a
    distribution:

    .. math:: \sqrt{\frac{\sum_i u_i^2}{n (n - 1)} + \frac{\sum_j v_j^2}{m (m - 1)}}

    where u and v are the statistic's influences in the two samples: :math:`x - \bar x` for a mean or share,
    :math:`((x - \bar x)^2 - s^2) / 2 s` for a standard deviation, and :math:`a b - r (a^2 + b^2) / 2` of the
    standardised a and b for a correlation. It is valid for many patients; a category of fewer than about ten patients
    gives a rough ``z``. The model was fitted to this cohort, so even a perfect one follows the cohort's own accidents
    and its ``z`` spreads less than a standard normal: a large one tells against the model, a small one is no proof.

    Args:
        generated: Patients as :func:`generate` makes them; a column of the schema that they lack is passed over.
        patients: The cohort.
        schema: Of the cohort.

    Returns:
        ``column, statistic, generated, cohort, standard_error, z``: ``z`` is (generated - cohort) / standard_error. A
        pair is written ``grade:weight``, its statistic ``correlation mild``; of two categories,
        ``correlation mild, present``. A correlation with a column that does not vary is missing, and so is ``z``
        where neither sample varies and both agree, and every statistic of a sample without values.

    References:
        Efron, The jackknife, the bootstrap and other resampling plans (1982), chapter 6: the delta method.
        Steiger and Hakstian (1982), the asymptotic distribution of elements of a correlation matrix.
    """
    columns = [column for column in schema.columns if column.name in generated]
    made, known = _numbers(generated, columns), _numbers(patients, columns)
    rows = []
    for name, category in made:
        one, other = (made[name, category],), (known[name, category],)
        rows.append(_compare(name, f"share {category}" if category else "mean", _mean, one, other))
        if not category:
            rows.append(_compare(name, "standard deviation", _deviation, one, other))
    for a, b in combinations(made, 2):
        if a[0] != b[0]:
            name, categories = f"{a[0]}:{b[0]}", ", ".join(category for _, category in (a, b) if category)
            pair = (made[a], made[b]), (known[a], known[b])
            rows.append(_compare(name, f"correlation {categories}".strip(), _correlation, *pair))
    return pd.DataFrame(rows)


def _numbers(table: pd.DataFrame, columns: Sequence[Column]) -> dict[tuple[str, str], FloatArray]:
    """What is compared, by column and category, the category of a number being empty; each of shape (patients,).

    NaN where a patient has no value.
    """
    numbers = {}
    for column in columns:
        codes = column.kind_of.codes(table[column.name], column.categories)
        if column.numeric:
            numbers[column.name, ""] = codes
        for category, has in column.kind_of.indicators(codes, column.categories).items():
            numbers[column.name, category] = has
    return numbers


# From numbers per patient to a statistic and each patient's influence on it.
Statistic = Callable[..., tuple[float, FloatArray]]


def _mean(x: FloatArray) -> tuple[float, FloatArray]:
    return float(x.mean()), x - x.mean()


def _deviation(x: FloatArray) -> tuple[float, FloatArray]:
    squares = np.square(x - x.mean())
    deviation = float(np.sqrt(squares.mean()))
    return deviation, (squares - squares.mean()) / (2 * deviation) if deviation > 0 else np.zeros_like(x)


def _correlation(x: FloatArray, y: FloatArray) -> tuple[float, FloatArray]:
    # Not the standard deviation, which rounding may leave above 0.
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return math.nan, np.full_like(x, math.nan)
    a, b = ((values - values.mean()) / values.std() for values in (x, y))
    r = float((a * b).mean())
    return r, a * b - r * (np.square(a) + np.square(b)) / 2


def _compare(
    column: str,
    statistic: str,
    function: Statistic,
    generated: tuple[FloatArray, ...],
    cohort: tuple[FloatArray, ...],
) -> dict[str, str | float]:
    made, made_influence = _of_observed(function, generated)
    known, known_influence = _of_observed(function, cohort)
    error = math.hypot(_standard_error(made_influence), _standard_error(known_influence))
    return {
        "column": column,
        "statistic": statistic,
        "generated": made,
        "cohort": known,
        "standard_error": error,
        "z": _in_standard_errors(made, known, error),
    }


def _of_observed(function: Statistic, sample: tuple[FloatArray, ...]) -> tuple[float, FloatArray]:
    """The statistic of the patients with all values, and their influences; missing where there is none."""
    complete = ~np.isnan(sample).any(axis=0)
    return function(*(values[complete] for values in sample)) if complete.any() else (math.nan, np.empty(0))


def _in_standard_errors(made: float, known: float, error: float) -> float:
    # Columns that determine each other have correlations, and a standard error, that differ by rounding alone.
    difference = 0.0 if math.isclose(made, known, rel_tol=1e-12) else made - known
    if error == 0 and difference != 0:
        return math.copysign(math.inf, difference)
    return difference / error if error > 0 else math.nan


def _standard_error(influence: FloatArray) -> float:
    """Standard error of a statistic of one sample; missing where a single patient tells nothing of it."""
    n = len(influence)
    return math.sqrt(float(np.square(influence).sum()) / (n * (n - 1))) if n > 1 else math.nan
