"""How many groups a run finds, and StepMix by the BIC, in cohorts whose columns depend on each other within the groups.

    pip install stepmix==3.0.0
    python benchmarks/structure/groups_found.py --jobs 2
    python benchmarks/structure/groups_found.py --minutes 20

50 cohorts of 500 patients with columns of mixed kinds: 14 of one group and 12 each of 2, 3 and 5, half of them with a
dependence of 0.3 and half of 0.5, the groups clear in one half and overlapping in the other (families.py). The run's
number is that of clusters.k: auto (latent_structure); StepMix's is as in rivals.py. Writes one row per cohort
(docs/groups-found.csv) and prints how often each finds the true number. Rows that are there are kept, so a stopped run
goes on where it was.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import answers
import pandas as pd
import rivals
import typer
from families import K_CELLS, k_cohort
from resumable import KEYS, Task, fill

TABLE = Path(__file__).parents[2] / "docs/groups-found.csv"
PATIENTS = 500
COHORTS = {1: 7, 2: 3, 3: 3, 5: 3}
"""Cohorts of each family by the number of its groups."""


def tasks() -> list[Task]:
    """The cohorts, those of all families with dependence in turn."""
    families = [k_cohort(*cell) for cell in K_CELLS if cell[1] > 0]
    numbered = [(own.name, PATIENTS, place) for own in families for place in range(1, COHORTS[own.groups] + 1)]
    return sorted(numbered, key=lambda task: task[2])


def measure(name: str, patients: int, number: int) -> dict[str, Any]:
    """The row of one cohort. Seconds are of the processor."""
    own, latent_classes = answers.measure(name, patients, number), rivals.measure(name, patients, number, False)
    return {
        **{key: own[key] for key in (*KEYS, "groups")},
        "answer": own["answer"],
        "k": own["k"],
        "k_bic": latent_classes["k_bic"],
        "seconds": own["seconds"],
        "seconds_bic": latent_classes["seconds"],
    }


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """By the true number of groups: how often it is found, and which numbers are found."""
    rows = []
    for groups, own in table.groupby("groups"):
        row: dict[str, Any] = {"groups": groups, "cohorts": len(own)}
        for column, who in (("k", "run"), ("k_bic", "StepMix, BIC")):
            counts = own[column].value_counts().sort_index()
            row[f"right: {who}"] = int((own[column] == groups).sum())
            row[f"numbers: {who}"] = ", ".join(f"{k}: {count}" for k, count in counts.items())
        rows.append(row)
    return pd.DataFrame(rows)


def main(
    jobs: Annotated[int, typer.Option(min=1, help="Processes, each on one thread.")] = 1,
    minutes: Annotated[float | None, typer.Option(help="Stop after the cohort at which these have passed.")] = None,
    table: Annotated[Path, typer.Option(help="Where the rows are.")] = TABLE,
) -> None:
    """Ask both about the cohorts that the table lacks, and sum up."""
    found = fill(table, tasks(), measure, lambda row: f"{row['k']}, BIC {row['k_bic']}", jobs, minutes)
    print(summary(found).to_markdown(index=False))


if __name__ == "__main__":
    typer.run(main)
