"""From a table of patients with gaps to the same table without, and how sure each value is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from retina_vae.assign.cells import reader_of
from retina_vae.assign.notation import CellWriter
from retina_vae.assign.opened import open_by_schema
from retina_vae.assign.outputs import refused_path, require_another_file
from retina_vae.assign.screen import Screen
from retina_vae.assign.sink import write_cells, write_faults
from retina_vae.assign.trained import run_table_schema
from retina_vae.cohort import CohortSchema
from retina_vae.cohort.remarks import remark_column
from retina_vae.cohort.table_schema import TableSchema
from retina_vae.config import Configuration
from retina_vae.errors import InputError
from retina_vae.faults import describe_faults
from retina_vae.latent.impute import Filled, FilledColumn, Imputer
from retina_vae.opening import load_run
from retina_vae.progress import Advance
from retina_vae.run import Run
from retina_vae.vae import load_model
from retina_vae.words import amount_of

__all__ = ["FillSummary", "FillingRun", "fill_cohort", "fill_file", "load_filling_run", "load_imputer"]

FILLED = "filled"
"""The column that names the cells of a row that were filled."""

_ROWS = 10_000


@dataclass(frozen=True, eq=False)
class FillingRun:
    """What gaps are filled with.

    Attributes:
        run: The finished run.
        imputer: The clustered model with all its replicas.
        table_schema: By which the cells of the analyst's table were read, if the cohort came from one.
    """

    run: Run
    imputer: Imputer
    table_schema: TableSchema | None

    @property
    def schema(self) -> CohortSchema:
        """What a patient is."""
        return self.imputer.schema

    @property
    def columns(self) -> list[str]:
        """The identifier and the inputs."""
        return [self.schema.identifier, *(column.name for column in self.schema.inputs)]

    def screen(self) -> Screen:
        """What reads the rows of one table; a gap is one that patients of the cohort had."""
        encoded = self.imputer.description.encoding.columns
        gaps, none = ([own.name for own in encoded if getattr(own, name)] for name in ("gaps", "not_applicable"))
        return Screen(self.schema, gaps, reader_of(self.table_schema), none)


@dataclass
class FillSummary:
    """Counts: patients written, cells that were filled, rows with a fault; and the columns that were not read."""

    patients: int = 0
    cells: int = 0
    refused: int = 0
    ignored: tuple[str, ...] = ()


class _Rows(NamedTuple):
    """Some patients, and the cells that they were read from; None where they are those of the run."""

    patients: pd.DataFrame
    cells: pd.DataFrame | None


def load_filling_run(folder: Path) -> FillingRun:
    """Open a finished run.

    Args:
        folder: ``results/<run>``, wherever it has been moved to.

    Raises:
        InputError: The folder or a file in it is missing, another than the run wrote, or of another version.
        ConfigurationError: Its configuration is not valid.
    """
    run = load_run(folder, _needed)
    imputer = load_imputer(run)
    return FillingRun(run, imputer, run_table_schema(run, imputer.schema))


def load_imputer(run: Run) -> Imputer:
    """The clustered model of a run with all its replicas.

    Raises:
        InputError: A file is missing, or another than was written.
    """
    model, description = load_model(run.model_folder(run.clustered))
    return Imputer.of(model, description, run.patients()[1], run.settings.latent)


def fill_cohort(opened: FillingRun, output: Path, advance: Advance, interval: float = 0.9) -> FillSummary:
    """Fill the gaps of the patients of the run.

    Args:
        opened: The run.
        output: CSV or Parquet.
        advance: Told how many per cent of the patients are done.
        interval: How probable the intervals are.
    """
    patients, summary = opened.run.patients()[0], FillSummary()
    known = {*opened.columns, *map(remark_column, opened.columns)}
    kept = [name for name in map(str, patients) if name in known]
    with write_cells(output, _number_columns(opened)) as write:
        for start in range(0, len(patients), _ROWS):
            rows = patients.iloc[start : start + _ROWS].reset_index(drop=True)
            write(_fill(opened, _Rows(rows[kept], None), output, interval, summary))
            advance(min(100, 100 * (start + _ROWS) // len(patients)), "% of the patients")
    return summary


def fill_file(
    opened: FillingRun,
    source: Path,
    output: Path,
    advance: Advance,
    *,
    sheet: str | None = None,
    interval: float = 0.9,
    strict: bool = False,
) -> FillSummary:
    """Fill the gaps of every patient of a table, chunk by chunk; it is read as ``retina-vae assign`` reads it.

    Args:
        opened: The run.
        source: The table.
        output: CSV or Parquet; faults go to ``<output>.refused.csv`` beside it.
        advance: Told how many per cent of the file are done.
        sheet: Which sheet of a workbook.
        interval: How probable the intervals are.
        strict: Refuse the file for any fault or unknown column.

    Raises:
        InputError: The file cannot be read, lacks a column, has no good row, or has a fault and ``strict`` is set.
    """
    require_another_file(source, output)
    table = open_by_schema(source, sheet, opened.schema, opened.table_schema, strict=strict)
    screen, summary = opened.screen(), FillSummary(ignored=table.ignored)
    with write_cells(output, _number_columns(opened)) as write:
        with write_faults(refused_path(output)) as report:
            for chunk in table.chunks(_ROWS):
                good, patients, faults = screen.check(chunk)
                if strict and faults:
                    raise InputError(f"{source}: refused because of --strict.\n{describe_faults(faults)}")
                report(faults)
                summary.refused += len({fault.row for fault in faults})
                if len(good):
                    cells = chunk.cells[np.isin(chunk.rows, good)].reset_index(drop=True)
                    write(_fill(opened, _Rows(patients, cells), output, interval, summary))
                advance(int(100 * chunk.share), "% of the file")
        # The faults are written, and no table without patients.
        _require_patients(source, summary)
    return summary


def _require_patients(source: Path, summary: FillSummary) -> None:
    if not summary.patients:
        found = f"{amount_of(summary.refused, 'row')} with a fault" if summary.refused else "only the header"
        raise InputError(f"{source}: expected a row of a patient, found {found}. Name another file, or correct it.")


def _fill(opened: FillingRun, rows: _Rows, output: Path, interval: float, summary: FillSummary) -> pd.DataFrame:
    """The rows of the output."""
    filled = opened.imputer.fill(rows.patients, interval)
    writer = CellWriter(opened.table_schema, as_text=output.suffix == ".csv")
    table = dict(_written_columns(opened.schema, rows, filled, writer))
    for own in filled.columns:
        table |= _written_interval(own, len(rows.patients), writer)
    table[FILLED] = filled.names()
    summary.patients += len(rows.patients)
    summary.cells += sum(len(own.patients) for own in filled.columns)
    return pd.DataFrame(table)


def _written_columns(
    schema: CohortSchema, rows: _Rows, filled: Filled, writer: CellWriter
) -> Iterator[tuple[str, pd.Series]]:
    """The columns of the input: the identifier, the inputs, and what is remarked of them."""
    places = {own.column.name: own.patients for own in filled.columns}
    yield schema.identifier, rows.patients[schema.identifier].astype(object)
    for column in schema.inputs:
        new = np.zeros(len(rows.patients), dtype=bool)
        new[places.get(column.name, [])] = True
        values = filled.patients[column.name]
        if rows.cells is None:
            yield column.name, writer.write(column, values)
        else:
            yield column.name, writer.complete(column, values, rows.cells[column.name], new)
        companion = remark_column(column.name)
        if companion in rows.patients:
            yield companion, rows.patients[companion].astype(object)


def _written_interval(own: FilledColumn, patients: int, writer: CellWriter) -> dict[str, pd.Series]:
    """The columns that say how sure the values of one column are, empty where nothing was filled in."""
    name, column = own.column.name, own.column
    if column.kind_of.ordered:
        cells = {f"{name} ({end})": writer.write(column, own.values(codes)) for end, codes in own.ends.items()}
    else:
        cells = {f"{name} (probability)": pd.Series(np.round(own.probability, 6))}
        cells[f"{name} (set)"] = writer.write_set(column, own.sets)
    return {key: values.set_axis(own.patients).reindex(range(patients)) for key, values in cells.items()}


def _number_columns(opened: FillingRun) -> frozenset[str]:
    """Names of columns whose texts are numbers, which no spreadsheet runs as a formula."""
    numbers = [column.name for column in opened.schema.inputs if column.numeric]
    return frozenset(name + end for name in numbers for end in ("", " (low)", " (high)"))


def _needed(settings: Configuration) -> list[str]:
    model = f"vae/{settings.clustered_model}"
    return ["cohort/schema.yaml", "cohort/patients.parquet", f"{model}/model.json", f"{model}/weights.safetensors"]
