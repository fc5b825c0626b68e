"""Errors of filled gaps and coverage of their intervals, on tables of which values were hidden at random.

    python benchmarks/imputation.py FOLDER
    python benchmarks/imputation.py FOLDER --tables breast --masks 20_1 --set latent_dims=[5] --set weight_decay=0.01

FOLDER (or the environment variable IMPUTATION_MASKS) holds ``breast/`` and ``wine/`` of the code of Nazabal et al.,
Handling incomplete heterogeneous data using VAEs (https://github.com/probabilistic-learning/HI-VAE): ``data.csv``,
``data_types.csv`` and ``Missing<percent>_<repetition>.csv``. Error of a column over its hidden cells, as defined there:
share of wrong categories; of ordered ones the mean absolute difference divided by their number; of numbers the root
mean squared error divided by the range of the column. That of a table is the mean over its columns.

The model is the clustered one of a run, with the default settings of the engine unless ``--settings`` (YAML, the keys
of ``vae``) or ``--set KEY=VALUE`` change them; it is trained on the masked table, and all its replicas fill the gaps.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
import yaml
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema, Column
from retina_vae.config import Configuration
from retina_vae.config_files import parse_configuration
from retina_vae.held_out import measure_held_out
from retina_vae.latent.impute import FilledColumn, Imputer
from retina_vae.progress import silent
from retina_vae.training import plan_training, prepare_cohort, train_replicas

_KINDS = {"pos": "positive", "count": "count", "cat": "binary", "ordinal": "ordinal", "real": "continuous"}
_MASKS = "20_1,20_2,50_1,50_2"


class Table(NamedTuple):
    """A table, its schema, and the range of each number in all its rows."""

    values: pd.DataFrame
    schema: CohortSchema
    ranges: dict[str, float]


class Measured(NamedTuple):
    """What was measured of one column: its error, and the share of hidden cells in their intervals or sets."""

    numeric: bool
    error: float
    covered: float


class Found(NamedTuple):
    """What was measured of one mask."""

    columns: list[Measured]
    trained: float
    filled: float


def read_table(folder: Path) -> Table:
    """A table and its schema; categories are named by their codes."""
    values = pd.read_csv(folder / "data.csv", header=None)
    kinds = pd.read_csv(folder / "data_types.csv")
    columns, stored = [], {}
    for place, (kind, classes) in enumerate(zip(kinds["type"], kinds["nclass"], strict=True)):
        name, own = f"x{place}", values[place]
        categories = () if np.isnan(classes) else tuple(str(code) for code in range(1, int(classes) + 1))
        kind_name = "nominal" if kind == "cat" and classes > 2 else _KINDS[kind]
        columns.append(Column(name=name, label=name, kind=kind_name, categories=categories))
        numbers = own.astype(float)
        stored[name] = pd.Categorical(own.astype("Int64").astype(str), categories) if categories else numbers
    table = pd.DataFrame(stored)
    table.insert(0, "id", [str(row) for row in range(len(table))])
    ranges = {own.name: float(np.ptp(table[own.name].dropna())) for own in columns if own.numeric}
    return Table(table, CohortSchema(identifier="id", columns=tuple(columns)), ranges)


def read_mask(folder: Path, name: str, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Which cells are hidden, shape (rows, columns)."""
    places = pd.read_csv(folder / f"Missing{name}.csv", header=None).to_numpy(dtype=int) - 1
    hidden = np.zeros(shape, dtype=bool)
    hidden[places[:, 0], places[:, 1]] = True
    return hidden


def measure(table: Table, hidden: NDArray[np.bool_], settings: Configuration, device: torch.device) -> Found:
    """Hide the cells, train, fill, compare."""
    names = [column.name for column in table.schema.columns]
    masked = table.values.copy()
    for place, name in enumerate(names):
        masked.loc[hidden[:, place], name] = None
    begin = time.perf_counter()
    settings = dimensioned(masked, table.schema, settings, device)
    given = prepare_cohort(masked, table.schema, settings.vae)
    plan = plan_training(given, settings.model(settings.clustered_model), device)
    model, description, _ = train_replicas(given, plan)
    model.cpu()
    trained = time.perf_counter()
    filled = Imputer.of(model, description, table.schema, settings.latent).fill(masked)
    done = time.perf_counter()
    return Found([compare(table, own) for own in filled.columns], trained - begin, done - trained)


def dimensioned(
    masked: pd.DataFrame, schema: CohortSchema, settings: Configuration, device: torch.device
) -> Configuration:
    """The settings with a latent dimension, chosen by held-out evidence where none is set."""
    if settings.vae.latent_dims != "auto":
        return settings
    return settings.dimensioned(measure_held_out(masked, schema, settings, device, silent).latent_dim)


def compare(table: Table, filled: FilledColumn) -> Measured:
    """Error and coverage of one column; cells whose value is really missing count for nothing."""
    own = table.values[filled.column.name]
    kind, categories = filled.column.kind_of, filled.column.categories
    truth = kind.codes(own.iloc[filled.patients], categories)
    known = ~np.isnan(truth)
    missed = np.abs(truth - filled.codes)[known]
    if kind.ordered:
        covered = ((truth >= filled.low) & (truth <= filled.high))[known]
    else:
        covered = filled.sets[known, truth[known].astype(int)]
    if kind.numeric:
        error = np.sqrt(np.square(missed).mean()) / table.ranges[filled.column.name]
    else:
        error = missed.mean() / len(categories) if kind.ordered else (missed > 0).mean()
    return Measured(kind.numeric, float(error), float(covered.mean()))


def settings_of(arguments: argparse.Namespace) -> Configuration:
    """The engine's defaults with what the command line changes; of latent dimensions that are set the first one."""
    values: dict[str, Any] = yaml.safe_load(arguments.settings.read_text()) if arguments.settings else {}
    for change in arguments.set:
        key, _, value = change.partition("=")
        values[key] = yaml.safe_load(value)
    clusters = {"latent_dim": values["latent_dims"][0]} if "latent_dims" in values else {}
    return parse_configuration({"vae": values, "clusters": clusters}, "the command line")


def _line(name: str, mask: str, found: Found) -> str:
    """One row of the table that is printed."""
    numbers, others = ([own.covered for own in found.columns if own.numeric == which] for which in (True, False))
    covered = [f"{np.mean(each):.3f}" if each else "" for each in (numbers, others)]
    error = np.mean([own.error for own in found.columns])
    return f"| {name} {mask} | {error:.4f} | {covered[0]} | {covered[1]} | {found.trained:.0f} | {found.filled:.0f} |"


def main() -> None:
    """Print a row per table and mask."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", default=os.environ.get("IMPUTATION_MASKS"), type=Path)
    parser.add_argument("--tables", default="breast,wine")
    parser.add_argument("--masks", default=_MASKS)
    parser.add_argument("--settings", type=Path, help="YAML with keys of the section vae")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="one key of the section vae")
    parser.add_argument("--device", default="cpu", help="where models are trained")
    parser.add_argument("--rows", type=int, help="use about so many rows, evenly spread, for a quick look")
    parser.add_argument("--columns", action="store_true", help="print the error of every column, too")
    arguments = parser.parse_args()
    if arguments.folder is None:
        parser.error("expected the folder of the tables, or the environment variable IMPUTATION_MASKS")
    torch.set_num_threads(1)
    settings = settings_of(arguments)
    print("| table, mask | error | coverage of numbers | of categories | s trained | s filled |")
    print("|---|---|---|---|---|---|")
    for name in arguments.tables.split(","):
        table = read_table(arguments.folder / name)
        step = max(1, len(table.values) // arguments.rows) if arguments.rows else 1
        own = table._replace(values=table.values.iloc[::step].reset_index(drop=True))
        for mask in arguments.masks.split(","):
            shape = (len(table.values), len(table.schema.columns))
            hidden = read_mask(arguments.folder / name, mask, shape)[::step]
            found = measure(own, hidden, settings, torch.device(arguments.device))
            print(_line(name, mask, found), flush=True)
            if arguments.columns:
                print("  " + " ".join(f"{column.error:.4f}" for column in found.columns), flush=True)


if __name__ == "__main__":
    main()
