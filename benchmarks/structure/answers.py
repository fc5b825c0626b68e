"""Does the package answer groups, a continuum or nothing rightly, and does it find the number of groups?

    python benchmarks/structure/answers.py
    python benchmarks/structure/answers.py --part held --cohorts 10 --jobs 2

writes one row per cohort (docs/latent-structure.csv) and prints, for each family, how often each answer is given and
each number of groups is found. Rows that are there are kept, so a stopped run goes on where it was. The method was
chosen by the tuned half and by k cohorts of other seeds; the held half (``held_families.py``) was drawn by other
mechanisms and first looked at when the method was fixed. The fresh families (``fresh_families.py``) were drawn by yet
others once the held half had been looked at.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from cohorts import generator
from resumable import KEYS, fill
from rivals import ALL, PARTS, Part
from threadpoolctl import threadpool_limits

from retina_vae.cluster_settings import LatentStructureSettings
from retina_vae.clusters.latent_structure.answers import ANSWERS
from retina_vae.clusters.latent_structure.structure import find_structure

TABLE = Path(__file__).parents[2] / "docs/latent-structure.csv"


def measure(name: str, patients: int, number: int) -> dict[str, Any]:
    """The row of one cohort. Seconds are of the processor."""
    threadpool_limits(1)
    family, started = ALL[name], time.process_time()
    cohort = family.draw(patients, generator(name, patients, number))
    tables = find_structure(cohort.patients, cohort.schema, LatentStructureSettings())
    z = {f"z_{row['comparison']}": row["z"] for row in tables.comparisons.to_dict("records")}
    return dict(zip(KEYS, (name, patients, number), strict=True)) | {
        "half": family.half,
        "truth": family.truth,
        "groups": family.groups,
        "answer": tables.answer["answer"].iloc[0],
        "k": int(tables.answer["k"].iloc[0]),
        **z,
        "seconds": time.process_time() - started,
    }


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Of each family: how often each answer is given, and each number of groups found."""
    rows = []
    for (half, family, patients), found in table.groupby(["half", "family", "patients"], sort=False):
        numbers = found["k"].value_counts().sort_index()
        row: dict[str, Any] = {"half": half, "family": family, "patients": patients, "truth": found["truth"].iloc[0]}
        row |= {str(answer): int((found["answer"] == answer).sum()) for answer in ANSWERS}
        row |= {"of": len(found), "right k": int((found["k"] == found["groups"]).sum())}
        rows.append(row | {"k": ", ".join(f"{k}: {count}" for k, count in numbers.items())})
    return pd.DataFrame(rows)


def main(
    part: Annotated[list[Part] | None, typer.Option(help="Families; all if none is named.")] = None,
    cohorts: Annotated[int, typer.Option(min=1, help="Cohorts of each family.")] = 20,
    patients: Annotated[int, typer.Option(min=50, help="Patients of each cohort.")] = 1500,
    jobs: Annotated[int, typer.Option(min=1, help="Processes, each on one thread.")] = 1,
    minutes: Annotated[float | None, typer.Option(help="Stop after the cohort at which these have passed.")] = None,
    table: Annotated[Path, typer.Option(help="Where the rows are.")] = TABLE,
) -> None:
    """Ask about the cohorts that the table lacks, and sum up."""
    names = [name for one in part or list(Part) for name in PARTS[one]]
    tasks = [(name, patients, number) for number in range(1, cohorts + 1) for name in names]
    found = fill(table, tasks, measure, lambda row: f"{row['answer']}, {row['k']}", jobs, minutes)
    print(summary(found).to_markdown(index=False))


if __name__ == "__main__":
    typer.run(main)
