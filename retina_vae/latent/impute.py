"""What a model expects in the gaps of a patient, from the values that the patient has."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from retina_vae.cohort.encoding import ColumnEncoding
from retina_vae.cohort.schema import CohortSchema
from retina_vae.latent.decode import decode_codes
from retina_vae.vae.description import ModelDescription
from retina_vae.vae.model import VariationalAutoencoder
from retina_vae.vae.proposals import weighted_proposals

__all__ = ["expected_values", "fill_gaps"]

FloatArray = NDArray[np.float64]

_CODES_PER_BATCH = 2**16


def fill_gaps(
    model: VariationalAutoencoder,
    description: ModelDescription,
    schema: CohortSchema,
    patients: pd.DataFrame,
    noise: Tensor,
    *,
    corrected: bool,
) -> pd.DataFrame:
    """The inputs of patients with a value in every gap: a number's mean, a category's mode.

    A mean is that of the column under the patient's own code, not over the cohort. It is one value, which says nothing
    of how sure it is; whole numbers are rounded, and no value lies beyond the bounds of the schema.

    Args:
        model: One replica with a typed likelihood.
        description: Of that replica.
        schema: Of the cohort.
        patients: The inputs, with gaps where the model was trained on gaps.
        noise: Standard normal points, the same for each patient, shape (1, d, draws, 1).
        corrected: Whether codes stand for p(z | x), or for q(z | x).

    Raises:
        ConfigurationError: The likelihood is not typed.
    """
    columns = description.encoding.columns
    features = description.encoding.encode(patients)
    x = torch.from_numpy(features.T).float().contiguous()
    expected = expected_values(model, description, x, noise, corrected=corrected)
    filled = {}
    for column, place in _places(columns):
        own = patients[column.name].reset_index(drop=True)
        codes = _most_likely(column, expected[:, place], schema)
        found = column.kind_of.values(codes, column.categories)
        filled[column.name] = own.where(own.notna(), found) if own.isna().any() else own
    return pd.DataFrame(filled)


@torch.no_grad()
def expected_values(
    model: VariationalAutoencoder, description: ModelDescription, x: Tensor, noise: Tensor, *, corrected: bool
) -> FloatArray:
    """Mean over a patient's codes of what the decoder expects in each column.

    Args:
        model: One replica with a typed likelihood.
        description: Of that replica.
        x: Features, shape (features, patients); NaN where a column is not observed.
        noise: As in :func:`fill_gaps`.
        corrected: As in :func:`fill_gaps`.

    Returns:
        Shape (patients, rows): a row per category that a column's kind describes, with its probability, and one per
        number, with its mean in the column's unit.

    Raises:
        ConfigurationError: The likelihood is not typed.
    """
    draws = noise.shape[2]
    size = max(1, _CODES_PER_BATCH // draws)
    parts = []
    for start in range(0, x.shape[1], size):
        own = x[:, start : start + size]
        z, weights = _weighted_codes(model, own, noise, corrected)
        told = decode_codes(model, description, z.reshape(1, len(z), -1)).expectation(description.encoding)[0]
        parts.append((told.reshape(len(told), draws, -1) * weights).sum(dim=1).T.cpu().numpy())
    return np.concatenate(parts)


def _weighted_codes(model: VariationalAutoencoder, x: Tensor, noise: Tensor, corrected: bool) -> tuple[Tensor, Tensor]:
    """Codes of shape (d, draws, patients), and their weights, which sum to 1 over the draws."""
    posterior = model.encode(x.unsqueeze(0))
    if corrected:
        proposals = weighted_proposals(model, posterior, x.unsqueeze(0), noise)
        return proposals.codes[0], proposals.log_weights[0].softmax(dim=0).double()
    z = posterior.rsample(noise)[0]
    return z, z.new_full(z.shape[1:], 1 / z.shape[1]).double()


def _places(columns: tuple[ColumnEncoding, ...]) -> Iterator[tuple[ColumnEncoding, slice]]:
    """Each column with its place among the rows of :func:`expected_values`."""
    start = 0
    for column in columns:
        stop = start + len(column.kind_of.described(column.categories))
        yield column, slice(start, stop)
        start = stop


def _most_likely(column: ColumnEncoding, expected: FloatArray, schema: CohortSchema) -> FloatArray:
    """The code of the value that is put into a gap, shape (patients,)."""
    kind, own = column.kind_of, schema[column.name]
    if not kind.numeric:
        # Of two categories the probability of the second one is told.
        modes = expected[:, 0] > 0.5 if expected.shape[1] == 1 else expected.argmax(axis=1)
        return modes.astype(np.float64)
    numbers = np.rint(expected[:, 0]) if kind.whole else expected[:, 0]
    low = -np.inf if own.minimum is None else own.minimum
    high = np.inf if own.maximum is None else own.maximum
    return np.asarray(numbers.clip(low, high), dtype=np.float64)
