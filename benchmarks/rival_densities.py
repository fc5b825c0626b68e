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

Densities are in nats per patient and unit of the columns; a count has a probability. Writes docs/rival-densities.csv
and, with ``--patients``, the log-density of every patient (<table>.parquet: method, position, fold, classes,
log_density), so that another method can be compared patient by patient. Folds that are there are kept, so a stopped run
goes on where it was.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from public_tables import TABLES, load
from threadpoolctl import threadpool_limits
from unseen_patients import FOLDS, by_latent_classes, require_stepmix

from retina_vae.files import write_table

TABLE = Path(__file__).parents[1] / "docs/rival-densities.csv"


def measured(name: str, folder: Path) -> pd.DataFrame:
    """The same of all folds of a table; those that the folder has are read, and it keeps the others."""
    patients, schema = load(name)
    parts = []
    for fold in range(FOLDS):
        path, started = folder / "folds" / f"{name}-{fold + 1}.parquet", time.process_time()
        if not path.exists():
            write_table(by_latent_classes(patients, schema, fold), path)
        parts.append(pd.read_parquet(path))
        found = parts[-1].groupby("method", sort=False).agg({"classes": "first", "log_density": "mean"})
        said = "; ".join(f"{own.Index} {own.classes} classes {own.log_density:.3f}" for own in found.itertuples())
        print(f"{name} {fold + 1}: {said}; {time.process_time() - started:.0f} s", flush=True)
    return pd.concat(parts, ignore_index=True)


def summary(name: str, densities: pd.DataFrame) -> pd.DataFrame:
    """One row per method of a table: mean and standard error over the patients, and the numbers of classes."""
    by_method = densities.groupby("method", sort=False)
    table = by_method["log_density"].agg(patients="count", log_density="mean", standard_error="sem").reset_index()
    table["classes"] = [" ".join(map(str, own.groupby("fold")["classes"].first())) for _, own in by_method]
    table.insert(0, "table", name)
    return table


def main(
    patients: Annotated[Path, typer.Option(help="Folder for the log-density of every patient.")],
    tables: Annotated[list[str] | None, typer.Option("--table", help="Tables; all if none is named.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The table to write.")] = TABLE,
) -> None:
    """Fit latent classes to the folds of the tables that the folder lacks, and sum up."""
    require_stepmix()
    threadpool_limits(1)
    for name in tables or TABLES:
        write_table(measured(name, patients), patients / f"{name}.parquet")
    found = {name: patients / f"{name}.parquet" for name in TABLES if (patients / f"{name}.parquet").exists()}
    result = pd.concat([summary(name, pd.read_parquet(path)) for name, path in found.items()], ignore_index=True)
    write_table(result.round({"log_density": 4, "standard_error": 4}), output)
    print(result.round(3).to_markdown(index=False))


if __name__ == "__main__":
    typer.run(main)
