"""New patients: from the prior, or like a given patient; and how they compare with the cohort."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.errors import InputError
from retina_vae.latent.decode import decode_codes
from retina_vae.vae.description import ModelDescription
from retina_vae.vae.likelihoods import Categorical
from retina_vae.vae.model import VariationalAutoencoder
from retina_vae.vae.replicas import replica_generators, replica_noise

__all__ = ["GeneratedPatients", "check_generated", "generate", "similar"]

FloatArray = NDArray[np.float64]
Generators = Sequence[torch.Generator]

_AT_ONCE = 2**16


class GeneratedPatients(NamedTuple):
    """Patients that a model made.

    Attributes:
        patients: The schema's identifier (G0001 on), the diagnosis where the model tells it, and the inputs.
        codes: The z of each, shape (patients, latent dimensions).
        redrawn: How many draws were refused because a number lay outside the schema's bounds.
    """

    patients: pd.DataFrame
    codes: FloatArray
    redrawn: int


def generate(
    model: VariationalAutoencoder, description: ModelDescription, schema: CohortSchema, count: int, seed: int
) -> GeneratedPatients:
    """Draw z from the prior N(0, I), then x from p(x | z).

    A Gaussian gives every number some probability, an age of -3 years among them. A patient with a number outside the
    schema's bounds is drawn again, code and all, so the patients follow p(x) given that x lies within the bounds.
    The diagnosis is drawn from p(y | x) where the model has a classifier; otherwise the table has none. An autoencoder
    never learned to fill the prior; that its patients fit badly is the answer, not a fault.

    Args:
        model: One replica with a typed likelihood.
        description: Of that replica.
        schema: Of the cohort.
        count: Number of patients.
        seed: The same seed gives the same patients.

    Raises:
        ConfigurationError: The likelihood is not typed.
        InputError: Fewer than one draw in a hundred lies within the schema's bounds.
    """

    def prior(number: int, generators: Generators) -> Tensor:
        return replica_noise((model.latent_dim, number), generators, next(model.parameters()).dtype)

    return _draw_patients(model, description, schema, prior, count, seed)


def similar(
    model: VariationalAutoencoder,
    description: ModelDescription,
    schema: CohortSchema,
    features: Tensor,
    count: int,
    seed: int,
) -> GeneratedPatients:
    """Draw z from q(z | x0) around a given patient, then x from p(x | z), otherwise as :func:`generate`.

    Args:
        model: One replica with a typed likelihood.
        description: Of that replica.
        schema: Of the cohort.
        features: x0 as the model reads it, shape (features,).
        count: Number of patients.
        seed: The same seed gives the same patients.

    Raises:
        ConfigurationError: The likelihood is not typed.
        InputError: Fewer than one draw in a hundred lies within the schema's bounds.
    """

    def posterior(number: int, generators: Generators) -> Tensor:
        noise = replica_noise((model.latent_dim, number, 1), generators, features.dtype)
        return model.encode(features.view(1, -1, 1)).rsample(noise.to(features.device)).squeeze(3)

    return _draw_patients(model, description, schema, posterior, count, seed)


def check_generated(generated: pd.DataFrame, patients: pd.DataFrame, schema: CohortSchema) -> pd.DataFrame:
    r"""Statistics of the generated patients beside those of the cohort.

    Each column on its own: mean and standard deviation of a number, the share of each category (of a binary column,
    of the second). Each pair of columns: Pearson's correlation of their numbers, a category counting as 1 where a
    patient has it and 0 elsewhere. Between two findings that is the phi coefficient, between a finding and a number
    the point-biserial correlation. Together with the shares the correlations of categories say all of a table of two
    columns; of a number they say how its mean depends on the other column, not how its spread does.

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
        pair is written ``race:age``, its statistic ``correlation Asian``; of two categories,
        ``correlation Asian, present``. A correlation with a column that does not vary is missing, and so is ``z``
        where neither sample varies and both agree.

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


def _draw_patients(
    model: VariationalAutoencoder,
    description: ModelDescription,
    schema: CohortSchema,
    draw_codes: Callable[[int, Generators], Tensor],
    count: int,
    seed: int,
) -> GeneratedPatients:
    generators, kept, drawn = replica_generators([seed]), 0, 0
    tables, codes = [], []
    while kept < count:
        z, table = _draw_batch(model, description, schema, draw_codes, min(count - kept, _AT_ONCE), generators)
        fits = _within_bounds(table, schema)
        tables.append(table[fits])
        codes.append(z[fits])
        kept, drawn = kept + int(fits.sum()), drawn + len(fits)
        if drawn >= 1000 and kept < drawn / 100:
            raise InputError(
                f"expected patients within the bounds of the schema, got {drawn - kept} of {drawn} outside them. "
                "Train the model longer, or widen the minimum and maximum of the columns."
            )
    patients = pd.concat(tables, ignore_index=True)
    width = max(4, len(str(count)))
    identifiers = [f"G{number:0{width}d}" for number in range(1, count + 1)]
    patients.insert(0, schema.identifier, pd.Series(identifiers, dtype="str"))
    return GeneratedPatients(patients, np.concatenate(codes), drawn - kept)


@torch.no_grad()
def _draw_batch(
    model: VariationalAutoencoder,
    description: ModelDescription,
    schema: CohortSchema,
    draw_codes: Callable[[int, Generators], Tensor],
    count: int,
    generators: Generators,
) -> tuple[FloatArray, pd.DataFrame]:
    """Codes and the patients drawn from them, whether or not they lie within the bounds."""
    z = draw_codes(count, generators).to(next(model.parameters()).device)
    x = decode_codes(model, description, z).sample(generators)
    table = description.encoding.decode(x[0].T.double().cpu().numpy())
    if description.classes:
        drawn = Categorical(model.classify(model.encode(x))).sample(generators)[0].argmax(dim=0)
        names = np.array(description.classes)[drawn.cpu().numpy()]
        classes = pd.Categorical(names, categories=list(description.classes))
        table.insert(0, schema.diagnosis.name, pd.Series(classes))
    return z[0].T.double().cpu().numpy(), table


def _within_bounds(table: pd.DataFrame, schema: CohortSchema) -> NDArray[np.bool_]:
    fits = np.ones(len(table), dtype=bool)
    for column in schema.inputs:
        if column.kind == "continuous":
            low = -np.inf if column.minimum is None else column.minimum
            high = np.inf if column.maximum is None else column.maximum
            values = table[column.name].to_numpy()
            fits &= np.isfinite(values) & (values >= low) & (values <= high)
    return fits


def _numbers(table: pd.DataFrame, columns: Sequence[Column]) -> dict[tuple[str, str], FloatArray]:
    """What is compared, by column and category, the category of a number being empty; each of shape (patients,)."""
    numbers = {}
    for column in columns:
        values = table[column.name]
        if column.kind == "continuous":
            numbers[column.name, ""] = values.to_numpy(np.float64)
            continue
        for category in column.categories if column.kind == "categorical" else column.categories[1:]:
            numbers[column.name, category] = (values == category).to_numpy(np.float64)
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
    (made, made_influence), (known, known_influence) = function(*generated), function(*cohort)
    error = math.hypot(_standard_error(made_influence), _standard_error(known_influence))
    return {
        "column": column,
        "statistic": statistic,
        "generated": made,
        "cohort": known,
        "standard_error": error,
        "z": _in_standard_errors(made, known, error),
    }


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
