"""From the patient table to the numbers that a network reads."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from retina_vae.cohort.schema import CohortSchema

__all__ = ["Scaling", "encode", "fit_scaling"]

FloatArray = NDArray[np.float64]


def encode(patients: pd.DataFrame, schema: CohortSchema) -> FloatArray:
    """Raw codes of the inputs, shape (patients, inputs): category positions, and numbers in their own units."""
    columns = []
    for column in schema.inputs:
        values = patients[column.name]
        columns.append(values if column.kind == "continuous" else values.cat.codes)
    return np.stack([np.asarray(values, dtype=np.float64) for values in columns], axis=1)


class Scaling(BaseModel):
    """An affine map per input column, ``(codes - center) / scale``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: tuple[str, ...]
    center: tuple[float, ...]
    scale: tuple[float, ...]

    def apply(self, codes: FloatArray) -> FloatArray:
        """Scale raw codes of shape (patients, inputs)."""
        return (codes - np.array(self.center)) / np.array(self.scale)

    def invert(self, scaled: FloatArray) -> FloatArray:
        """Back to raw codes."""
        return scaled * np.array(self.scale) + np.array(self.center)


def fit_scaling(codes: FloatArray, schema: CohortSchema, method: str) -> Scaling:
    """The scaling that ``vae.input_scaling`` names, fitted to raw codes of shape (patients, inputs).

    ``raw`` leaves the codes alone, ``age_by_maximum`` divides the continuous columns by their maximum,
    ``unit_interval`` divides every column by its maximum (of a category, its largest code), ``standardized``
    takes z-scores. A column that never varies keeps the scale 1.

    Raises:
        ValueError: ``method`` is none of these.
    """
    count = codes.shape[1]
    center, scale = np.zeros(count), np.ones(count)
    continuous = np.array([column.kind == "continuous" for column in schema.inputs])
    if method == "age_by_maximum":
        scale = np.where(continuous, codes.max(axis=0), 1.0)
    elif method == "unit_interval":
        largest = np.array([max(len(column.categories) - 1, 1) for column in schema.inputs], dtype=float)
        scale = np.where(continuous, codes.max(axis=0), largest)
    elif method == "standardized":
        center, scale = codes.mean(axis=0), codes.std(axis=0)
    elif method != "raw":
        raise ValueError(f"expected a scaling method, got {method!r}")
    scale = np.where(scale > 0, scale, 1.0)
    names = tuple(column.name for column in schema.inputs)
    return Scaling(columns=names, center=tuple(center.tolist()), scale=tuple(scale.tolist()))
