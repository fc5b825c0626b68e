"""The codes of models that were trained again on resamples of the patients, and their table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.latent.codes import Codes

__all__ = ["ResampledCodes"]


@dataclass(frozen=True)
class ResampledCodes:
    """What the model of each resample makes of all patients.

    Attributes:
        codes: Of everybody, a replica per resample.
        times: How often each resample drew each patient, shape (resamples, patients).
    """

    codes: Codes
    times: NDArray[np.int64]

    def drawn(self, resample: int) -> NDArray[np.int64]:
        """Positions of the patients of a resample, counted from 0, each as often as it was drawn; ascending."""
        return np.repeat(np.arange(self.times.shape[1]), self.times[resample])

    def to_table(self, patient_ids: Sequence[str], identifier: str = "patient_id") -> pd.DataFrame:
        """One row per resample (counted from 1) and patient, with ``times`` in the last column."""
        table = self.codes.to_table(patient_ids, identifier).rename(columns={"replica": "resample"})
        return table.assign(times=self.times.ravel())

    @classmethod
    def from_table(cls, table: pd.DataFrame, patient_ids: Sequence[str]) -> ResampledCodes:
        """The codes of a table that :meth:`to_table` made.

        Raises:
            InputError: The table's patients, resample by resample, are not ``patient_ids`` in this order.
        """
        numbers = table.drop(columns="times").rename(columns={"resample": "replica"})
        codes = Codes.from_table(numbers, patient_ids)
        return cls(codes, table["times"].to_numpy(np.int64).reshape(len(codes.mean), -1))
