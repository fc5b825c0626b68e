"""Errors of filled gaps and coverage of their intervals, on tables of which values were hidden at random.

    python benchmarks/imputation.py FOLDER
    python benchmarks/imputation.py FOLDER --tables breast --masks 20_1,50_1 --set latent_dims=[5] --set weight_decay=0.01

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

from retina_vae.assign.score import common_noise
from retina_vae.cohort import CohortSchema, Column
from retina_vae.config import Configuration, parse_configuration
from retina_vae.latent.predictive import ColumnPredictive, predict_gaps
from retina_vae.training import plan_training, prepare_cohort, train_replicas

_KINDS = {"pos": "positive", "count": "count", "cat": "binary", "ordinal": "ordinal", "real": "continuous"}
_LEVELS = (0.05, 0.5, 0.95)
_MASKS = "20_1,20_2,50_1,50_2"


class Table(NamedTuple):
    """A table with the kinds of its columns; ``types`` and ``classes`` are as the file says them."""

    values: pd.DataFrame
    schema: CohortSchema
    types: list[str]
    classes: list[int]


class Found(NamedTuple):
    """What was measured of one mask: errors, and share of hidden cells in their intervals, by column."""

    errors: list[float]
    covered: list[float]
    seconds: float


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
    schema = CohortSchema(identifier="id", columns=tuple(columns))
    return Table(table, schema, kinds["type"].tolist(), [int(c) if c == c else 0 for c in kinds["nclass"]])


def read_mask(folder: Path, name: str, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Which cells are hidden, shape (rows, columns)."""
    places = pd.read_csv(folder / f"Missing{name}.csv", header=None).to_numpy(dtype=int) - 1
    hidden = np.zeros(shape, dtype=bool)
    hidden[places[:, 0], places[:, 1]] = True
    return hidden


def measure(table: Table, hidden: NDArray[np.bool_], settings: Configuration, draws: int) -> Found:
    """Hide the cells, train, fill, compare."""
    names = [column.name for column in table.schema.columns]
    masked, hidden = table.values.copy(), hidden & table.values[names].notna().to_numpy()
    for place, name in enumerate(names):
        masked.loc[hidden[:, place], name] = None
    begin = time.perf_counter()
    given = prepare_cohort(masked, table.schema, settings.vae)
    plan = plan_training(given, settings.model(settings.clustered_model), torch.device("cpu"))
    model, description, _ = train_replicas(given, plan)
    trained = time.perf_counter()
    seeds = range(settings.latent.seed, settings.latent.seed + model.replicas)
    noise = torch.cat([common_noise(model.latent_dim, draws, seed) for seed in seeds])
    found = predict_gaps(model, description, given.patients.x, noise, _LEVELS, corrected=True)
    print(f"    trained {trained - begin:.0f} s, filled {time.perf_counter() - trained:.0f} s", flush=True)
    measured = [_column(table, own) for own in found]
    return Found([e for e, _ in measured], [c for _, c in measured], time.perf_counter() - begin)


def _column(table: Table, found: ColumnPredictive) -> tuple[float, float]:
    """Error and coverage of a column."""
    place = int(found.column.name[1:])
    truth = table.values[found.column.name].iloc[found.patients]
    codes = found.column.kind_of.codes(truth, found.column.categories)
    known = ~np.isnan(codes)
    codes = codes[known]
    found = ColumnPredictive(found.column, found.patients[known], found.described[known], found.quantiles[known])
    if found.column.kind_of.numeric:
        everything = table.values[found.column.name].to_numpy()
        error = np.sqrt(np.square(codes - found.described[:, 0]).mean()) / np.ptp(everything)
        low, high = (found.quantiles[:, 0], found.quantiles[:, -1]) if found.quantiles.shape[1] else (codes, codes)
        if os.environ.get("SHOW"):
            med = np.sqrt(np.square(codes - found.quantiles[:, 1]).mean()) / np.ptp(everything)
            print(f"      {found.column.name} mean {error:.4f} median {med:.4f} cov {np.mean((codes >= low) & (codes <= high)):.3f}")
        return float(error), float(((codes >= low) & (codes <= high)).mean())
    p = found.probabilities
    if found.column.kind_of.ordered:
        below = p.cumsum(axis=1)
        median = (below < 0.5).sum(axis=1)
        low, high = (below < 0.05).sum(axis=1), (below < 0.95).sum(axis=1)
        error = np.abs(codes - median).mean() / table.classes[place]
        mode = np.abs(codes - p.argmax(1)).mean() / table.classes[place]
        if os.environ.get("SHOW"):
            print(f"      {found.column.name} median {error:.4f} mode {mode:.4f}")
        return float(error), float(((codes >= low) & (codes <= high)).mean())
    order = np.argsort(-p, axis=1)
    before = np.take_along_axis(p, order, axis=1).cumsum(axis=1) - np.take_along_axis(p, order, axis=1)
    inside = np.take_along_axis(before < 0.9, np.argsort(order, axis=1), axis=1)
    return float((p.argmax(axis=1) != codes).mean()), float(inside[np.arange(len(p)), codes.astype(int)].mean())


def _settings(arguments: argparse.Namespace) -> Configuration:
    """The engine's defaults with what the command line changes; one latent dimension is trained."""
    values: dict[str, Any] = yaml.safe_load(Path(arguments.settings).read_text()) if arguments.settings else {}
    for change in arguments.set:
        key, _, value = change.partition("=")
        values[key] = yaml.safe_load(value)
    clusters = {"latent_dim": values["latent_dims"][0]} if "latent_dims" in values else {}
    return parse_configuration({"vae": values, "clusters": clusters}, "the command line")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", default=os.environ.get("IMPUTATION_MASKS"), type=Path)
    parser.add_argument("--tables", default="breast,wine")
    parser.add_argument("--masks", default=_MASKS)
    parser.add_argument("--draws", type=int, default=256)
    parser.add_argument("--settings")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    settings = _settings(arguments)
    for name in arguments.tables.split(","):
        table = read_table(arguments.folder / name)
        for mask in arguments.masks.split(","):
            hidden = read_mask(arguments.folder / name, mask, (len(table.values), len(table.schema.columns)))
            own = measure(table, hidden, settings, arguments.draws)
            numbers = [kind in ("pos", "count", "real") for kind in table.types]
            cov = [np.mean([c for c, n in zip(own.covered, numbers) if n == w]) if w in numbers else np.nan for w in (True, False)]
            print(f"{name} {mask}: error {np.mean(own.errors):.4f} coverage numbers {cov[0]:.3f} categories {cov[1]:.3f} {own.seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
