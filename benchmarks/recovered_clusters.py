"""Is the test for clusters silent where there are none, and is the number of clusters found where there are some?

    pip install stepmix==3.0.0
    python benchmarks/recovered_clusters.py --part null
    python benchmarks/recovered_clusters.py --part groups

``null`` tests 100 cohorts of each of four kinds without clusters and 100 of the paper's three diseases, of 600
patients, and a fifth as many of 3,000 (docs/null-test.csv, one row per cohort), and prints the share of rejections with
its exact interval.

``groups`` simulates cohorts of 3,000 patients from 1, 2, 3, 5 and 8 groups and lets three methods find the number: the
typed run's model (config/typed.yaml; 3-D alone, 2 replicas), k-means on the one-hot columns, and latent class analysis
by StepMix with the BIC, each for 1 to 12 clusters (docs/recovered-clusters.csv, one row per cohort, method and
criterion). StepMix is no dependency of the package and is needed by this part alone.

Rows that are already there are kept, so a stopped run goes on where it was; delete the table to start again.
"""

from __future__ import annotations

import math
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import pandas as pd
import typer
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import binomtest
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score

from retina_vae.cohort import (
    CohortDensity,
    CohortSchema,
    Column,
    Epidemiology,
    fit_encoding,
    load_epidemiology,
    simulate,
)
from retina_vae.cohort.simulated.epidemiology import Group
from retina_vae.cohort.simulated.statistics import CategoryStatistic, NormalStatistic
from retina_vae.config import Configuration, load_configuration
from retina_vae.errors import ConfigurationError, RetinaVaeError
from retina_vae.files import write_table
from retina_vae.progress import progress
from retina_vae.studies.macular.schema import MACULAR

ROOT = Path(__file__).parent.parent
SEED = 20261122
PATIENTS = 3000
REPLICAS = 2
LARGEST_K = 12
NULL_DRAWS = 99

LIMITS = {"clear": 0.98, "overlapping": 0.92}
"""Separation: the adjusted Rand index of the best possible assignment; the paper's diseases have 0.92."""

CASES = [(1, "none"), *((groups, name) for groups in (2, 3, 5, 8) for name in LIMITS), (3, "diseases")]
GROUP_KEYS = ["groups", "separation", "cohort", "method"]
NULL_KEYS = ["kind", "patients", "cohort"]

# How far apart the profiles are before they are drawn together: Dirichlet concentration of the categories'
# probabilities, bounds of the mean age and of its standard deviation in years.
CONCENTRATION = 0.15
MEAN_AGE = (20.0, 90.0)
AGE_DEVIATION = (4.0, 8.0)
_CALIBRATION_PATIENTS = 24_000
_BISECTIONS = 14

# Starts and convergence of the EM algorithm; the threshold is on the mean log-likelihood per patient, in nats.
LCA_STARTS = 5
LCA_TOLERANCE = 1e-6

FloatArray = NDArray[np.float64]
Labels = NDArray[np.int64]
Profile = dict[str, FloatArray]


class Part(StrEnum):
    """What is measured."""

    NULL = "null"
    GROUPS = "groups"


@dataclass(frozen=True)
class Cohort:
    """Patients, their 0-based groups, and the adjusted Rand index of the best possible assignment to these."""

    patients: pd.DataFrame
    truth: Labels
    limit: float


class Choice(NamedTuple):
    """What one criterion of a method chooses; no k where it does not decide."""

    criterion: str
    k: int | None
    votes: float | None = None


@dataclass(frozen=True)
class Found:
    """A method's choices, its partition of the patients into any number of clusters, and the null test's p-value."""

    choices: list[Choice]
    partition: Callable[[int], Labels]
    p_value: float | None = None


# Cohorts of known groups.


def group_schema(groups: int) -> CohortSchema:
    """The macular schema with ``groups`` groups in place of the diagnoses."""
    # A column has two categories or more; of a single group the second stays empty.
    names = tuple(f"G{number}" for number in range(1, max(groups, 2) + 1))
    diagnosis = Column(name="disease", label="Group", kind="nominal", role="outcome", categories=names)
    return CohortSchema(identifier=MACULAR.identifier, columns=(diagnosis, *MACULAR.inputs))


def draw_profiles(groups: int, rng: np.random.Generator) -> list[Profile]:
    """Per group and column the probabilities of the categories, or mean and standard deviation of a number."""

    def draw(column: Column) -> FloatArray:
        if column.numeric:
            return np.array([rng.uniform(*MEAN_AGE), rng.uniform(*AGE_DEVIATION)])
        return rng.dirichlet(np.full(len(column.categories), CONCENTRATION))

    return [{column.name: draw(column) for column in MACULAR.inputs} for _ in range(groups)]


def statistics_of(profiles: Sequence[Profile], contrast: float) -> Epidemiology:
    """The profiles, moved towards the average group but for the spread of age; at contrast 0 they are alike."""
    average = {name: np.mean([profile[name] for profile in profiles], axis=0) for name in profiles[0]}

    def statistic(column: Column, own: FloatArray) -> NormalStatistic | CategoryStatistic:
        moved = average[column.name] + contrast * (own - average[column.name])
        if column.numeric:
            return NormalStatistic(mean=float(moved[0]), variance=float(own[1]) ** 2, source="drawn")
        shares = (moved / moved.sum()).tolist()
        return CategoryStatistic(probabilities=dict(zip(column.categories, shares, strict=True)), source="drawn")

    described = {
        f"G{number}": Group(
            name=f"Group {number}",
            columns={column.name: statistic(column, own[column.name]) for column in MACULAR.inputs},
        )
        for number, own in enumerate(profiles, start=1)
    }
    return Epidemiology(sources={"drawn": "Drawn at random."}, column="disease", groups=described)


def best_assignment(statistics: Epidemiology, schema: CohortSchema, patients: pd.DataFrame) -> float:
    """Adjusted Rand index of the groups with the most probable group of each patient under the exact density."""
    posterior = CohortDensity.of(statistics, schema).group_posterior(patients)
    return float(adjusted_rand_score(patients["disease"].cat.codes, posterior.argmax(axis=1)))


def separated_statistics(groups: int, limit: float, rng: np.random.Generator) -> Epidemiology:
    """Random profiles, drawn together until the best possible assignment has the adjusted Rand index ``limit``.

    Profiles that are not that far apart at full contrast are drawn again. The contrast is found by bisection; every
    step measures 24,000 patients of the same seed.
    """
    schema, seed = group_schema(groups), int(rng.integers(2**31))

    def reached(profiles: list[Profile], contrast: float) -> float:
        statistics = statistics_of(profiles, contrast)
        sample = simulate(statistics, schema, _CALIBRATION_PATIENTS // groups, seed)
        return best_assignment(statistics, schema, sample)

    profiles = draw_profiles(groups, rng)
    # The clear cohorts' condition for all, so that both separations have the same profiles.
    while reached(profiles, 1.0) < max(LIMITS.values()):
        profiles = draw_profiles(groups, rng)
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(profiles, middle) >= limit else (middle, high)
    return statistics_of(profiles, high)


def draw_cohort(groups: int, separation: str, number: int) -> Cohort:
    """Cohort ``number`` of a case: 3,000 patients in groups of equal size, columns independent within each."""
    rng, seed = np.random.default_rng([SEED, groups, number]), SEED + number
    if separation == "diseases":
        statistics, schema = diseases(), MACULAR
    elif groups == 1:
        statistics, schema = statistics_of(draw_profiles(1, rng), 1.0), group_schema(1)
    else:
        statistics, schema = separated_statistics(groups, LIMITS[separation], rng), group_schema(groups)
    patients = simulate(statistics, schema, PATIENTS // groups, seed)
    truth: Labels = patients["disease"].cat.codes.to_numpy().astype(np.int64)
    return Cohort(patients, truth, best_assignment(statistics, schema, patients))


@cache
def diseases() -> Epidemiology:
    """The statistics of the paper's three diseases."""
    return load_epidemiology(ROOT / "data/epidemiology.yaml", MACULAR)


# Methods.


def typed_model(patients: pd.DataFrame) -> Found:
    """The pipeline: the typed run's 3-D model, corrected codes, the criteria on these, and the test for clusters."""
    import torch

    from retina_vae.clusters.agreement import pairwise_agreement, representative_replica
    from retina_vae.clusters.null import null_test
    from retina_vae.clusters.partitions import KMeansPartition
    from retina_vae.latent.encode import patient_features
    from retina_vae.latent.sample import patient_codes
    from retina_vae.vae import ModelDescription, Patients, fit_replicas, replica_seeds

    run = configured()
    encoding = fit_encoding(patients, MACULAR, run.vae.input_scaling)
    x, seeds = patient_features(encoding, patients), replica_seeds(run.vae.seed, REPLICAS)
    description = ModelDescription.from_settings(run.vae, run.clusters.latent_dim, seeds, encoding, "cpu")
    model, _ = fit_replicas(Patients(x), description, run.vae, torch.device("cpu"))
    codes = patient_codes(model, description, x, run.latent)

    def partition(k: int) -> Labels:
        fits = [KMeansPartition.fit(mean, k, run.clusters.n_init, run.clusters.seed) for mean in codes.mean]
        labels = np.stack([fit.predict(mean) for fit, mean in zip(fits, codes.mean, strict=True)])
        return labels[representative_replica(pairwise_agreement(labels))]

    p_value = null_test(patients, MACULAR, run.choice.null_draws, run.choice.seed, threads=1).p_value
    return Found(criteria_choices(codes.mean, p_value), partition, p_value)


def raw_kmeans(patients: pd.DataFrame) -> Found:
    """K-means on the columns themselves: age as a z-score, findings 0 or 1, race one-hot; the same criteria."""
    from retina_vae.clusters.partitions import KMeansPartition

    clusters = configured().clusters
    features = fit_encoding(patients, MACULAR, "by_kind").encode(patients)

    def partition(k: int) -> Labels:
        return KMeansPartition.fit(features, k, clusters.n_init, clusters.seed).predict(features)

    return Found(criteria_choices(features[None]), partition)


def latent_classes(patients: pd.DataFrame) -> Found:
    """Latent class analysis: a mixture whose columns are independent within a class; the BIC chooses the classes.

    The model that the cohorts are drawn from, so no method can be expected to do better. Fitted by StepMix (Morin et
    al. 2023, arXiv:2304.03853), categories multinomial and age Gaussian with a variance of its own in each class; the
    BIC as Nylund, Asparouhov and Muthen (2007) found it best and as Weller, Bowen and Faubert (2020) advise it.
    """
    codes = fit_encoding(patients, MACULAR, "raw").encode(patients)
    table = pd.DataFrame(codes, columns=[column.name for column in MACULAR.inputs])
    kinds = ("continuous", "binary", "categorical")
    names = {kind: [column.name for column in MACULAR.inputs if column.kind == kind] for kind in kinds}
    data, measurement = import_module("stepmix.utils").get_mixed_descriptor(table, **names)
    fits = [fit_classes(data, measurement, k) for k in range(1, LARGEST_K + 1)]
    best = int(np.argmin([fit.bic(data) for fit in fits])) + 1
    return Found([Choice("BIC", best)], lambda k: fits[k - 1].predict(data))


def fit_classes(data: pd.DataFrame, measurement: dict[str, Any], k: int) -> Any:
    """The likeliest of the starts."""
    model = import_module("stepmix").StepMix(
        k, measurement=measurement, n_init=LCA_STARTS, abs_tol=LCA_TOLERANCE, random_state=SEED, progress_bar=0
    )
    with warnings.catch_warnings():
        # Far more classes than groups creep on after 1,000 steps; their BIC is far from the smallest by then.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(data)


METHODS: dict[str, Callable[[pd.DataFrame], Found]] = {
    "typed model": typed_model,
    "k-means": raw_kmeans,
    "latent classes": latent_classes,
}


@cache
def configured() -> Configuration:
    """The typed run with its numbers of clusters from 1 to 12."""
    run = load_configuration(ROOT / "config/typed.yaml")
    return run.model_copy(update={"choice": run.choice.model_copy(update={"k_max": LARGEST_K})})


def criteria_choices(points: NDArray[np.floating], p_value: float | None = None) -> list[Choice]:
    """What each criterion chooses, and what they choose together.

    "most criteria" is the number that most choose, the smaller of two; "majority" is it only where more than half do;
    "null test, majority" is 1 where the test has no evidence of clusters.

    Args:
        points: Shape (replicas, patients, d).
        p_value: Of the null test, if it was made.
    """
    from retina_vae.clusters.k_comparison import choose_k
    from retina_vae.clusters.null import LEVEL
    from retina_vae.latent import Codes

    empty = np.zeros((len(points), 0, *points.shape[1:]), dtype=np.float32)
    table = choose_k(Codes(points, np.zeros_like(points), empty), configured().choice).choices
    counts = table["k"].value_counts()
    votes = float(counts.max() / len(table))
    most = int(counts.index[counts == counts.max()].min())
    majority = most if votes > 0.5 else None
    chosen = [Choice(name, int(k)) for name, k in table[["criterion", "k"]].itertuples(index=False)]
    chosen += [Choice("most criteria", most, votes), Choice("majority", majority, votes)]
    if p_value is not None:
        chosen.append(Choice("null test, majority", majority if p_value <= LEVEL else 1, votes))
    return chosen


def measure_groups(groups: int, separation: str, number: int, method: str) -> list[dict[str, Any]]:
    """One row per criterion; an adjusted Rand index with a single group has no meaning and is left out."""
    start_worker()
    cohort = draw_cohort(groups, separation, number)
    started = time.perf_counter()
    found = METHODS[method](cohort.patients)
    seconds = time.perf_counter() - started
    known: dict[int, float] = {}

    def agreement(k: int | None) -> float:
        if k is None or groups == 1:
            return np.nan
        if k not in known:
            known[k] = float(adjusted_rand_score(cohort.truth, found.partition(k)))
        return known[k]

    shared: dict[str, Any] = {"ari_true_k": agreement(groups), "ari_limit": cohort.limit if groups > 1 else np.nan}
    shared |= {"p_value": found.p_value, "seconds": seconds}
    key = dict(zip(GROUP_KEYS, (groups, separation, number, method), strict=True))
    return [
        key | {"criterion": c.criterion, "k": c.k, "votes": c.votes, "ari": agreement(c.k)} | shared
        for c in found.choices
    ]


# Cohorts for the null test.


def three_diseases(count: int, rng: np.random.Generator) -> pd.DataFrame:
    """The paper's simulated cohort."""
    return simulate(diseases(), MACULAR, count // 3, int(rng.integers(2**31)))


def shuffled_columns(count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Three diseases with every column shuffled by itself: the same margins, no dependence."""
    patients = three_diseases(count, rng)
    return patients.assign(**{c.name: patients[c.name].to_numpy()[rng.permutation(count)] for c in MACULAR.inputs})


def one_bell(count: int, rng: np.random.Generator) -> pd.DataFrame:
    """One multivariate normal with random correlations, cut into the three diseases' categories; age stays normal.

    The correlations are those of 8 random points in 6 dimensions; a category's order is random.
    """
    margins = three_diseases(count, rng)
    correlation: FloatArray = np.asarray(
        np.corrcoef(rng.standard_normal((len(MACULAR.inputs) + 2, len(MACULAR.inputs))), rowvar=False)
    )
    normals = rng.multivariate_normal(np.zeros(len(correlation)), correlation, size=count)
    table = {}
    for column, z in zip(MACULAR.inputs, normals.T, strict=True):
        values = margins[column.name]
        if column.numeric:
            table[column.name] = pd.Series(values.mean() + values.std() * z).clip(column.minimum, column.maximum)
            continue
        order = rng.permutation(np.array(column.categories))
        edges = values.value_counts(normalize=True)[list(order)].cumsum().to_numpy()[:-1]
        table[column.name] = pd.Series(order[np.searchsorted(edges, ndtr(z))])
    return pd.DataFrame(table)


def fitted_copula(count: int, rng: np.random.Generator) -> pd.DataFrame:
    """A draw from the Gaussian copula fitted to three diseases: the null hypothesis itself."""
    from retina_vae.clusters.copula import fit_copula

    copula = fit_copula(three_diseases(count, rng), MACULAR)
    return copula.encoding.decode(copula.draw(rng))


def one_disease(count: int, rng: np.random.Generator) -> pd.DataFrame:
    """One of the three diseases, drawn at random, by itself."""
    patients = simulate(diseases(), MACULAR, count, int(rng.integers(2**31)))
    return patients[patients["disease"] == rng.choice(MACULAR["disease"].categories)].reset_index(drop=True)


KINDS: dict[str, Callable[[int, np.random.Generator], pd.DataFrame]] = {
    "shuffled columns": shuffled_columns,
    "one bell": one_bell,
    "fitted copula": fitted_copula,
    "one disease": one_disease,
    "three diseases": three_diseases,
}


def measure_null(kind: str, count: int, number: int) -> list[dict[str, Any]]:
    """The row of one cohort."""
    from retina_vae.clusters.null import null_test

    start_worker()
    started = time.perf_counter()
    patients = KINDS[kind](count, np.random.default_rng([SEED, list(KINDS).index(kind), count, number]))
    test = null_test(patients, MACULAR, NULL_DRAWS, SEED + number, threads=1)
    row = dict(zip(NULL_KEYS, (kind, count, number), strict=True)) | {"statistic": test.statistic}
    row |= {"largest_draw": float(test.null_draws.max()), "p_value": test.p_value, "verdict": test.verdict}
    return [row | {"seconds": time.perf_counter() - started}]


# Running and summing up.


def start_worker() -> None:
    """One thread for each process."""
    import torch
    from threadpoolctl import threadpool_limits

    from retina_vae.vae.memory import keep_freed_memory

    torch.set_num_threads(1)
    threadpool_limits(1)
    keep_freed_memory()


def fill(
    path: Path, keys: list[str], tasks: list[tuple[Any, ...]], measure: Callable[..., list[dict[str, Any]]], jobs: int
) -> pd.DataFrame:
    """Measure the tasks that the table lacks and write it after each; its rows stay in the order of the tasks."""
    done = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=keys)
    known = set(done[keys].itertuples(index=False, name=None))
    waiting, place = [task for task in tasks if task not in known], {task: i for i, task in enumerate(tasks)}
    with progress(path.stem, len(waiting), lines=50) as advance, ProcessPoolExecutor(jobs) as pool:
        running = {pool.submit(measure, *task): task for task in waiting}
        for number, job in enumerate(as_completed(running), start=1):
            rows = pd.DataFrame(job.result()).round(4)
            done = pd.concat([done, rows], ignore_index=True) if len(done) else rows
            order = [place.get(task, len(tasks)) for task in done[keys].itertuples(index=False, name=None)]
            done = done.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)
            write_table(done.astype({c: "Int64" for c in ("k", "cohort") if c in done.columns}), path)
            advance(number, str(running[job]))
    return pd.read_csv(path)


def summarize_null(table: pd.DataFrame) -> pd.DataFrame:
    """Rejections at 0.05 and at the verdict's level, with the exact interval of Clopper and Pearson (1934), 95 %."""
    from retina_vae.clusters.null import LEVEL

    def rejected(p_values: pd.Series, level: float) -> str:
        found = binomtest(int((p_values <= level + 1e-9).sum()), len(p_values))
        interval = found.proportion_ci(confidence_level=0.95, method="exact")
        return f"{found.k} of {found.n} [{100 * interval.low:.1f} %, {100 * interval.high:.1f} %]"

    rows = [
        {"cohorts": kind, "patients": count}
        | {f"p <= {level:g}": rejected(own["p_value"], level) for level in (0.05, LEVEL)}
        | {"smallest p": own["p_value"].min(), "seconds": round(own["seconds"].median(), 1)}
        for (kind, count), own in table.groupby(["kind", "patients"], sort=False)
    ]
    return pd.DataFrame(rows)


def summarize_choices(table: pd.DataFrame) -> pd.DataFrame:
    """Per method and criterion: in how many cohorts the true number is chosen, and the lowest and highest chosen."""

    def cell(own: pd.DataFrame) -> str:
        chosen = own["k"].dropna().astype(int)
        right = f"{int((own['k'] == own['groups']).sum())} of {len(own)}"
        span = (
            f"{chosen.min()}" if chosen.nunique() == 1 else f"{chosen.min()}-{chosen.max()}" if len(chosen) else "none"
        )
        return f"{right} ({span})"

    rows = []
    for (method, criterion), own in table.groupby(["method", "criterion"], sort=False):
        cases = {f"{g} {s}": cell(part) for (g, s), part in own.groupby(["groups", "separation"], sort=False)}
        rows.append({"method": method, "criterion": criterion} | cases)
    return pd.DataFrame(rows)


def summarize_agreement(table: pd.DataFrame) -> pd.DataFrame:
    """Per method: median adjusted Rand index at the true number of groups and at the number chosen, beside the limit.

    The number chosen is the one of "most criteria", or of the BIC.
    """
    chosen = table[table["criterion"].isin(["most criteria", "BIC"]) & (table["groups"] > 1)]
    medians = chosen.groupby(["groups", "separation", "method"], sort=False)[
        ["ari_limit", "ari_true_k", "ari"]
    ].median()
    wide = medians.unstack("method")
    limits = medians["ari_limit"].groupby(["groups", "separation"], sort=False).first()
    flat = pd.DataFrame({"limit": limits})
    for method in chosen["method"].unique():
        flat[f"{method}, true k"] = wide["ari_true_k"][method]
        flat[f"{method}, chosen k"] = wide["ari"][method]
    return flat.round(3).reset_index()


def show(title: str, table: pd.DataFrame) -> None:
    print(f"\n{title}\n\n{table.to_markdown(index=False)}", flush=True)


def run_null(folder: Path, cohorts: int, jobs: int) -> None:
    sizes = {600: cohorts, PATIENTS: math.ceil(cohorts / 5)}
    tasks = [(kind, size, number) for size, most in sizes.items() for kind in KINDS for number in range(1, most + 1)]
    show("The test for clusters", summarize_null(fill(folder / "null-test.csv", NULL_KEYS, tasks, measure_null, jobs)))


def run_groups(folder: Path, cohorts: int, jobs: int) -> None:
    if find_spec("stepmix") is None:
        raise ConfigurationError(
            "latent class analysis: expected StepMix, which the package does not depend on, but it is not installed. "
            "Run `pip install stepmix==3.0.0`."
        )
    tasks = [(*case, number, method) for number in range(1, cohorts + 1) for case in CASES for method in METHODS]
    table = fill(folder / "recovered-clusters.csv", GROUP_KEYS, tasks, measure_groups, jobs)
    show("The number of clusters", summarize_choices(table))
    show("Agreement with the true groups", summarize_agreement(table))
    show("Seconds per cohort, median", table.groupby("method", sort=False)["seconds"].median().round(1).reset_index())


def main(
    part: Annotated[Part | None, typer.Option(help="One part alone.")] = None,
    cohorts: Annotated[int, typer.Option(min=1, help="Cohorts of each case of known groups.")] = 5,
    null_cohorts: Annotated[
        int, typer.Option(min=1, help="Null cohorts of each kind and 600 patients; a fifth as many of 3,000.")
    ] = 100,
    threads: Annotated[int, typer.Option(min=1, help="Cohorts at the same time, each on one thread.")] = 1,
    folder: Annotated[Path, typer.Option(help="Where the tables are.")] = ROOT / "docs",
) -> None:
    """Measure the test for clusters and the recovered number of clusters; go on where a stopped run was."""
    try:
        if part in (None, Part.NULL):
            run_null(folder, null_cohorts, threads)
        if part in (None, Part.GROUPS):
            run_groups(folder, cohorts, threads)
    except RetinaVaeError as error:
        print(f"Error: {error}", file=sys.stderr)
        raise typer.Exit(2) from None


if __name__ == "__main__":
    typer.run(main)
