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
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from cohorts import generator
from rivals import ALL, KEYS, PARTS, Part
from threadpoolctl import threadpool_limits

from retina_vae.cluster_settings import LatentStructureSettings
from retina_vae.clusters.latent_structure import find_structure
from retina_vae.clusters.latent_structure.answers import ANSWERS
from retina_vae.files import write_table

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


def fill(path: Path, tasks: list[tuple[str, int, int]], jobs: int, minutes: float | None) -> pd.DataFrame:
    """Measure the cohorts that the table lacks and write it after each; stop after so many minutes."""
    done = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=KEYS)
    known = set(done[KEYS].itertuples(index=False, name=None))
    waiting = [task for task in tasks if task not in known]
    started, rows = time.perf_counter(), measured_rows(waiting, jobs)
    for number, row in enumerate(rows, start=1):
        new = pd.DataFrame([row]).round(4)
        done = pd.concat([done, new], ignore_index=True) if len(done) else new
        write_table(done.sort_values(KEYS).reset_index(drop=True), path)
        print(f"{number} of {len(waiting)}: {row['family']} {row['cohort']}: {row['answer']}, {row['k']}", flush=True)
        if minutes is not None and time.perf_counter() - started > 60 * minutes:
            break
    return done


def measured_rows(tasks: list[tuple[str, int, int]], jobs: int) -> Iterator[dict[str, Any]]:
    """The rows of these cohorts as they are done."""
    pool = ProcessPoolExecutor(jobs)
    try:
        for job in as_completed([pool.submit(measure, *task) for task in tasks]):
            yield job.result()
    finally:
        pool.shutdown(cancel_futures=True)


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
    print(summary(fill(table, tasks, jobs, minutes)).to_markdown(index=False))


if __name__ == "__main__":
    typer.run(main)
