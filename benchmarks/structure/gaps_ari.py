"""How much of the groups is lost when a fifth of the values is missing completely at random.

    pip install stepmix==3.0.0
    python benchmarks/structure/gaps_ari.py --jobs 2
    python benchmarks/structure/gaps_ari.py --cohorts 1 --patients 500 --replicas 2 --table /tmp/gaps-ari.csv

Cohorts of 2, 3 and 5 groups in mixed columns, with a dependence of 0, 0.3 or 0.5 within the groups: clear and
overlapping ones in eight columns (``families.py``), ones that lie 1.5 times as far apart as clear ones, and clear ones
in 24 columns, of which each says less. Each cohort is measured whole, and once more with 20 % of all cells hidden: the
adjusted Rand index (ARI) of the true groups

- with the best possible assignment, which knows the distributions (``limit``): nobody loses less on average;
- with the clusters of a run with the defaults at the true number of groups (``ari``), and at the number that
  ``clusters.k: auto`` finds in that table (``auto``);
- with a Gaussian mixture of the same codes (``clusters.method``) at the true number (``mixture``);
- with the latent classes of StepMix at the true number (``stepmix``), as in ``rivals.py``.

The latent dimension is chosen by held-out evidence on the whole table and used for both, because the choice is a third
of the time. Everything else is found on each table alone. Writes one row per cohort
(docs/gaps-ari.csv) and prints the mean losses with their standard errors over the cohorts. Rows that are there are
kept, so a stopped run goes on where it was.
"""

from __future__ import annotations

import sys
import time
import warnings
from functools import partial
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import pandas as pd
import torch
import typer
from cohorts import Cohort, Labels, generator, table
from contrasts import CONTRASTS
from families import DEPENDENCES, K_GROUPS, SEPARATIONS, VARIANTS, Separation
from held_groups import MISSING, with_gaps
from mixtures import Mixture, mixture
from resumable import KEYS, fill
from rivals import described, new_model
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from retina_vae.clusters.latent_structure.structure import find_structure
from retina_vae.clusters.replica_clusters import cluster_codes
from retina_vae.config import ClusterSettings, Configuration
from retina_vae.config_files import parse_configuration
from retina_vae.held_out import measure_held_out
from retina_vae.latent import Codes
from retina_vae.latent.sample import codes_by_replica
from retina_vae.training import plan_training, prepare_cohort, train_replicas
from retina_vae.vae.memory import keep_freed_memory

TABLE = Path(__file__).parents[2] / "docs/gaps-ari.csv"
TARGET = 0.03
FAR_CONTRAST = 1.5
WIDE_SETS, WIDE_CONTRAST = 3, 0.6
"""With 0.6 of the contrast the best possible ARI is 0.99 on average, in 24 columns."""

METHODS = {
    "limit": "best possible",
    "ari": "run, true k",
    "auto": "run, k auto",
    "mixture": "run, Gaussian mixture, true k",
    "stepmix": "StepMix, true k",
}
CPU = torch.device("cpu")

Apart = Separation | Literal["far", "wide"]
APART: tuple[Apart, ...] = ("far", "wide", "clear", "overlapping")


class Cell(NamedTuple):
    """A kind of cohort: number of groups, dependence within them, and how far they lie apart."""

    groups: int
    dependence: float
    apart: Apart

    def source(self, rng: np.random.Generator) -> Mixture:
        """Clear and overlapping groups are those of ``families.py``, of one of its sets of profiles."""
        if self.apart == "wide":
            return side_by_side([self.profiles(variant, "clear", WIDE_CONTRAST) for variant in range(WIDE_SETS)])
        variant = int(rng.integers(VARIANTS))
        if self.apart == "far":
            return self.profiles(variant, "clear", FAR_CONTRAST)
        return self.profiles(variant, self.apart)

    def profiles(self, variant: int, separation: Separation, share: float = 1.0) -> Mixture:
        """A set of profiles, with this share of its contrast."""
        contrast = CONTRASTS["k", self.groups, self.dependence, SEPARATIONS[separation], variant]
        return mixture("k", self.groups, variant, share * contrast, self.dependence)


def side_by_side(sources: list[Mixture]) -> Mixture:
    """The same groups in the columns of all sources, with one factor behind them all."""
    columns = [
        column.model_copy(update={"name": f"{column.name}_{place}"})
        for place, source in enumerate(sources, start=1)
        for column in source.columns
    ]
    places = [place for source in sources for place in source.places]
    return Mixture(tuple(columns), sources[0].weights, tuple(places), sources[0].dependence)


CELLS = {f"k {g}, dependence {d:g}, {a}": Cell(g, d, a) for g, d, a in product(K_GROUPS[1:], DEPENDENCES, APART)}
"""Kinds of cohorts by name."""


class Trained(NamedTuple):
    """Codes of all replicas, the identifiers of their patients, and the training loss of each."""

    codes: Codes
    ids: list[str]
    losses: np.ndarray[Any, np.dtype[np.float64]]


def train(cohort: Cohort, settings: Configuration) -> Trained:
    """The clustered model of a run, and its codes."""
    given = prepare_cohort(cohort.patients, cohort.schema, settings.vae)
    plan = plan_training(given, settings.model(settings.clustered_model), CPU)
    model, description, history = train_replicas(given, plan)
    codes = Codes.of_replicas(codes_by_replica(model, description, given.patients.x, settings.latent))
    return Trained(codes, given.ids, history.loss[-1].double().numpy())


def clusters(trained: Trained, k: int, settings: Configuration) -> Labels:
    """The clusters that a run reports at this number of them."""
    chosen = settings.numbered(k).clusters
    return divided(trained, chosen)


def divided(trained: Trained, chosen: ClusterSettings) -> Labels:
    """The clusters of the codes."""
    return cluster_codes(trained.codes, trained.ids, trained.losses, chosen).assignments["cluster"].to_numpy()


def found_by_run(cohort: Cohort, k: int, settings: Configuration) -> dict[str, float]:
    """ARI of the run's clusters at the true number of groups and at the number that it finds, and that number.

    At the true number that of a Gaussian mixture, too.
    """
    auto = int(find_structure(cohort.patients, cohort.schema, settings.latent_structure).answer["k"].iloc[0])
    trained = train(cohort, settings)
    found = {number: agreement(cohort, clusters(trained, number, settings)) for number in {k, auto}}
    mixed = settings.numbered(k).clusters.model_copy(update={"method": "gaussian_mixture"})
    mixture_ari = agreement(cohort, divided(trained, mixed))
    return {"ari": found[k], "auto": found[auto], "mixture": mixture_ari, "k": auto}


def found_by_stepmix(cohort: Cohort, k: int) -> float:
    """ARI of latent classes at the true number of groups."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        data, measurement = described(cohort)
        return agreement(cohort, new_model(k, measurement).fit(data).predict(data))


def agreement(cohort: Cohort, labels: Labels) -> float:
    """ARI with the true groups."""
    return float(adjusted_rand_score(cohort.labels, labels))


def measure(name: str, patients: int, number: int, replicas: int | None = None) -> dict[str, Any]:
    """The row of one cohort. Seconds are of the processor."""
    threadpool_limits(1)
    torch.set_num_threads(1)
    keep_freed_memory()
    cell, rng = CELLS[name], generator(name, patients, number)
    source = cell.source(rng)
    made = source.draw(patients, rng)
    settings = parse_configuration({"vae": {"replicas": replicas}} if replicas else {}, "the defaults")
    started = time.process_time()
    whole = table(made)
    dim = measure_held_out(whole.patients, whole.schema, settings, CPU).latent_dim
    row = dict(zip(KEYS, (name, patients, number), strict=True)) | cell._asdict() | {"latent_dim": dim}
    row["seconds_dimension"] = time.process_time() - started
    gaps = with_gaps(made, MISSING, generator(f"{name}, gaps", patients, number))
    for way, codes in (("whole", made), ("gaps", gaps)):
        cohort = table(codes)
        found = found_by_run(cohort, cell.groups, settings.dimensioned(dim))
        found |= {"limit": source.bayes_ari(codes), "stepmix": found_by_stepmix(cohort, cell.groups)}
        row |= {f"{key}_{way}": value for key, value in found.items()}
    return row | {"seconds": time.process_time() - started}


def losses(found: pd.DataFrame) -> pd.DataFrame:
    """The ARI that each cohort loses, by method."""
    return pd.DataFrame({key: found[f"{key}_whole"] - found[f"{key}_gaps"] for key in METHODS})


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """By how far the groups lie apart, and of all: ARI, what is lost, and what is lost beyond the best possible."""
    kinds = {apart: found[found["apart"] == apart] for apart in APART} | {"all": found}
    rows = []
    for (apart, own), (key, method) in product(kinds.items(), METHODS.items()):
        if own.empty:
            continue
        lost = losses(own)
        row = {"groups": apart, "cohorts": len(own), "method": method, "whole": f"{own[f'{key}_whole'].mean():.3f}"}
        row |= {"with gaps": f"{own[f'{key}_gaps'].mean():.3f}", "lost": with_error(lost[key])}
        row["beyond the best possible"] = "" if key == "limit" else with_error(lost[key] - lost["limit"])
        right = [int((own[f"k_{way}"] == own["groups"]).sum()) for way in ("whole", "gaps")]
        rows.append(row | {"right k, whole and with gaps": f"{right[0]}, {right[1]}" if key == "auto" else ""})
    return pd.DataFrame(rows)


def with_error(values: pd.Series[float]) -> str:
    """The mean and its standard error over the cohorts."""
    return f"{float(values.mean()):+.3f} ± {float(values.std()) / len(values) ** 0.5:.3f}"


def main(
    cohorts: Annotated[int, typer.Option(min=1, help="Cohorts of each of 36 kinds.")] = 2,
    apart: Annotated[
        list[str] | None, typer.Option(help="far, wide, clear, overlapping; all if none is named.")
    ] = None,
    patients: Annotated[int, typer.Option(min=50, help="Patients of each cohort.")] = 1000,
    replicas: Annotated[int | None, typer.Option(min=1, help="Models; as many as a run has without it.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes, each on one thread.")] = 1,
    minutes: Annotated[float | None, typer.Option(help="Stop after the cohort at which these have passed.")] = None,
    output: Annotated[Path, typer.Option("--table", help="Where the rows are.")] = TABLE,
) -> None:
    """Measure the cohorts that the table lacks, and sum up."""
    if find_spec("stepmix") is None:
        print("Error: StepMix is not installed. Run `pip install stepmix==3.0.0`.", file=sys.stderr)
        raise typer.Exit(2)
    names = [name for name, cell in CELLS.items() if not apart or cell.apart in apart]
    tasks = [(name, patients, number) for number in range(1, cohorts + 1) for name in names]
    found = fill(output, tasks, partial(measure, replicas=replicas), _line, jobs, minutes)
    print(summary(found).to_markdown(index=False))
    run = losses(found)["ari"]
    print(f"\nLost at the true number of groups: {with_error(run)}; aimed at: at most {TARGET}.")


def _line(row: dict[str, Any]) -> str:
    pairs = ", ".join(f"{key} {row[f'{key}_whole']:.3f} -> {row[f'{key}_gaps']:.3f}" for key in METHODS)
    return f"{pairs}; {row['latent_dim']} dimensions, {row['seconds']:.0f} s"


if __name__ == "__main__":
    typer.run(main)
