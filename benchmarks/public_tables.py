"""Six public tables with the kinds of their columns, as every benchmark on real tables reads them.

    pip install --target TABLES --no-deps scikit-survival
    python benchmarks/public_tables.py --folders TABLES:MASKS -o data/public

The first four come out of the wheel of scikit-survival, whose licence is the package's (GPL-3.0-or-later); wine and
breast are the folders of those names, with data.csv, of the repository probabilistic-learning/HI-VAE. None is
shipped here. Their columns are described in public_tables.yaml. All patients are kept, with their gaps.

With ``-o`` every table is written as CSV with its schema beside it, as the workflow reads a cohort of its own. From
another benchmark: ``load("flchain")``, with the folders in the environment variable RETINA_VAE_TABLES.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from export_flchain import parse_arff

from retina_vae.cohort import CohortSchema, Column, validate_patients
from retina_vae.files import write_table, write_text
from retina_vae.yaml_files import read_yaml

__all__ = ["TABLES", "load"]

_DESCRIBED: dict[str, dict[str, Any]] = read_yaml(Path(__file__).with_suffix(".yaml"), "the columns of public tables")

TABLES = tuple(_DESCRIBED)
"""Names of the tables."""

FOLDERS = "RETINA_VAE_TABLES"
"""Environment variable with the folders that hold them, as those of PATH."""


def load(name: str, folders: Sequence[Path] | None = None) -> tuple[pd.DataFrame, CohortSchema]:
    """A table and what its columns are; the columns that the models do not read are left out.

    Args:
        name: One of :data:`TABLES`.
        folders: Where the files are looked for; those of the environment variable :data:`FOLDERS` without it.

    Returns:
        One row per patient, as :func:`~retina_vae.cohort.validate_patients` gives them, and the schema.

    Raises:
        SystemExit: No folder has the file.
    """
    described = _DESCRIBED[name]
    places = [Path(text) for text in os.environ.get(FOLDERS, "data").split(os.pathsep)] if folders is None else folders
    cells = (_arff if described["source"] == "sksurv" else _without_header)(name, places)
    columns = tuple(_column(column, says) for column, says in described["inputs"].items())
    table = pd.DataFrame({column.name: _values(cells[column.name], column) for column in columns})
    table.insert(0, "patient_id", [f"P{number:05d}" for number in range(1, len(table) + 1)])
    schema = CohortSchema(identifier="patient_id", columns=columns)
    return validate_patients(table, schema, name), schema


def _column(name: str, says: dict[str, Any]) -> Column:
    """The column; it is called what the file calls it where there is no label."""
    return Column(**{"name": name, "label": name.replace("_", " "), **says})


def _values(cells: pd.Series, column: Column) -> pd.Series:
    """Cells as numbers or as texts, missing where they are empty."""
    if column.numeric:
        return pd.to_numeric(cells.where(cells != "")).astype(np.float64)
    return cells.where(cells != "").astype("str")


def _arff(name: str, folders: Sequence[Path]) -> pd.DataFrame:
    """The cells of a table of scikit-survival, as texts."""
    path = _find(folders, f"sksurv/datasets/data/{name}.arff", f"{name}.arff")
    header, rows = parse_arff(path.read_text(encoding="utf-8"))
    return pd.DataFrame(rows, columns=header, dtype="str")


def _without_header(name: str, folders: Sequence[Path]) -> pd.DataFrame:
    """The cells of a table of HI-VAE, as texts; empty where MissingTrue.csv says that the file's value is none."""
    path = _find(folders, f"{name}/data.csv")
    cells = pd.read_csv(path, header=None, dtype="str")
    cells.columns = pd.Index(_DESCRIBED[name]["inputs"])
    missing = path.with_name("MissingTrue.csv")
    if missing.exists():
        for row, column in np.loadtxt(missing, delimiter=",", dtype=np.int64):
            cells.iloc[row - 1, column - 1] = ""
    return cells


def _find(folders: Sequence[Path], *places: str) -> Path:
    for path in (folder / place for folder in folders for place in places):
        if path.exists():
            return path
    raise SystemExit(f"expected {' or '.join(places)} in one of {[str(folder) for folder in folders]} ({FOLDERS})")


def main(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the tables and their schemas.")],
    folders: Annotated[str | None, typer.Option(help="Folders of the files, separated as in PATH.")] = None,
) -> None:
    """Write every table as CSV, with its schema."""
    for name in TABLES:
        patients, schema = load(name, [Path(text) for text in folders.split(os.pathsep)] if folders else None)
        write_table(patients, output / f"{name}.csv")
        write_text(schema.to_yaml(), output / f"{name}.schema.yaml")
        print(f"{output / name}.csv: {len(patients)} patients, {len(schema.inputs)} columns")


if __name__ == "__main__":
    typer.run(main)
