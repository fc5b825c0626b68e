"""What can be said of a patient only when all have been assigned: the q-value, in a second pass over the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from retina_vae.assign.conformal import PValues
from retina_vae.assign.outputs import rows_path
from retina_vae.assign.sink import append_rows, write_rows
from retina_vae.assign.source import readable
from retina_vae.atomic import passing_path
from retina_vae.files import escape_formulas

__all__ = ["P_VALUE", "Q_VALUE", "Q_VALUE_DIGITS", "p_values_of", "row_groups", "with_q_values", "write_assigned"]

P_VALUE, Q_VALUE = "p_value", "q_value"

Q_VALUE_DIGITS = 6


@contextmanager
def write_assigned(output: Path, counted: PValues) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Yield a function that appends assigned patients; their q-values are filled in when the block ends well.

    Memory does not grow with the patients: the rows wait in a file beside the output.

    Args:
        output: CSV or Parquet; it appears whole or not at all.
        counted: The p-values of all patients that were appended; is changed.
    """
    with write_rows(output) as write, passing_path(rows_path(output)) as waiting:
        # Whatever ends the block, the file is closed before it is removed.
        with append_rows(waiting) as append:

            def keep(table: pd.DataFrame) -> None:
                counted.add(table[P_VALUE].to_numpy(dtype=np.float64))
                append(pa.Table.from_pandas(table, preserve_index=False))

            yield keep
        for rows in row_groups(waiting, pq.ParquetFile(waiting)):
            write(with_q_values(rows, counted, output))


def row_groups(path: Path, table: pq.ParquetFile) -> Iterator[pa.Table]:
    """The chunks of a Parquet file that hold patients."""
    for number in range(table.num_row_groups):
        with readable(path):
            rows = table.read_row_group(number)
        if rows.num_rows:
            yield rows


def with_q_values(rows: pa.Table, counted: PValues, output: Path) -> pa.Table:
    """Rows as they stand in ``output``, a CSV or Parquet file, with the q-values of all patients who were counted."""
    found = np.round(counted.q_values(p_values_of(rows)), Q_VALUE_DIGITS)
    place = rows.schema.get_field_index(Q_VALUE)
    rows = rows.set_column(place, rows.schema.field(place), pa.array(found, from_pandas=True))
    if output.suffix == ".parquet":
        return rows
    return pa.Table.from_pandas(escape_formulas(rows.to_pandas()), preserve_index=False)


def p_values_of(rows: pa.Table) -> NDArray[np.float64]:
    """The p-values of assigned patients, shape (patients,); not a number where there is none."""
    numbers: NDArray[np.float64] = rows.column(P_VALUE).to_numpy().astype(np.float64)
    return numbers
