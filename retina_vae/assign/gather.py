"""The parts of a table of assignments become what one process would have written, byte by byte."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from retina_vae.assign.conformal import PValues
from retina_vae.assign.discoveries import P_VALUE, p_values_of, row_groups, with_q_values
from retina_vae.assign.outputs import refused_path, require_another_file
from retina_vae.assign.parts import part_of, without_part
from retina_vae.assign.repeats import Repeats
from retina_vae.assign.sink import remove, write_rows
from retina_vae.assign.source import readable
from retina_vae.atomic import atomic_path
from retina_vae.errors import InputError
from retina_vae.files import require_regular_file

__all__ = ["Gathered", "gather_parts"]


class Gathered(NamedTuple):
    """How many patients all parts hold, and how many rows of the table were refused."""

    patients: int
    refused: int


def gather_parts(parts: Sequence[Path], output: Path, counted: PValues | None = None) -> Gathered:
    """Put the parts that ``retina-vae assign --part`` wrote together, with the tables of faults beside them.

    Memory does not grow with the parts but for eight bytes per row that find an identifier in two of them.

    Args:
        parts: All parts of one table, at least one, in any order.
        output: CSV or Parquet; faults go to ``<output>.refused.csv`` beside it.
        counted: The p-values of all patients; is changed.

    Raises:
        InputError: A part is missing, damaged or there twice, or is one of another table, run or division; two hold the
            same patient; or none holds a patient.
    """
    for path in parts:
        require_another_file(path, output)
    opened = _in_order(parts)
    counted = _count_p_values(opened, PValues() if counted is None else counted)
    patients, repeats = 0, Repeats()
    with write_rows(output) as write:
        for path, table in opened:
            for rows in _row_groups(path, table):
                if repeats.repeated(rows.column(0).to_pandas().astype(object)).any():
                    raise InputError(f"{path}: expected patients that no other part holds, found some twice. {_AGAIN}")
                patients += rows.num_rows
                write(with_q_values(rows, counted, output))
        if not patients:
            raise InputError(f"{parts[0]}: expected a patient in one of the {len(parts)} parts, found none.")
        refused = _gather_faults([refused_path(path) for path, _ in opened], refused_path(output))
    return Gathered(patients, refused)


_AGAIN = "Assign all parts of one table again, each with the same run and division."


def _in_order(parts: Sequence[Path]) -> list[tuple[Path, pq.ParquetFile]]:
    """The parts by their number, each opened."""
    found: dict[int, tuple[Path, pq.ParquetFile]] = {}
    tables, columns = set(), []
    for path in parts:
        require_regular_file(path, "a part of a table of assignments")
        with readable(path):
            table = pq.ParquetFile(path)
        part, size = part_of(path, table.schema_arrow.metadata)
        tables.add((part.total, size))
        # A part without patients does not know the columns.
        columns += [table.schema_arrow.remove_metadata()] if table.metadata.num_rows else []
        if len(tables) > 1 or part.number in found or columns[-1:] != columns[:1]:
            raise InputError(f"{path}: expected another part of the same table than those before it. {_AGAIN}")
        found[part.number] = path, table
    count = tables.pop()[0]
    missing = [f"{number}/{count}" for number in range(1, count + 1) if number not in found]
    if missing:
        raise InputError(f"{parts[0].parent}: expected all {count} parts, found none of {missing[:10]}. {_AGAIN}")
    return [found[number] for number in sorted(found)]


def _count_p_values(opened: Sequence[tuple[Path, pq.ParquetFile]], counted: PValues) -> PValues:
    for path, table in opened:
        # A part without patients does not know the columns.
        if table.metadata.num_rows and P_VALUE not in table.schema_arrow.names:
            raise InputError(f"{path}: expected a column {P_VALUE!r}, found none: another version wrote it. {_AGAIN}")
        for rows in _row_groups(path, table):
            counted.add(p_values_of(rows))
    return counted


def _row_groups(path: Path, table: pq.ParquetFile) -> Iterator[pa.Table]:
    """The chunks of a part that hold patients, without what makes them one of a part."""
    for rows in row_groups(path, table):
        yield rows.replace_schema_metadata(without_part(rows.schema.metadata))


def _gather_faults(tables: Sequence[Path], output: Path) -> int:
    """One table of faults, or none where no part has any; the number of rows that have a fault."""
    with atomic_path(output) as temporary, temporary.open("wb") as gathered:
        for number, path in enumerate(tables):
            require_regular_file(path, "the faults of a part")
            with readable(path), path.open("rb") as faults:
                header = faults.readline()
                gathered.write(header if number == 0 else b"")
                shutil.copyfileobj(faults, gathered)
        empty = gathered.tell() == len(header)
    if empty:
        remove(output)
        return 0
    # The faults of a row stand one below the other.
    with output.open(encoding="utf-8", newline="") as stream:
        return sum(1 for _ in groupby(islice(csv.reader(stream), 1, None), key=itemgetter(0)))
