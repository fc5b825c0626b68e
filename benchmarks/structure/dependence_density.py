"""How well unseen patients are described where columns depend on each other within the groups: the model and StepMix.

    pip install stepmix==3.0.0
    python benchmarks/structure/dependence_density.py --jobs 2
    python benchmarks/structure/dependence_density.py --minutes 20
    python benchmarks/structure/dependence_density.py --only "k 5, dependence 0.3, clear" --set weight_prior=null

28 cohorts of 1,000 patients with columns of mixed kinds (families.py): two each of one group, and of 2, 3 and 5 groups,
clear and overlapping, with a dependence of 0.3 and of 0.5. The model has its defaults and chooses its latent dimension;
the number of latent classes is the BIC's; both are measured on the same five folds, as on public tables
(../unseen_patients.py). ``latent_classes_full`` lets the numbers, not the categories, depend on each other within a
class. The limit is the density that the patients were drawn from.

Writes one row per cohort (docs/dependence-density.csv), and prints them by dependence and groups. ``over_...`` is the
model's mean held-out log-density minus that of a rival or of the limit, above 0 where the model is better, and
``over_..._error`` the standard error of that difference over the patients. Rows that are there are kept, so a stopped
run goes on where it was. ``--only`` measures the model alone on the first cohort of one kind, with keys of ``vae``
changed, and writes nothing.
"""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import torch
import typer
import yaml
from cohorts import FloatArray, generator
from families import K_CELLS, k_cohort, source_of
from resumable import KEYS, Task, fill
from threadpoolctl import threadpool_limits

from retina_vae.vae.held_out import difference
from retina_vae.vae.memory import keep_freed_memory

sys.path.append(str(Path(__file__).parents[1]))
from unseen_patients import FOLDS, by_latent_classes, by_model, chosen_dimension, of_rivals, require_stepmix

TABLE = Path(__file__).parents[2] / "docs/dependence-density.csv"
CELLS = {k_cohort(*cell).name: cell for cell in K_CELLS if cell[1] > 0}
"""Groups, dependence and separation of the families by name."""

RIVALS = {
    "latent_classes": "latent classes",
    "latent_classes_full": "with full covariances",
    "limit": "limit",
}
"""What the model is compared with, as the summary calls it."""


def limit(name: str, patients: int, number: int) -> FloatArray:
    """The true log-density of each patient of a cohort, shape (patients,)."""
    rng = generator(name, patients, number)
    source = source_of(k_cohort(*CELLS[name]), rng)
    if source is None:
        raise AssertionError(f"{name}: expected a mixture")
    return source.log_evidence(source.draw(patients, rng).codes)


def measure(name: str, patients: int, number: int, starts: int) -> dict[str, Any]:
    """The row of one cohort. Seconds are of the processor."""
    threadpool_limits(1)
    torch.set_num_threads(1)
    keep_freed_memory()
    groups, dependence, separation = CELLS[name]
    cohort = k_cohort(groups, dependence, separation).draw(patients, generator(name, patients, number))
    started = time.process_time()
    found = by_model(cohort.patients, cohort.schema)
    trained = time.process_time()
    classes = pd.concat([by_latent_classes(cohort.patients, cohort.schema, fold, starts) for fold in range(FOLDS)])
    fitted = time.process_time()
    row = dict(zip(KEYS, (name, patients, number), strict=True)) | {"groups": groups, "dependence": dependence}
    row["starts"] = starts
    row |= chosen_dimension(found)
    model = found.patients["log_density"].to_numpy()
    for rival, density in (*of_rivals(found, classes, name), ("limit", limit(name, patients, number))):
        mean, error = difference(model, density)
        row |= {rival: density.mean(), f"over_{rival}": mean, f"over_{rival}_error": error}
    for method, table in classes.groupby("method", sort=False):
        row[f"classes_{method}"] = " ".join(map(str, table.groupby("fold")["classes"].first()))
    return row | {"seconds": trained - started, "seconds_latent_classes": fitted - trained}


def try_model(name: str, patients: int, changes: list[str]) -> None:
    """Print the held-out log-density of the model with other settings, dimension by dimension."""
    torch.set_num_threads(1)
    cohort = k_cohort(*CELLS[name]).draw(patients, generator(name, patients, 1))
    keys = {key: yaml.safe_load(value) for key, _, value in (text.partition("=") for text in changes)}
    found = by_model(cohort.patients, cohort.schema, changes=keys)
    print(found.dimensions.round(3).to_markdown(index=False))


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """By dependence and groups: the model, its mean difference to each rival, and in how many cohorts it is better.

    Better is by more than two standard errors; the error beside the mean is that over the patients of all cohorts.
    """
    rows = []
    for (dependence, groups), found in table.groupby(["dependence", "groups"]):
        row: dict[str, Any] = {"dependence": dependence, "groups": groups, "cohorts": len(found)}
        row["model"] = f"{found['log_density'].mean():.3f}"
        for rival, words in RIVALS.items():
            over, error = found[f"over_{rival}"], found[f"over_{rival}_error"]
            row[f"over {words}"] = f"{over.mean():+.3f} ± {np.sqrt((error**2).sum()) / len(found):.3f}"
            if rival != "limit":
                row[f"better / worse than {words}"] = f"{(over > 2 * error).sum()} / {(over < -2 * error).sum()}"
        rows.append(row)
    return pd.DataFrame(rows)


def main(
    cohorts: Annotated[int, typer.Option(min=1, help="Cohorts of each family.")] = 2,
    patients: Annotated[int, typer.Option(min=50, help="Patients of each cohort.")] = 1000,
    starts: Annotated[int, typer.Option(min=1, help="Of the latent classes.")] = 10,
    jobs: Annotated[int, typer.Option(min=1, help="Processes, each on one thread.")] = 1,
    minutes: Annotated[float | None, typer.Option(help="Stop after the cohort at which these have passed.")] = None,
    table: Annotated[Path, typer.Option(help="Where the rows are.")] = TABLE,
    only: Annotated[str | None, typer.Option(help="Kind of the one cohort to try the model on.")] = None,
    changes: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A key of vae.")] = None,
) -> None:
    """Measure the cohorts that the table lacks, and sum up."""
    if only is not None:
        try_model(only, patients, changes or [])
        return
    require_stepmix()
    tasks: list[Task] = [(name, patients, number) for number in range(1, cohorts + 1) for name in CELLS]
    print(summary(fill(table, tasks, partial(measure, starts=starts), told, jobs, minutes)).to_markdown(index=False))


def told(row: dict[str, Any]) -> str:
    """What is printed of a cohort."""
    over = [f"{words} {row[f'over_{name}']:+.3f} ± {row[f'over_{name}_error']:.3f}" for name, words in RIVALS.items()]
    return f"{row['latent_dim']} dimensions {row['log_density']:.3f}; over {', '.join(over)}; {row['seconds']:.0f} s"


if __name__ == "__main__":
    typer.run(main)
