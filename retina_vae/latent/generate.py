"""New patients: from the prior, or like a given patient; and how they compare with the cohort."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from retina_vae.cohort.schema import CohortSchema
from retina_vae.errors import InputError
from retina_vae.latent.decode import decode_codes
from retina_vae.vae.description import ModelDescription
from retina_vae.vae.likelihoods import Categorical
from retina_vae.vae.model import VariationalAutoencoder
from retina_vae.vae.replicas import replica_generators, replica_noise

__all__ = ["GeneratedPatients", "generate", "similar"]

FloatArray = NDArray[np.float64]
Generators = Sequence[torch.Generator]

_AT_ONCE = 2**16


class GeneratedPatients(NamedTuple):
    """Patients that a model made.

    Attributes:
        patients: The schema's identifier (G0001 on), the outcome where the model tells it, and the inputs.
        codes: The z of each, shape (patients, latent dimensions).
        redrawn: How many draws were refused because a number was none of its column's.
    """

    patients: pd.DataFrame
    codes: FloatArray
    redrawn: int


def generate(
    model: VariationalAutoencoder, description: ModelDescription, schema: CohortSchema, count: int, seed: int
) -> GeneratedPatients:
    """Draw z from the prior, then x from p(x | z).

    A Gaussian gives every number some probability, a weight of -3 kg among them. A patient with a number that its
    column cannot hold, because of the schema's bounds or of its kind, is drawn again, code and all, so the patients
    follow p(x) given that x lies within the bounds. The outcome is drawn from p(y | x) where the model has a
    classifier; otherwise the table has none. Generated patients have no gaps. An autoencoder never learned to fill the
    prior; that its patients fit badly is the answer, not a fault.

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
        return model.prior.sample((model.latent_dim, number), generators, next(model.parameters()).dtype)

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
        features: x0 as the model reads it, shape (features,); NaN where a column is not observed.
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
    if description.classes and schema.outcome is not None:
        drawn = Categorical(model.classify(model.encode(x))).sample(generators)[0].argmax(dim=0)
        names = np.array(description.classes)[drawn.cpu().numpy()]
        classes = pd.Categorical(names, categories=list(description.classes))
        table.insert(0, schema.outcome.name, pd.Series(classes))
    return z[0].T.double().cpu().numpy(), table


def _within_bounds(table: pd.DataFrame, schema: CohortSchema) -> NDArray[np.bool_]:
    fits = np.ones(len(table), dtype=bool)
    for column in schema.inputs:
        if column.numeric:
            codes = column.kind_of.codes(table[column.name], column.categories)
            fits &= column.kind_of.fits(codes, column.minimum, column.maximum)
    return fits
