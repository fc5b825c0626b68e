"""Generated patients beside the cohort: margins, and what goes with what."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort.remarks import ABOVE, BELOW, remarks_of
from retina_vae.cohort.schema import CohortSchema, Column

__all__ = ["check_generated"]

FloatArray = NDArray[np.float64]

_FEWEST_PATIENTS, _FEWEST_EXPECTED = 30, 5


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
    ones rightly. Of a number with limits of detection both are cut at the highest limit that a patient lies below and
    at the lowest that one lies above, within which everybody's number is known.

    ``standard_error`` is that of the difference if the n generated patients and the m of the cohort were drawn from one
    population, which all N = n + m together stand for (a score or pooled standard error, Agresti 2013, section 3.2):

    .. math:: \sqrt{\frac{\sum_i u_i^2}{N - 1} \left(\frac{1}{n} + \frac{1}{m}\right)}

    where u are the statistic's influences in the pooled patients: :math:`x - \bar x` for a mean or share,
    :math:`((x - \bar x)^2 - s^2) / 2 s` for a standard deviation, and :math:`a b - r (a^2 + b^2) / 2` of the
    standardised a and b for a correlation. For a share it is :math:`\sqrt{p (1 - p) (1/n + 1/m) N / (N - 1)}` with the
    pooled share p, and the square of ``z`` Pearson's chi-squared with N - 1 for N; for a mean it is what exchanging
    patients between the two would give. Standard errors of the two samples themselves (Wald) fail for few patients: a
    share of 0 among 10 would have none, and be many of them away from anything.

    Both are missing where too few patients would decide. By the pooled share, the smaller sample must be expected to
    hold at least one patient in the category and one outside of it (Campbell 2007; here to the nearest whole patient);
    for a correlation five of each, of every category in it (Cochran 1954). Means, standard deviations and correlations
    ask for 30 patients on either side. Where n and m differ much, another spread of a number alone moves the ``z`` of
    its mean.

    The model was fitted to this cohort, so even a perfect one follows the cohort's own accidents and its ``z`` spreads
    less than a standard normal: a large one tells against the model, a small one is no proof.

    Args:
        generated: Patients as :func:`generate` makes them; a column of the schema that they lack is passed over.
        patients: The cohort.
        schema: Of the cohort.

    Returns:
        ``column, statistic, generated, cohort, standard_error, z``: ``z`` is (generated - cohort) / standard_error. A
        pair is written ``grade:weight``, its statistic ``correlation mild``; of two categories,
        ``correlation mild, present``. A correlation with a column that does not vary is missing, and so is ``z``
        where the pooled patients do not vary, and every statistic of a sample without values.

    References:
        Agresti, Categorical data analysis, third edition (2013).
        Campbell (2007), chi-squared and Fisher-Irwin tests of two-by-two tables, https://doi.org/10.1002/sim.2832.
        Cochran (1954), some methods for strengthening the common chi-squared tests, Biometrics 10, 417.
        Efron, The jackknife, the bootstrap and other resampling plans (1982), chapter 6: the delta method.
        Steiger and Hakstian (1982), the asymptotic distribution of elements of a correlation matrix.
    """
    columns = [column for column in schema.columns if column.name in generated]
    limits = {column.name: _limits(patients, column) for column in columns if column.censored}
    made, known = _numbers(generated, columns, limits), _numbers(patients, columns, limits)
    rows = []
    for key in made:
        name, category = key
        samples = _observed(made[key]), _observed(known[key])
        if category:
            # To the nearest whole patient.
            enough = round(_expected(samples[0][0], samples[1][0])) >= 1
            rows.append(_compare(name, f"share {category}", _mean, *samples, enough))
        else:
            enough = _smaller(*samples) >= _FEWEST_PATIENTS
            rows.append(_compare(name, "mean", _mean, *samples, enough))
            rows.append(_compare(name, "standard deviation", _deviation, *samples, enough))
    for a, b in combinations(made, 2):
        if a[0] != b[0]:
            name, categories = f"{a[0]}:{b[0]}", ", ".join(category for _, category in (a, b) if category)
            samples = _observed(made[a], made[b]), _observed(known[a], known[b])
            shares = [place for place, (_, category) in enumerate((a, b)) if category]
            expected = [_expected(samples[0][place], samples[1][place]) for place in shares]
            enough = _smaller(*samples) >= _FEWEST_PATIENTS and min(expected, default=math.inf) >= _FEWEST_EXPECTED
            rows.append(_compare(name, f"correlation {categories}".strip(), _correlation, *samples, enough))
    return pd.DataFrame(rows)


def _observed(*values: FloatArray) -> tuple[FloatArray, ...]:
    """The values of the patients who have all of them."""
    complete = ~np.isnan(values).any(axis=0)
    return tuple(own[complete] for own in values)


def _smaller(generated: tuple[FloatArray, ...], cohort: tuple[FloatArray, ...]) -> int:
    """Patients of the smaller of two samples."""
    return min(len(generated[0]), len(cohort[0]))


def _limits(patients: pd.DataFrame, column: Column) -> tuple[float, float]:
    """Between which numbers everybody's is known, if not missing."""
    values, remarks = patients[column.name], remarks_of(patients, column.name)
    below, above = values[remarks == BELOW], values[remarks == ABOVE]
    return float(below.max()) if len(below) else -math.inf, float(above.min()) if len(above) else math.inf


def _numbers(
    table: pd.DataFrame, columns: Sequence[Column], limits: Mapping[str, tuple[float, float]]
) -> dict[tuple[str, str], FloatArray]:
    """What is compared, by column and category, the category of a number being empty; each of shape (patients,).

    NaN where a patient has no value.
    """
    numbers = {}
    for column in columns:
        codes = column.kind_of.codes(table[column.name], column.categories)
        codes = np.clip(codes, *limits[column.name]) if column.name in limits else codes
        if column.numeric:
            numbers[column.name, ""] = codes
        for category, has in column.kind_of.indicators(codes, column.categories).items():
            numbers[column.name, category] = has
    return numbers


def _expected(made: FloatArray, known: FloatArray) -> float:
    """Patients with a category, or without it, that the smaller of two samples should hold by the pooled share."""
    if min(len(made), len(known)) == 0:
        return 0.0
    share = (made.sum() + known.sum()) / (len(made) + len(known))
    return min(len(made), len(known)) * float(min(share, 1 - share))


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
    enough: bool,
) -> dict[str, str | float]:
    made, known = (function(*sample)[0] if len(sample[0]) else math.nan for sample in (generated, cohort))
    error = _standard_error(function, generated, cohort) if enough else math.nan
    # Columns that determine each other have correlations, and a standard error, that differ by rounding alone.
    difference = 0.0 if math.isclose(made, known, rel_tol=1e-12) else made - known
    return {
        "column": column,
        "statistic": statistic,
        "generated": made,
        "cohort": known,
        "standard_error": error,
        "z": difference / error if error > 0 else math.nan,
    }


def _standard_error(function: Statistic, generated: tuple[FloatArray, ...], cohort: tuple[FloatArray, ...]) -> float:
    """Standard error of the difference of a statistic between two samples of one population."""
    n, m = len(generated[0]), len(cohort[0])
    _, influence = function(*(np.concatenate(both) for both in zip(generated, cohort, strict=True)))
    return math.sqrt(float(np.square(influence).sum()) / (n + m - 1) * (1 / n + 1 / m))
