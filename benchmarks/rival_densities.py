"""How well latent classes describe unseen patients of six public tables: their held-out log-density per patient.

    pip install stepmix==3.0.0
    RETINA_VAE_TABLES=TABLES:MASKS python benchmarks/rival_densities.py --patients results/rival-densities

The tables are those of public_tables.py. All patients of a table are divided into 5 folds (retina_vae/cohort/folds.py);
each fold is described by what is fitted to the others. The methods are fitted to the columns on the scale of their kind
(retina_vae/rivals/measurements.py) from 10 starts, with the number of classes, 1 to 10, that the BIC chooses on the
training folds:

- latent_classes: StepMix with its defaults, all columns independent within a class;
- latent_classes_plain: the same, where a category that no training patient of a class has keeps StepMix's probability
  1e-15, so that one unseen patient who has it costs 35 nats; the other methods add one patient to each class;
- latent_classes_full: StepMix with full covariances of the continuous and positive columns without gaps, where there
  are two or more: a Gaussian mixture where all columns are such, which none of the six tables is.

Densities are in nats per patient and unit of the columns; a count has a probability. With ``--dequantised`` rounded
numbers are spread over what they were rounded from (dequantised.py), so that no class gains by narrowing to one.
Writes the table and, in the folder ``--patients``, the log-density of every patient (<table>.parquet: method, position,
fold, classes, log_density), so that another method can be compared patient by patient. Folds that are there are kept,
so a stopped run goes on where it was.
"""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from dequantised import dequantised as spread
from public_tables import TABLES, load
from threadpoolctl import threadpool_limits
from unseen_patients import FOLDS, by_latent_classes, require_stepmix

from retina_vae.files import write_table

TABLE = Path(__file__).parents[1] / "docs/rival-densities.csv"


def measured(name: str, fold: int, folder: Path, dequantised: bool) -> str:
    """Measure a fold of a table into the folder, unless it is there, and tell what was found."""
    threadpool_limits(1)
    path, started = _of_fold(folder, name, fold), time.process_time()
    if not path.exists():
        patients, schema = load(name)
        given = spread(patients, schema) if dequantised else patients
        write_table(by_latent_classes(given, schema, fold), path)
    found = pd.read_parquet(path).groupby("method", sort=False).agg({"classes": "first", "log_density": "mean"})
    said = "; ".join(f"{own.Index} {own.classes} classes {own.log_density:.3f}" for own in found.itertuples())
    return f"{name} {fold + 1}: {said}; {time.process_time() - started:.0f} s"


def _of_fold(folder: Path, name: str, fold: int) -> Path:
    return folder / "folds" / f"{name}-{fold + 1}.parquet"


def summary(name: str, densities: pd.DataFrame) -> pd.DataFrame:
    """One row per method of a table: mean and standard error over the patients, and the numbers of classes."""
    by_method = densities.groupby("method", sort=False)
    table = by_method["log_density"].agg(patients="count", log_density="mean", standard_error="sem").reset_index()
    table["classes"] = [" ".join(map(str, own.groupby("fold")["classes"].first())) for _, own in by_method]
    table.insert(0, "table", name)
    return table


def main(
    patients: Annotated[Path, typer.Option(help="Folder for the log-density of every patient.")],
    dequantised: Annotated[bool, typer.Option("--dequantised", help="Spread rounded numbers.")] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Processes, each on one thread.")] = 1,
    tables: Annotated[list[str] | None, typer.Option("--table", help="Tables; all if none is named.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The table to write.")] = TABLE,
) -> None:
    """Fit latent classes to the folds of the tables that the folder lacks, and sum up."""
    require_stepmix()
    names = tables or list(TABLES)
    with ProcessPoolExecutor(jobs) as pool:
        tasks = [(name, fold) for name in names for fold in range(FOLDS)]
        for done in as_completed([pool.submit(measured, *task, patients, dequantised) for task in tasks]):
            print(done.result(), flush=True)
    for name in names:
        folds = pd.concat([pd.read_parquet(_of_fold(patients, name, fold)) for fold in range(FOLDS)], ignore_index=True)
        write_table(folds, patients / f"{name}.parquet")
    found = {name: patients / f"{name}.parquet" for name in TABLES if (patients / f"{name}.parquet").exists()}
    result = pd.concat([summary(name, pd.read_parquet(path)) for name, path in found.items()], ignore_index=True)
    write_table(result.round({"log_density": 4, "standard_error": 4}), output)
    print(result.round(3).to_markdown(index=False))


if __name__ == "__main__":
    typer.run(main)
