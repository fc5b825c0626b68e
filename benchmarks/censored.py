"""How well a model finds the distribution behind limits of detection, beside what is done with them instead.

    python benchmarks/censored.py --cohorts 5

prints the table in docs/method.md. A cohort has one concentration, log-normal, and two other numbers that depend with
it on the same normal number. The concentration is known by a limit alone below a quantile of it, and is given to the
model as that limit, as a number (the limit itself, or half of it) or as a missing value. Of 20,000 patients that the
model draws, mean, standard deviation and correlation with another column are held against those that the cohort has
without limits; all of the logarithm, in standard deviations of it.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

import numpy as np
import pandas as pd
import torch
import typer

from retina_vae.cohort import CohortSchema, Column
from retina_vae.config import ModelSettings, VaeSettings
from retina_vae.latent.generate import generate
from retina_vae.training import plan_training, prepare_cohort, train_replicas

SCHEMA = CohortSchema(
    identifier="id",
    columns=(
        Column(name="crp", label="CRP", kind="positive", censored=True),
        Column(name="a", label="a", kind="continuous"),
        Column(name="b", label="b", kind="continuous"),
    ),
)
WAYS = ("limit", "limit as the number", "half the limit", "missing")
SHARES = (0.1, 0.3, 0.5)
DRAWN = 20_000


class Moments(NamedTuple):
    """Mean and standard deviation of log CRP, and its correlation with the column a."""

    mean: float
    deviation: float
    correlation: float


def moments(patients: pd.DataFrame) -> Moments:
    logarithm = np.log(patients["crp"])
    return Moments(logarithm.mean(), logarithm.std(), np.corrcoef(logarithm, patients["a"])[0, 1])


def draw_cohort(patients: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    common = rng.normal(size=patients)
    noise = rng.normal(size=(3, patients))
    numbers = {name: 0.8 * common + 0.6 * own for name, own in zip(("crp", "a", "b"), noise, strict=True)}
    return pd.DataFrame({"id": np.arange(patients).astype(str), **numbers, "crp": np.exp(numbers["crp"])})


def cut(truth: pd.DataFrame, share: float, way: str) -> pd.DataFrame:
    """The cohort of whom a share lies below the limit, as one of the ways has it."""
    limit = truth["crp"].quantile(share)
    below = truth["crp"] < limit
    said = pd.Series("below", index=truth.index, dtype="str").where(below & (way == "limit"))
    number = {"half the limit": limit / 2, "missing": np.nan}.get(way, limit)
    return truth.assign(**{"crp": truth["crp"].mask(below, number), "crp (remark)": said})


def found(patients: pd.DataFrame, settings: VaeSettings, seed: int) -> Moments:
    """What the model that is trained on the patients draws."""
    cohort = prepare_cohort(patients, SCHEMA, settings)
    plan = plan_training(cohort, ModelSettings(settings, 2, 1), torch.device("cpu"))
    model, description, _ = train_replicas(cohort, plan)
    return moments(generate(model, description, SCHEMA, DRAWN, seed).patients)


def main(
    cohorts: Annotated[int, typer.Option(help="Cohorts for each share of limits.")] = 5,
    patients: Annotated[int, typer.Option(help="Patients of each.")] = 500,
    epochs: Annotated[int, typer.Option(help="Epochs of training.")] = 150,
) -> None:
    """Print the errors as a table in Markdown: mean over the cohorts, and its standard error."""
    settings = VaeSettings(epochs=epochs, refit_epochs=0)
    print("| below the limit | given as | mean | standard deviation | correlation |\n|---|---|---|---|---|")
    for share in SHARES:
        for way in WAYS:
            errors = []
            for seed in range(cohorts):
                truth = draw_cohort(patients, seed)
                own, true = found(cut(truth, share, way), settings, seed), moments(truth)
                spread = true.deviation
                errors.append(
                    ((own.mean - true.mean) / spread, own.deviation / spread - 1, own.correlation - true.correlation)
                )
            told = zip(np.mean(errors, axis=0), np.std(errors, axis=0, ddof=1) / np.sqrt(cohorts), strict=True)
            cells = " | ".join(f"{error:+.2f} ± {uncertainty:.2f}" for error, uncertainty in told)
            print(f"| {share:.0%} | {way} | {cells} |", flush=True)


if __name__ == "__main__":
    typer.run(main)
