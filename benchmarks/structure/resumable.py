"""A table with one row per cohort that a stopped run goes on with."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import pandas as pd

from retina_vae.files import write_table

__all__ = ["KEYS", "Task", "fill"]

KEYS = ["family", "patients", "cohort"]
"""What names a cohort."""

Task = tuple[str, int, int]
Row = dict[str, Any]


def fill(
    path: Path,
    tasks: list[Task],
    measure: Callable[[str, int, int], Row],
    tell: Callable[[Row], str],
    jobs: int,
    minutes: float | None,
    complete: Callable[[pd.DataFrame], pd.DataFrame] = lambda table: table,
) -> pd.DataFrame:
    """Measure the cohorts that the table lacks and write it after each; stop after so many minutes.

    Args:
        path: The table.
        tasks: Family, patients and number of each cohort.
        measure: From a task to its row; runs in another process where there are several jobs.
        tell: From a row to what is printed of it.
        jobs: Processes.
        minutes: When to stop.
        complete: From the table to its rows that need not be measured again.
    """
    done = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=KEYS)
    known = set(complete(done)[KEYS].itertuples(index=False, name=None)) if len(done) else set()
    waiting = [task for task in tasks if task not in known]
    started = time.perf_counter()
    for number, row in enumerate(_rows(waiting, measure, jobs), start=1):
        kept = done[(done[KEYS] != [row[key] for key in KEYS]).any(axis=1)]
        new = pd.DataFrame([row]).round(4)
        done = pd.concat([kept, new], ignore_index=True) if len(kept) else new
        write_table(done.sort_values(KEYS).reset_index(drop=True), path)
        print(f"{number} of {len(waiting)}: {row['family']} {row['cohort']}: {tell(row)}", flush=True)
        if minutes is not None and time.perf_counter() - started > 60 * minutes:
            break
    return pd.read_csv(path) if path.exists() else done


def _rows(tasks: list[Task], measure: Callable[[str, int, int], Row], jobs: int) -> Iterator[Row]:
    """The rows of these cohorts as they are done; one job stays in this process."""
    if jobs == 1:
        yield from (measure(*task) for task in tasks)
        return
    pool = ProcessPoolExecutor(jobs)
    try:
        for job in as_completed([pool.submit(measure, *task) for task in tasks]):
            yield job.result()
    finally:
        pool.shutdown(cancel_futures=True)
