"""What latent class analysis by StepMix says of the same cohorts: the BIC's number of classes, and a bootstrap test.

    pip install stepmix==3.0.0
    python benchmarks/structure/rivals.py
    python benchmarks/structure/rivals.py --part tuned --cohorts 4 --blrt

writes one row per cohort (docs/structure-rivals.csv) and prints the choices of each family. Rows that are there are
kept, so a stopped run goes on where it was. StepMix is no dependency of the package.

Classes are local-independence mixtures: categories multinomial, numbers Gaussian with a variance of their own in each
class, positive numbers by their logarithm. StepMix has no counts and no zero-inflated numbers, so an analyst cuts the
former at their quintiles and reads the latter as two columns, whether it is above zero and the logarithm. Gaps are left
out of the likelihood. The number of classes rises from 1 to 7 until the BIC has risen twice in a row.
"""

from __future__ import annotations

import sys
import time
import warnings
from enum import StrEnum
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from cohorts import Cohort, Family, FloatArray, generator
from families import FAMILIES, K_FAMILIES
from fresh_families import FRESH
from held_families import HELD
from resumable import KEYS, fill
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from retina_vae.cohort import Column

TABLE = Path(__file__).parents[2] / "docs/structure-rivals.csv"
SEED = 20270214
LARGEST_K = 7

# Random starts; the threshold is on the mean log-likelihood per patient, in nats.
STARTS = 3
TOLERANCE = 1e-5
BLRT_DRAWS = 19

COUNT_CUTS = (0.2, 0.4, 0.6, 0.8)
"""Quantiles at which counts are cut into categories."""


class Part(StrEnum):
    """Which families."""

    K = "k"
    TUNED = "tuned"
    HELD = "held"
    FRESH = "fresh"


PARTS: dict[Part, dict[str, Family]] = {
    Part.K: K_FAMILIES,
    Part.TUNED: FAMILIES,
    Part.HELD: HELD,
    Part.FRESH: FRESH,
}
ALL: dict[str, Family] = K_FAMILIES | FAMILIES | HELD | FRESH

MODELS = {"nominal": "categorical", "ordinal": "categorical", "count": "categorical", "binary": "binary"}
"""StepMix's model by the kind of column; all others are numbers."""


def measured(column: Column, values: pd.Series) -> dict[tuple[str, str], FloatArray]:
    """What StepMix reads of a column: model and name of each part, and its values."""
    codes = column.kind_of.codes(values, column.categories)
    if column.kind == "zero_inflated":
        filled = np.where(np.isnan(codes), np.nan, codes > 0)
        sizes = np.log(np.where(codes > 0, codes, np.nan))
        return {("binary", f"{column.name} filled"): filled, ("gaussian_diag", column.name): sizes}
    if column.kind == "count":
        codes = np.where(
            np.isnan(codes), np.nan, np.digitize(codes, np.unique(np.nanquantile(codes, COUNT_CUTS)), True)
        )
    if column.kind == "positive":
        codes = np.log(codes)
    return {(MODELS.get(column.kind, "gaussian_diag"), column.name): codes}


def described(cohort: Cohort) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The table as StepMix reads it, and its measurement model."""
    parts: dict[tuple[str, str], FloatArray] = {}
    for column in cohort.schema.inputs:
        parts |= measured(column, cohort.patients[column.name])
    table = pd.DataFrame({name: values for (_, name), values in parts.items()})
    suffix = "_nan" if table.isna().to_numpy().any() else ""
    names: dict[str, list[str]] = {}
    for model, name in parts:
        names.setdefault(model + suffix, []).append(name)
    data, measurement = import_module("stepmix.utils").get_mixed_descriptor(table, **names)
    return data, measurement


def new_model(k: int, measurement: dict[str, Any]) -> Any:
    """A model of ``k`` classes that is not fitted yet; one class needs one start."""
    starts = 1 if k == 1 else STARTS
    return import_module("stepmix").StepMix(
        k, measurement=measurement, n_init=starts, abs_tol=TOLERANCE, random_state=SEED, progress_bar=0
    )


def fitted(data: pd.DataFrame, measurement: dict[str, Any], at_least: int) -> tuple[list[Any], FloatArray]:
    """Models of 1, 2, ... classes and their BIC, up to 7 or until it has risen twice in a row from its smallest."""
    fits, bic = [], []
    for k in range(1, LARGEST_K + 1):
        fits.append(new_model(k, measurement).fit(data))
        bic.append(float(fits[-1].bic(data)))
        if k >= max(at_least, int(np.argmin(bic)) + 3):
            break
    return fits, np.array(bic)


def log_likelihood(k: int, measurement: dict[str, Any], data: pd.DataFrame) -> float:
    """That of the likeliest of the starts, in nats per patient."""
    return float(new_model(k, measurement).fit(data).score(data))


def blrt_p_value(data: pd.DataFrame, measurement: dict[str, Any], null: Any, gain: float, draws: int) -> float:
    """p-value of one class against two by the parametric bootstrap (McLachlan 1987), with the cohort's gaps.

    Args:
        data: The table as StepMix reads it.
        measurement: Its measurement model.
        null: The model of one class.
        gain: Log-likelihood per patient of two classes minus that of one.
        draws: Cohorts drawn from one class; 19 for a smallest p-value of 0.05.
    """
    gaps, larger = data.isna().to_numpy(), 0
    null.set_params(random_state=SEED + 1)
    # One long draw: a model draws the same patients every time that it is asked.
    sample = null.sample(draws * len(data))[0]
    for part in np.split(np.asarray(sample, dtype=float), draws):
        drawn = pd.DataFrame(np.where(gaps, np.nan, part), columns=data.columns)
        found = log_likelihood(2, measurement, drawn) - log_likelihood(1, measurement, drawn)
        larger += found >= gain
    return (1 + larger) / (1 + draws)


def measure(name: str, patients: int, number: int, blrt: bool) -> dict[str, Any]:
    """The row of one cohort; without groups there is no adjusted Rand index. Seconds are of the processor."""
    threadpool_limits(1)
    family = ALL[name]
    cohort = family.draw(patients, generator(name, patients, number))
    started = time.process_time()
    with warnings.catch_warnings():
        # Far more classes than groups creep on after 1,000 steps; their BIC is far from the smallest by then.
        warnings.simplefilter("ignore", ConvergenceWarning)
        # A class may come to have no variance in a number; that start is not the likeliest then.
        warnings.simplefilter("ignore", RuntimeWarning)
        data, measurement = described(cohort)
        fits, bic = fitted(data, measurement, family.groups)
        seconds = time.process_time() - started
        gain = float(fits[1].score(data) - fits[0].score(data))
        p_value = blrt_p_value(data, measurement, fits[0], gain, BLRT_DRAWS) if blrt else np.nan
    chosen = int(bic.argmin()) + 1

    def agreement(k: int) -> float:
        return np.nan if cohort.labels is None else float(adjusted_rand_score(cohort.labels, fits[k - 1].predict(data)))

    grouped = family.groups > 1
    return dict(zip(KEYS, (name, patients, number), strict=True)) | {
        "half": family.half,
        "truth": family.truth,
        "groups": family.groups,
        "k_bic": chosen,
        "ari_bic": agreement(chosen) if grouped else np.nan,
        "ari_true_k": agreement(family.groups) if grouped else np.nan,
        "bic_gain_2": float(bic[0] - bic[1]) / patients,
        "blrt_p_value": p_value,
        "seconds": seconds,
        "seconds_all": time.process_time() - started,
    }


def with_p_value(table: pd.DataFrame) -> pd.DataFrame:
    """The rows that have the bootstrap's p-value; one without it is measured again where the bootstrap is wanted."""
    return table[table["blrt_p_value"].notna()]


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Of each family: how often the BIC chooses each number of classes, and the medians of the indices."""
    rows = []
    for (family, patients), own in table.groupby(["family", "patients"], sort=False):
        counts = own["k_bic"].value_counts().sort_index()
        tested = own["blrt_p_value"].dropna()
        rows.append(
            {
                "family": family,
                "patients": patients,
                "truth": own["truth"].iloc[0],
                "groups": own["groups"].iloc[0],
                "right k": f"{int((own['k_bic'] == own['groups']).sum())} of {len(own)}",
                "BIC": ", ".join(f"{k}: {count}" for k, count in counts.items()),
                "ARI": own["ari_bic"].median(),
                "ARI, true k": own["ari_true_k"].median(),
                "bootstrap rejects": f"{int((tested <= 0.05).sum())} of {len(tested)}",
                "seconds": own["seconds"].median(),
            }
        )
    return pd.DataFrame(rows).round(2)


def main(
    part: Annotated[list[Part] | None, typer.Option(help="Families; all if none is named.")] = None,
    cohorts: Annotated[int, typer.Option(min=1, help="Cohorts of each family.")] = 8,
    patients: Annotated[int, typer.Option(min=50, help="Patients of each cohort.")] = 1500,
    blrt: Annotated[bool, typer.Option("--blrt", help="Bootstrap one class against two, too.")] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Processes, each on one thread.")] = 1,
    minutes: Annotated[float | None, typer.Option(help="Stop after the cohort at which these have passed.")] = None,
    table: Annotated[Path, typer.Option(help="Where the rows are.")] = TABLE,
) -> None:
    """Fit latent classes to the cohorts that the table lacks, and sum up."""
    if find_spec("stepmix") is None:
        print("Error: StepMix is not installed. Run `pip install stepmix==3.0.0`.", file=sys.stderr)
        raise typer.Exit(2)
    names = [name for one in part or list(Part) for name in PARTS[one]]
    tasks = [(name, patients, number) for number in range(1, cohorts + 1) for name in names]
    one = partial(measure, blrt=blrt)
    needed = {"complete": with_p_value} if blrt else {}
    found = fill(table, tasks, one, lambda row: f"k {row['k_bic']}", jobs, minutes, **needed)
    print(summary(found).to_markdown(index=False))


if __name__ == "__main__":
    typer.run(main)
