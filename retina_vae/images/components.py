"""The first principal components of items, where a method looks at columns and pixels or symbols are too many."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema
from retina_vae.cohort.encoding import fit_encoding
from retina_vae.cohort.schema import Column

__all__ = ["COMPONENTS", "principal_components"]

COMPONENTS = 12
"""As many as are looked at, of pictures with more pixels."""


def principal_components(
    patients: pd.DataFrame, schema: CohortSchema, most: int = COMPONENTS
) -> tuple[pd.DataFrame, CohortSchema]:
    """The items with principal components in place of their pixels or symbols (Jolliffe 2002).

    A symbol counts as one number for each of the alphabet, 1 for itself and 0 for the others.

    Args:
        patients: The pictures, or sequences.
        schema: Of them; the inputs have no gaps.
        most: How many components; fewer where the items vary in fewer directions.

    Returns:
        A table with the identifier and ``component_<j>``, the most varying first, each with the sign that makes its
        largest loading positive; and its schema.
    """
    pixels = _numbers(patients, schema)
    centered = pixels - pixels.mean(axis=0)
    # Of the covariance, which is as large as there are pixels, not of the pictures, of which there are more.
    variances, directions = np.linalg.eigh(centered.T @ centered / max(len(centered), 1))
    varying = int((variances > 1e-9 * max(variances[-1], 1e-300)).sum())
    chosen = directions[:, ::-1][:, : min(most, varying)]
    largest = chosen[np.abs(chosen).argmax(axis=0), np.arange(chosen.shape[1])]
    scores = centered @ (chosen * np.sign(largest))
    names = [f"component_{place}" for place in range(1, scores.shape[1] + 1)]
    table = pd.DataFrame(scores, columns=names).assign(**{schema.identifier: patients[schema.identifier].to_numpy()})
    columns = (
        Column(name=name, label=f"Component {place}", kind="continuous") for place, name in enumerate(names, start=1)
    )
    return table[[schema.identifier, *names]], CohortSchema(identifier=schema.identifier, columns=tuple(columns))


def _numbers(patients: pd.DataFrame, schema: CohortSchema) -> NDArray[np.float64]:
    """Pixels as they are, symbols one-hot, shape (items, numbers)."""
    if schema.sequence is not None:
        return fit_encoding(patients, schema, "by_kind").encode(patients)
    return patients[[column.name for column in schema.inputs]].to_numpy(dtype=np.float64)
