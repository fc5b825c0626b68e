"""Files of codes larger than memory: written by row groups, and read only as far as they are needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from retina_vae.errors import InputError
from retina_vae.files import UNTHREADED, atomic_path, said_of
from retina_vae.latent.codes import OTHER_PATIENTS, Codes

__all__ = ["Column", "Part", "read_codes", "read_column", "write_codes"]

Part = Literal["mean", "scale", "draws"]

_PATIENTS_PER_GROUP = 2**17
"""Patients of a row group, which holds one replica: 30 MB of three dimensions and 16 draws."""


class Column(NamedTuple):
    """One more column of a file of codes, which stands last; ``values`` have the shape (replicas, patients)."""

    name: str
    values: NDArray[np.int64]


def write_codes(
    path: Path,
    codes: Iterable[Codes],
    patient_ids: Sequence[str],
    identifier: str = "patient_id",
    counted: str = "replica",
    column: Column | None = None,
) -> None:
    """Write the table of :meth:`~retina_vae.latent.codes.Codes.to_table` piece by piece, whole or not at all.

    Args:
        path: A Parquet file.
        codes: Those of some replicas at a time, in the order of the replicas.
        patient_ids: Of all patients, in the order of the codes.
        identifier: What they are called.
        counted: What the replicas are called.
        column: One more column.
    """
    with atomic_path(path) as temporary:
        tables = _tables(codes, patient_ids, identifier, counted, column)
        first = next(tables)
        # Of numbers that are all different a dictionary would only be made in vain.
        with pq.ParquetWriter(temporary, first.schema, use_dictionary=[counted, identifier]) as writer:
            writer.write_table(first)
            for table in tables:
                writer.write_table(table)


def _tables(
    codes: Iterable[Codes], patient_ids: Sequence[str], identifier: str, counted: str, column: Column | None
) -> Iterator[pa.Table]:
    """Tables of one replica and of at most as many patients as a row group has."""
    replicas = (one for some in codes for one in some.by_replica())
    for replica, own in enumerate(replicas):
        for start in range(0, len(patient_ids), _PATIENTS_PER_GROUP):
            part = slice(start, start + _PATIENTS_PER_GROUP)
            table = own.of_patients(part).to_table(patient_ids[part], identifier)
            table = table.assign(replica=replica + 1).rename(columns={"replica": counted})
            if column is not None:
                table[column.name] = column.values[replica, part]
            yield pa.Table.from_pandas(table, preserve_index=False)


def read_codes(
    path: Path,
    patient_ids: Sequence[str],
    replicas: Sequence[int] | None = None,
    parts: Sequence[Part] = ("mean", "scale", "draws"),
    counted: str = "replica",
) -> Codes:
    """Some replicas' codes from a file that :func:`write_codes` wrote; no other numbers of it are read.

    Args:
        path: The file.
        patient_ids: Whose codes they must be, in this order.
        replicas: Their numbers, from 1; all by default.
        parts: What to read. What is left out has no dimensions (``mean``, ``scale``), or no draws.
        counted: What the replicas are called.

    Raises:
        InputError: The file is missing or damaged, lacks a replica, or its patients, replica by replica, are not
            ``patient_ids`` in this order.
    """
    try:
        with pq.ParquetFile(path) as file:
            return _read(file, path, patient_ids, replicas, parts, counted)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"{path}: expected a table of an earlier stage, got: {said_of(error)}. Run `snakemake --cores 8` to "
            "make it."
        ) from None


def read_column(path: Path, name: str, replicas: int) -> NDArray[np.int64]:
    """The column that :func:`write_codes` put beside the codes, shape (replicas, patients)."""
    values: NDArray[np.int64] = pq.read_table(path, columns=[name], **UNTHREADED).column(0).to_numpy()
    return values.reshape(replicas, -1)


def _read(
    file: pq.ParquetFile,
    path: Path,
    patient_ids: Sequence[str],
    replicas: Sequence[int] | None,
    parts: Sequence[Part],
    counted: str,
) -> Codes:
    numbers = file.read([counted]).column(0).to_numpy()
    there, counts = np.unique(numbers, return_counts=True)
    wanted = there.tolist() if replicas is None else list(replicas)
    if not set(wanted) <= set(there.tolist()):
        raise InputError(
            f"{path}: expected the codes of {counted} {sorted(wanted)}, got those of {there.tolist()}. "
            "Run `snakemake --cores 8` to make the codes again."
        )
    _require_patients(bool((counts == len(patient_ids)).all()), len(patient_ids))
    columns = _Columns.of(file.schema_arrow.names, parts)
    codes = columns.room(len(wanted), len(patient_ids))
    ids, filled, start = pa.array(patient_ids, pa.large_string()), dict.fromkeys(wanted, 0), 0
    for group in range(file.num_row_groups):
        stop = start + file.metadata.row_group(group).num_rows
        within, start = numbers[start:stop], stop
        found = [replica for replica in wanted if (within == replica).any()]
        if not found:
            continue
        table = file.read_row_group(group, columns.names)
        for replica in found:
            rows = table.filter(pa.array(within == replica))
            part = slice(filled[replica], filled[replica] + len(rows))
            _require_patients(rows.column(0).cast(ids.type).combine_chunks().equals(ids[part]), len(ids))
            columns.put(rows, codes, wanted.index(replica), part)
            filled[replica] = part.stop
    return codes


def _require_patients(same: bool, count: int) -> None:
    if not same:
        raise InputError(OTHER_PATIENTS.format(count))


class _Columns(NamedTuple):
    """Names of the columns that are read: the identifier, and of each part those of the dimensions, draw by draw."""

    identifier: str
    mean: list[str]
    scale: list[str]
    draws: list[list[str]]

    @classmethod
    def of(cls, names: Sequence[str], parts: Sequence[Part]) -> _Columns:
        mean, scale, drawn = (
            [name for name in names[2:] if name.startswith(of)] for of in ("mean_", "scale_", "draw_")
        )
        if not mean:
            raise ValueError("no columns mean_1, ..")
        draws = [drawn[first : first + len(mean)] for first in range(0, len(drawn), len(mean))]
        # The identifier stands second, whatever its name is.
        chosen = mean if "mean" in parts else [], scale if "scale" in parts else [], draws if "draws" in parts else []
        return cls(names[1], *chosen)

    @property
    def names(self) -> list[str]:
        return [self.identifier, *self.mean, *self.scale, *(name for draw in self.draws for name in draw)]

    def room(self, replicas: int, patients: int) -> Codes:
        mean, scale = (np.empty((replicas, patients, len(part)), np.float32) for part in (self.mean, self.scale))
        dims = len(self.draws[0]) if self.draws else 0
        return Codes(mean, scale, np.empty((replicas, len(self.draws), patients, dims), np.float32))

    def put(self, rows: pa.Table, codes: Codes, replica: int, patients: slice) -> None:
        for part, names in ((codes.mean, self.mean), (codes.scale, self.scale)):
            for j, name in enumerate(names):
                part[replica, patients, j] = rows.column(name)
        for s, names in enumerate(self.draws):
            for j, name in enumerate(names):
                codes.draws[replica, s, patients, j] = rows.column(name)
