"""How often groups are found where there are none and a fifth of the values is missing.

    python benchmarks/structure/gaps_null.py --jobs 2
    python benchmarks/structure/gaps_null.py --part shapes --cohorts 10
    python benchmarks/structure/gaps_null.py --part nothing --cohorts 1 --table /tmp/gaps-null.csv

100 cohorts with nothing beyond margins and correlations and 40 of shapes without groups, all with columns of mixed
kinds. In half of them (odd numbers) 20 % of all cells are hidden completely at random. In the other half the first
column, the age, is always there, and 20 % of the cells of the others are hidden with a probability that rises or falls
with it (missing at random): from 3 % to 54 % over the middle 95 % of the patients.

The run's test is the latent structure (``find_structure``): held-out log-density of the best groups less that of the
best bell, over its standard error z, with the one-sided p-value 1 - Phi(z). That rejects a bell at 0.05 where z is
1.645 or more. A run says "groups" where they are as much better than every continuum, too. The first cohorts of a
family are asked about whole, too (``--whole``), so that what is wrong anyway is told from what the gaps do. Writes one
row per cohort (docs/gaps-null.csv) and prints the counts. Rows that are there are kept, so a stopped run goes on where
it was.
"""

from __future__ import annotations

import time
from enum import StrEnum
from functools import partial
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from cohorts import Codes, Family, FloatArray, generator, table
from families import FAMILIES, K_FAMILIES
from held_groups import MISSING, with_gaps
from resumable import KEYS, fill
from scipy.special import expit, ndtr
from scipy.stats import rankdata
from threadpoolctl import threadpool_limits

from retina_vae.cluster_settings import LatentStructureSettings
from retina_vae.clusters.latent_structure.answers import ANSWERS
from retina_vae.clusters.latent_structure.structure import find_structure

TABLE = Path(__file__).parents[2] / "docs/gaps-null.csv"
LEVEL = 0.05
WAYS = ("completely at random", "by age")
STEEP = 3.6
"""Rise of the log-odds of a gap from the smallest to the largest age."""


class Part(StrEnum):
    """Which families."""

    NOTHING = "nothing"
    SHAPES = "shapes"


NAMES: dict[Part, tuple[str, ...]] = {
    Part.NOTHING: ("independent columns", "one bell", "one factor", "k 1, dependence 0.3", "k 1, dependence 0.5"),
    Part.SHAPES: ("U", "fan", "banana", "heavy tails"),
}
COHORTS = {Part.NOTHING: 20, Part.SHAPES: 10}
"""Cohorts of each family."""


def by_age(made: Codes, share: float, rng: np.random.Generator) -> Codes:
    """The same patients, with this share of the cells of all columns but the first missing; the first one says where.

    The log-odds of a gap are a straight function of the patient's rank in the first column, rising in some columns and
    falling in others.
    """
    rank = (rankdata(made.codes[0]) - 0.5) / len(made.codes[0]) - 0.5
    hidden: list[FloatArray] = [made.codes[0]]
    for codes in made.codes[1:]:
        chance = expit(level_of(share) + STEEP * rng.choice([-1.0, 1.0]) * rank)
        hidden.append(np.where(rng.random(len(codes)) < chance, np.nan, codes))
    return made._replace(codes=hidden)


def level_of(share: float) -> float:
    """Log-odds at the middle age under which this share of the cells is missing, by bisection."""
    ranks, low, high = np.linspace(-0.5, 0.5, 1001), -10.0, 10.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if expit(middle + STEEP * ranks).mean() > share else (middle, high)
    return (low + high) / 2


def asked(codes: Codes) -> dict[str, Any]:
    """What a run says of these patients."""
    cohort = table(codes)
    tables = find_structure(cohort.patients, cohort.schema, LatentStructureSettings())
    z = {row["comparison"]: float(row["z"]) for row in tables.comparisons.to_dict("records")}
    said = {"answer": tables.answer["answer"].iloc[0], "k": int(tables.answer["k"].iloc[0])}
    return {**said, "p": float(ndtr(-z["groups_bell"])), **{f"z_{name}": value for name, value in z.items()}}


def measure(name: str, patients: int, number: int, whole: int) -> dict[str, Any]:
    """The row of one cohort, asked about whole where its number is at most ``whole``. Seconds are of the processor."""
    threadpool_limits(1)
    family: Family = (FAMILIES | K_FAMILIES)[name]
    started = time.process_time()
    made = family.make(patients, generator(name, patients, number))
    hide = (with_gaps, by_age)[(number + 1) % 2]
    gaps = hide(made, MISSING, generator(f"{name}, gaps", patients, number))
    row: dict[str, Any] = dict(zip(KEYS, (name, patients, number), strict=True))
    row |= {"truth": family.truth, "gaps": WAYS[(number + 1) % 2], "missing": float(np.isnan(gaps.codes).mean())}
    ways = {"gaps": gaps} | ({"whole": made} if number <= whole else {})
    for way, codes in ways.items():
        row |= {f"{key}_{way}": value for key, value in asked(codes).items()}
    return row | {"seconds": time.process_time() - started}


def counted(own: pd.DataFrame) -> dict[str, str]:
    """Rejections and answers, with gaps and whole."""
    row: dict[str, str] = {}
    for way, title in (("gaps", "with gaps"), ("whole", "whole")):
        asked_about = int(own[f"p_{way}"].notna().sum())
        row[f"bell rejected at {LEVEL}, {title}"] = f"{int((own[f'p_{way}'] <= LEVEL).sum())} of {asked_about}"
        answers = [str(int((own[f"answer_{way}"] == answer).sum())) for answer in ANSWERS]
        row[f"{' / '.join(ANSWERS)}, {title}"] = " / ".join(answers)
        row[f"k above 1, {title}"] = str(int((own[f"k_{way}"] > 1).sum()))
    return row


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """By family and by the way of the gaps, and of all of one truth and size: how often groups are found."""
    rows = []
    for (truth, patients), same in found.groupby(["truth", "patients"], sort=False):
        kinds = [(name, way, same[(same["family"] == name) & (same["gaps"] == way)]) for name, way in pairs(same)]
        kinds += [("all", way, same[same["gaps"] == way]) for way in WAYS] + [("all", "both", same)]
        for name, way, own in kinds:
            if len(own):
                rows.append({"truth": truth, "patients": patients, "family": name, "gaps": way} | counted(own))
    return pd.DataFrame(rows)


def pairs(found: pd.DataFrame) -> list[tuple[str, str]]:
    """Each family with each way of gaps."""
    return list(product(found["family"].unique(), WAYS))


def main(
    part: Annotated[list[Part] | None, typer.Option(help="Families; all if none is named.")] = None,
    cohorts: Annotated[
        int | None, typer.Option(min=1, help="Cohorts of each family; 20 with nothing and 10 of a shape without it.")
    ] = None,
    patients: Annotated[int, typer.Option(min=50, help="Patients of each cohort.")] = 500,
    whole: Annotated[int, typer.Option(min=1, help="Cohorts of each family that are asked about whole, too.")] = 3,
    jobs: Annotated[int, typer.Option(min=1, help="Processes, each on one thread.")] = 1,
    minutes: Annotated[float | None, typer.Option(help="Stop after the cohort at which these have passed.")] = None,
    output: Annotated[Path, typer.Option("--table", help="Where the rows are.")] = TABLE,
) -> None:
    """Ask about the cohorts that the table lacks, and sum up."""
    tasks = [
        (name, patients, number)
        for one in part or list(Part)
        for number in range(1, (cohorts or COHORTS[one]) + 1)
        for name in NAMES[one]
    ]
    found = fill(output, tasks, partial(measure, whole=whole), _line, jobs, minutes)
    print(summary(found).to_markdown(index=False))


def _line(row: dict[str, Any]) -> str:
    ways = [way for way in ("whole", "gaps") if f"p_{way}" in row]
    says = ", ".join(f"{way} {row[f'answer_{way}']} (p {row[f'p_{way}']:.3f})" for way in ways)
    return f"{says}; {row['gaps']}, {row['seconds']:.0f} s"


if __name__ == "__main__":
    typer.run(main)
