"""The codes of all patients under all replicas, and their table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.errors import InputError
from retina_vae.files import UNTHREADED, said_of

__all__ = ["OTHER_PATIENTS", "Codes", "read_replica"]

FloatArray = NDArray[np.float32]

OTHER_PATIENTS = (
    "codes: expected each replica's codes of the cohort's {} patients in their order, got other patients. Run "
    "`snakemake --cores 8` to make the codes again."
)


@dataclass(frozen=True)
class Codes:
    """Posterior means and scales, shape (replicas, patients, d), and draws, shape (replicas, draws, patients, d)."""

    mean: FloatArray
    scale: FloatArray
    draws: FloatArray

    def to_table(self, patient_ids: Sequence[str], identifier: str = "patient_id") -> pd.DataFrame:
        """One row per replica (counted from 1) and patient, who stands in a column of the name ``identifier``."""
        replicas, patients, dims = self.mean.shape
        draws = np.moveaxis(self.draws, 1, 2).reshape(replicas * patients, -1)
        numbers = np.concatenate([self.mean.reshape(-1, dims), self.scale.reshape(-1, dims), draws], axis=1)
        table = pd.DataFrame(numbers, columns=self._columns())
        table.insert(0, identifier, pd.Series(list(patient_ids) * replicas, dtype="str"))
        table.insert(0, "replica", np.repeat(np.arange(1, replicas + 1), patients))
        return table

    @classmethod
    def from_table(cls, table: pd.DataFrame, patient_ids: Sequence[str]) -> Codes:
        """The codes of a table that :meth:`to_table` made.

        Raises:
            InputError: The table's patients, replica by replica, are not ``patient_ids`` in this order.
        """
        replicas = table["replica"].nunique()
        # The identifier stands second, whatever its name is.
        if table.iloc[:, 1].tolist() != list(patient_ids) * replicas:
            raise InputError(OTHER_PATIENTS.format(len(patient_ids)))
        dims = sum(column.startswith("mean_") for column in table.columns)
        flat = table.iloc[:, 2:].to_numpy(dtype=np.float32)
        numbers = flat.reshape(replicas, len(table) // replicas, -1)
        draws = numbers[..., 2 * dims :].reshape(*numbers.shape[:2], -1, dims)
        return cls(numbers[..., :dims], numbers[..., dims : 2 * dims], np.moveaxis(draws, 2, 1))

    @classmethod
    def of_replicas(cls, codes: Iterable[Codes]) -> Codes:
        """The codes of all replicas from those of each, as :meth:`by_replica` gives them."""
        parts = list(codes)
        return cls(*(np.concatenate([getattr(own, name) for own in parts]) for name in ("mean", "scale", "draws")))

    def by_replica(self) -> Iterator[Codes]:
        """Each replica's codes on their own."""
        for replica in range(len(self.mean)):
            part = slice(replica, replica + 1)
            yield Codes(self.mean[part], self.scale[part], self.draws[part])

    def of_patients(self, part: slice | NDArray[np.int64]) -> Codes:
        """Those of some of the patients."""
        return Codes(self.mean[:, part], self.scale[:, part], self.draws[:, :, part])

    def _columns(self) -> list[str]:
        dims = range(1, self.mean.shape[2] + 1)
        draws = [f"draw_{s}_{j}" for s in range(1, self.draws.shape[1] + 1) for j in dims]
        return [f"mean_{j}" for j in dims] + [f"scale_{j}" for j in dims] + draws


def read_replica(path: Path, replica: int, columns: Sequence[str]) -> pd.DataFrame:
    """Columns of one replica's rows of a table of codes; the whole file may be many times as large.

    Raises:
        InputError: The file is missing or damaged, or lacks a column.
    """
    try:
        wanted = ["replica", *columns]
        return pd.read_parquet(path, columns=wanted, filters=[("replica", "==", replica)], **UNTHREADED)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: expected codes with the columns {list(columns)}, got: {said_of(error)}. Run `snakemake --cores "
            "8` to make the codes again."
        ) from None
