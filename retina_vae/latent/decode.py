"""What the decoder says along paths of codes: E[x | z] in each column's own unit, as tidy tables.

All functions read a model of one replica, which :func:`take_replica` makes of a model of many.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from retina_vae.errors import ConfigurationError
from retina_vae.vae.description import ModelDescription
from retina_vae.vae.diagnostics import posterior_diagnostics
from retina_vae.vae.likelihoods import TypedLikelihood
from retina_vae.vae.model import VariationalAutoencoder, build_model
from retina_vae.vae.posteriors import Posterior
from retina_vae.vae.replicas import select_replica

__all__ = [
    "decode_codes",
    "describe_codes",
    "interpolate",
    "interpolation_ends",
    "posterior_table",
    "take_replica",
    "traverse",
]


def take_replica(
    model: VariationalAutoencoder, description: ModelDescription, replica: int
) -> tuple[VariationalAutoencoder, ModelDescription]:
    """One replica, counted from 1 as in every table, as a model of its own.

    Raises:
        ConfigurationError: There is no replica of that number.
    """
    if not 1 <= replica <= description.replicas:
        raise ConfigurationError(f"expected a replica from 1 to {description.replicas} of the model, got {replica}.")
    alone = description.model_copy(update={"replicas": 1, "seeds": (description.seeds[replica - 1],)})
    single = build_model(alone, model.prior).to(next(model.parameters()))
    single.load_state_dict(select_replica(model, replica - 1))
    return single, alone


def decode_codes(model: VariationalAutoencoder, description: ModelDescription, z: Tensor) -> TypedLikelihood:
    """p(x | z) for codes of shape (replicas, latent dimensions, codes), as a density over patients.

    Raises:
        ConfigurationError: The model's output is a sigmoid per input, which is no such density.
    """
    likelihood = model.decode(z)
    if isinstance(likelihood, TypedLikelihood):
        return likelihood
    raise ConfigurationError(
        "expected a model whose likelihood is 'typed', because no other says how probable a patient is, got "
        f"{description.likelihood!r}. Name another model of the run, or train one with vae.likelihood 'typed' and "
        "vae.input_scaling 'by_kind', as config/typed.yaml does."
    )


@torch.no_grad()
def describe_codes(model: VariationalAutoencoder, description: ModelDescription, z: Tensor) -> pd.DataFrame:
    """E[x | z] of each code, in words and units of the patient table.

    Args:
        model: One replica with a typed likelihood.
        description: Of that replica.
        z: Codes, shape (latent dimensions, codes).

    Returns:
        ``code`` (from 1), ``column, category, mean``. A column of categories has a row per category with its
        probability, a binary one a single row, the second category with its probability; a number has one row with an
        empty category and the mean in the column's unit, which the bounds of the schema do not cut off.

    Raises:
        ConfigurationError: The likelihood is not typed.
    """
    columns = description.encoding.columns
    rows = [(column, category) for column in columns for category in column.kind_of.described(column.categories)]
    mean = decode_codes(model, description, z.unsqueeze(0)).expectation(description.encoding)[0].T.cpu().numpy()
    return pd.DataFrame(
        {
            "code": np.repeat(np.arange(1, len(mean) + 1), len(rows)),
            "column": [column.name for column, _ in rows] * len(mean),
            "category": [category for _, category in rows] * len(mean),
            "mean": mean.ravel(),
        }
    )


def traverse(
    model: VariationalAutoencoder,
    description: ModelDescription,
    posterior: Posterior,
    steps: int = 25,
    reach: float = 3.0,
) -> pd.DataFrame:
    """What the decoder says while one coordinate moves and the others rest.

    The path starts from the mean of the aggregated posterior, the mean of q(z | x) over the patients, and moves in
    that mixture's standard deviations (variance of the means plus mean of the variances). Under a model that keeps to
    its prior both are about those of N(0, 1); under one that does not, such as an autoencoder, the path still runs
    where the patients are, which one around 0 need not. A dimension that says nothing has deviation 1 and a flat path.

    Args:
        model: One replica with a typed likelihood.
        description: Of that replica.
        posterior: Of the patients, under that replica.
        steps: Codes along each path, at least 2; an odd number visits the mean.
        reach: Ends of each path in standard deviations.

    Returns:
        ``dimension`` (from 1), ``deviation`` (in standard deviations from the mean), ``value`` (the coordinate
        itself), and ``column, category, mean`` as :func:`describe_codes` has them.

    Raises:
        ConfigurationError: The likelihood is not typed.
    """
    diagnostics = posterior_diagnostics(posterior, model.prior)
    center, scale = diagnostics.aggregate_mean[0], diagnostics.aggregate_scale[0]
    dims, codes = len(center), torch.arange(len(center) * steps)
    dimension = codes // steps
    deviation = torch.linspace(-reach, reach, steps, dtype=center.dtype).repeat(dims).to(center.device)
    z = center.unsqueeze(1).repeat(1, len(codes))
    z[dimension, codes] += scale[dimension] * deviation
    places = {"dimension": dimension + 1, "deviation": deviation, "value": z[dimension, codes]}
    return _described(
        pd.DataFrame({name: values.cpu().numpy() for name, values in places.items()}), model, description, z
    )


def interpolate(
    model: VariationalAutoencoder, description: ModelDescription, start: Tensor, end: Tensor, steps: int = 21
) -> pd.DataFrame:
    """What the decoder says along the straight line z = (1 - t) start + t end.

    Args:
        model: One replica with a typed likelihood.
        description: Of that replica.
        start: A code, shape (latent dimensions,); of a patient, the posterior mean.
        end: Another one.
        steps: Codes along the line, both ends among them, at least 2.

    Returns:
        ``step`` (t, from 0 to 1), ``z_1 ..``, and ``column, category, mean`` as :func:`describe_codes` has them.

    Raises:
        ConfigurationError: The likelihood is not typed.
    """
    t = torch.linspace(0, 1, steps, dtype=start.dtype, device=start.device)
    z = torch.outer(start, 1 - t) + torch.outer(end, t)
    places = pd.DataFrame(z.T.cpu().numpy(), columns=[f"z_{j}" for j in range(1, len(z) + 1)])
    places.insert(0, "step", t.cpu().numpy())
    return _described(places, model, description, z)


def interpolation_ends(means: NDArray[np.floating], outcome: pd.Series | None = None) -> tuple[int, int]:
    """Positions of two typical patients, between whom there is something to see.

    One is typical of the outcome's first category, the other of its last; categories that no patient has are passed
    over, and where there is one category, both ends are the same patient. Without an outcome, or where no patient's is
    known, the ends are typical of the tenth of the patients who lie lowest along the first principal axis of the
    posterior means, and of the tenth who lie highest; the axis points to where its largest component grows.

    Typical of a group is the patient whose posterior mean lies nearest to the mean of the group's posterior means; of
    several, the first in the table.

    Args:
        means: Posterior means, shape (patients, latent dimensions).
        outcome: Of the same patients, a categorical series.
    """
    if outcome is None or outcome.isna().all():
        first, last = _ends_of_first_axis(means)
    else:
        occurring = outcome.cat.remove_unused_categories().cat.categories
        first, last = (np.flatnonzero(outcome == name) for name in (occurring[0], occurring[-1]))
    return _typical(means, first), _typical(means, last)


def posterior_table(posterior: Posterior, identifiers: pd.Series) -> pd.DataFrame:
    """Mean and covariance of q(z | x) of each patient under one replica.

    Args:
        posterior: Of one replica.
        identifiers: Of the same patients, named as the schema names them.

    Returns:
        The identifier, ``mean_1 ..``, and ``covariance_1_1, covariance_2_1, covariance_2_2, ..``: the lower triangle
        row by row.
    """
    mean, covariance = posterior.mean[0].cpu().numpy(), posterior.covariance[0].cpu().numpy()
    table = {f"mean_{j + 1}": values for j, values in enumerate(mean)}
    rows, columns = np.tril_indices(len(mean))
    table |= {f"covariance_{i + 1}_{j + 1}": covariance[i, j] for i, j in zip(rows, columns, strict=True)}
    return pd.concat([identifiers.reset_index(drop=True), pd.DataFrame(table)], axis=1)


def _described(
    places: pd.DataFrame, model: VariationalAutoencoder, description: ModelDescription, z: Tensor
) -> pd.DataFrame:
    """The description of each code beside the row of ``places`` that says where it lies."""
    table = describe_codes(model, description, z)
    return pd.concat([places.iloc[table.pop("code") - 1].reset_index(drop=True), table], axis=1)


def _ends_of_first_axis(means: NDArray[np.floating]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Positions of the lowest and of the highest tenth along the first principal axis, at least one patient each."""
    axis = np.linalg.svd(means - means.mean(axis=0), full_matrices=False).Vh[0]
    order = np.argsort(means @ (axis * np.sign(axis[np.abs(axis).argmax()])), kind="stable")
    count = max(1, len(means) // 10)
    return np.sort(order[:count]), np.sort(order[-count:])


def _typical(means: NDArray[np.floating], positions: NDArray[np.intp]) -> int:
    group = means[positions]
    return int(positions[np.square(group - group.mean(axis=0)).sum(axis=1).argmin()])
