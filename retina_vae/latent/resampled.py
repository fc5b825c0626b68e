"""The codes of models that were trained again on resamples of the patients, and their file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retina_vae.latent.codes import Codes
from retina_vae.latent.storage import Column, Part, read_codes, read_column, write_codes

__all__ = ["ResampledCodes", "write_resampled"]

_COUNTED, _TIMES = "resample", "times"


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

    @classmethod
    def read(
        cls, path: Path, patient_ids: Sequence[str], parts: Sequence[Part] = ("mean", "scale", "draws")
    ) -> ResampledCodes:
        """The codes of a file that :func:`write_resampled` wrote; see :func:`~retina_vae.latent.storage.read_codes`.

        Raises:
            InputError: As that function.
        """
        codes = read_codes(path, patient_ids, parts=parts, counted=_COUNTED)
        return cls(codes, read_column(path, _TIMES, len(codes.mean)))


def write_resampled(
    path: Path,
    codes: Iterable[Codes],
    times: NDArray[np.int64],
    patient_ids: Sequence[str],
    identifier: str = "patient_id",
) -> None:
    """Write one row per resample (counted from 1) and patient, with ``times`` in the last column.

    Args:
        path: A Parquet file.
        codes: Of everybody, some resamples at a time.
        times: How often each resample drew each patient, shape (resamples, patients).
        patient_ids: Of everybody.
        identifier: What the identifier is called.
    """
    write_codes(path, codes, patient_ids, identifier, _COUNTED, Column(_TIMES, times))
