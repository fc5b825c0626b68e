"""A small finished run, made of synthetic tables."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from retina_vae.clusters.description.table1 import table1, table1_html, table1_markdown
from retina_vae.cohort import CohortSchema
from retina_vae.cohort.outliers import find_outliers
from retina_vae.config import Configuration
from retina_vae.config_files import parse_configuration
from retina_vae.files import write_table, write_text
from retina_vae.report import RunTables, draw_figures
from retina_vae.report.figures import PatientMap, patient_map
from retina_vae.studies.macular.schema import MACULAR
from tests.report.cohorts import CLINIC, clinic_patients, macular_patients, summary_of
from tests.report.family import FAMILY, write_decoded, write_factors, write_measures
from tests.report.released import People, people_of, release, with_floor
from tests.report.trust import write_trust

BASE: dict[str, dict[str, Any]] = {
    "cohort": {"source": "simulated"},
    "vae": {
        "latent_dims": [2, 3, 4],
        "likelihood": "squared_error",
        "input_scaling": "raw",
        "objective": "elbo",
        "kl_weight": 0.05,
        "draws_per_patient": 1,
        "refit_epochs": 0,
        "posterior": "diagonal",
        "seed": 7,
    },
    "latent": {"correction": "none"},
    "clusters": {"k": 6, "latent_dim": 3, "on": "draws"},
}


CLINIC_RUN: dict[str, dict[str, Any]] = {
    "disclosure": {"small_cell_floor": 11},
    "vae": {"latent_dims": [2], "likelihood": "typed", "input_scaling": "by_kind", "kl_weight": 1.0},
    "clusters": {"latent_dim": 2, "on": "means"},
}


def of_a_table(tables: RunTables) -> RunTables:
    """The tables of a run whose patients come from a table."""
    cohort = tables.configuration.cohort.model_copy(update={"source": "table"})
    return replace(tables, configuration=tables.configuration.model_copy(update={"cohort": cohort}))


def write_run(folder: Path, **arguments: Any) -> Path:
    """Write a run as :func:`write_tables` does, and release it."""
    return release(write_tables(folder, **arguments))


def write_tables(
    folder: Path,
    per_disease: int = 40,
    replicas: int = 3,
    epochs: int = 30,
    patients: pd.DataFrame | None = None,
    schema: CohortSchema = MACULAR,
    **changes: Any,
) -> Path:
    """Write every table that the gate reads: six blobs of codes.

    Args:
        folder: Of the run.
        per_disease: Patients of each disease, where ``patients`` are not given.
        replicas: Of the clustered model.
        epochs: Of the training.
        patients: Others than the paper's.
        schema: Of the patients.
        changes: Sections of the configuration, whose keys go before those of the small run.
    """
    sizes = {"epochs": epochs, "replicas": replicas, "comparison_replicas": min(replicas, 4)}
    base = BASE | {"vae": BASE["vae"] | sizes}
    sections = {name: base.get(name, {}) | own if isinstance(own, dict) else own for name, own in changes.items()}
    settings = {"run": "small", "results": str(folder.parent)} | base | sections
    configuration = parse_configuration(settings, "test")
    write_text(configuration.to_yaml(), folder / "config.yaml")
    rng = np.random.default_rng(7)
    patients = macular_patients(per_disease) if patients is None else patients
    _write_cohort(folder, patients, schema)
    cells = _cells(patients) if schema is MACULAR else np.arange(len(patients)) % 6
    cells = cells % min(configuration.clusters.number, 6)
    _write_histories(folder, configuration, [f"d{dim}" for dim in configuration.vae.latent_dims], rng)
    _write_histories(folder, configuration, list(configuration.family), np.random.default_rng(8))
    write_measures(folder, configuration)
    write_factors(folder, configuration, schema)
    write_decoded(folder, configuration, patients, schema)
    _write_codes(folder, configuration, patients, cells, rng)
    _write_clusters(folder, configuration, patients, cells, rng, schema)
    _write_number(folder, configuration)
    return folder


def _write_cohort(folder: Path, patients: pd.DataFrame, schema: CohortSchema) -> None:
    write_text(schema.to_yaml(), folder / "cohort/schema.yaml")
    write_table(patients, folder / "cohort/patients.parquet")
    write_table(summary_of(patients, schema), folder / "cohort/summary.csv")
    write_table(find_outliers(patients, schema), folder / "cohort/outliers.csv")


def _cells(patients: pd.DataFrame) -> np.ndarray:
    """The cell of each patient, 0..5: {Asian or not} x {polyps; drusen without polyps; neither}."""
    polyps, drusen = patients["polyps"] == "present", patients["drusen"] == "present"
    finding = np.select([polyps, drusen], [0, 1], 2)
    return np.asarray((patients["race"] == "Asian") * 3 + finding, dtype=int)


def _write_histories(folder: Path, configuration: Configuration, models: list[str], rng: np.random.Generator) -> None:
    epochs = np.arange(1, configuration.vae.epochs + 1)
    for name in models:
        tables, (_, dimension, replicas) = [], configuration.model(name)
        for replica in range(1, replicas + 1):
            kl = 2.0 + 0.3 * dimension + 0 * epochs
            end = -978 - 1.5 * dimension + rng.normal(0, 0.8)
            reconstruction = (
                end + 1100 * np.exp(-epochs / 2) + 20 * np.exp(-epochs / 60) + rng.normal(0, 0.5, len(epochs))
            )
            loss = reconstruction + 0.3 * kl
            columns = {"epoch": epochs, "loss": loss, "reconstruction": reconstruction, "kl": kl}
            tables.append(pd.DataFrame({"replica": replica, **columns}))
        write_table(pd.concat(tables), folder / f"vae/{name}/history.parquet")


def _write_codes(
    folder: Path, configuration: Configuration, patients: pd.DataFrame, cells: np.ndarray, rng: np.random.Generator
) -> None:
    dimension = configuration.clusters.latent_dim
    corners = np.array(list(itertools.product((-1.5, 1.5), (-0.5,), (-2.0, 0.2, 2.0))))
    corners = np.hstack([corners, rng.normal(0, 1, (6, 8))])[:, :dimension]
    age = rng.normal(0, 1, len(patients))
    tables = []
    for replica in range(1, configuration.vae.replicas + 1):
        mean = corners[cells] + 0.35 * age[:, None] * np.linspace(0.2, 1, dimension)
        mean = mean + rng.normal(0, 0.15, mean.shape)
        columns = {"replica": replica, "patient_id": patients["patient_id"]}
        for j in range(dimension):
            columns |= {f"mean_{j + 1}": mean[:, j], f"scale_{j + 1}": 0.15}
        for s, j in itertools.product((1, 2), range(dimension)):
            columns[f"draw_{s}_{j + 1}"] = mean[:, j] + rng.normal(0, 0.15, len(mean))
        tables.append(pd.DataFrame(columns))
    write_table(pd.concat(tables), folder / f"latent/d{dimension}/codes.parquet")


def _write_clusters(
    folder: Path,
    configuration: Configuration,
    patients: pd.DataFrame,
    cells: np.ndarray,
    rng: np.random.Generator,
    schema: CohortSchema,
) -> None:
    replicas = range(1, configuration.vae.replicas + 1)
    clusters = np.unique(cells, return_inverse=True)[1] + 1
    probability = np.clip(1 - rng.exponential(0.05, len(cells)), 0.4, 1)
    assignments = pd.DataFrame({"patient_id": patients["patient_id"], "cluster": clusters, "draw_share": probability})
    assignments["consensus_cluster"] = clusters
    for replica in replicas:
        assignments[f"replica_{replica}"] = clusters
    for suffix in ("parquet", "csv"):
        write_table(assignments, folder / f"clusters/assignments.{suffix}")
    numbers = np.arange(1, clusters.max() + 1)
    aris = {pair: 0.55 + 0.4 * rng.random() for pair in itertools.combinations(replicas, 2)}
    agreement = pd.DataFrame(
        [{"replica_a": a, "replica_b": b, "ari": ari} for (a, b), ari in aris.items()],
        columns=["replica_a", "replica_b", "ari"],
    )
    write_table(agreement, folder / "clusters/agreement.csv")
    means = [np.mean([ari for pair, ari in aris.items() if r in pair] or [np.nan]) for r in replicas]
    table = {"replica": replicas, "loss": rng.normal(-982, 1, len(means)), "within_ss": rng.normal(900, 30, len(means))}
    reported = np.arange(len(means)) == 1 % len(means)
    write_table(pd.DataFrame({**table, "mean_ari": means, "reported": reported}), folder / "clusters/replicas.csv")
    stability = pd.DataFrame({"cluster": numbers, "size": assignments.groupby("cluster").size().to_numpy()})
    stability["jaccard_mean"] = np.linspace(0.4, 0.99, len(numbers))
    stability["jaccard_min"] = stability["jaccard_mean"] - 0.1
    write_table(stability, folder / "clusters/stability.csv")
    write_trust(folder, configuration, patients, assignments, probability, schema)
    baseline = table1(patients, assignments["cluster"], schema)
    write_table(baseline, folder / "clusters/table1.csv")
    write_text(table1_markdown(baseline, schema), folder / "clusters/table1.md")
    write_text(table1_html(baseline, schema), folder / "clusters/table1.html")
    texts = [f"Asian women with polyps, number {n}; all without drusen." for n in numbers]
    write_table(pd.DataFrame({"cluster": numbers, "description": texts}), folder / "clusters/descriptions.csv")


def write_structure(folder: Path, answer: str = "groups", k: int = 3, sign: float = 1.0) -> None:
    """Groups of three that beat a continuum, which beats the bell; ``sign`` -1 turns the former around."""
    write_table(
        pd.DataFrame([{"answer": answer, "k": k, "patients": 60, "folds": 3, "seed": 1}]),
        folder / "clusters/latent_structure.csv",
    )
    gains = {"bell": [0.0], "continuum": [0.1], "closed curve": [0.05], "classes": [-0.1, 0.2, 0.15]}
    rows = [
        {"family": family, "candidate": f"{family} {number}", "groups": number + 1 if family == "classes" else 1}
        | {"factors": 0, "log_density": gain - 5, "difference": gain, "standard_error": 0.02}
        for family, values in gains.items()
        for number, gain in enumerate(values, start=1)
    ]
    rows.append(rows[-2] | {"candidate": "3 classes, 1 factor", "factors": 1, "difference": 0.19, "log_density": -4.81})
    write_table(pd.DataFrame(rows), folder / "clusters/latent_structure_candidates.csv")
    pairs = [
        ("continuum_bell", "a continuum", "one bell", 0.1),
        ("groups_bell", "groups", "one bell", 0.2),
        ("groups_smooth", "groups of one spread", "a smooth continuum", 0.1 * sign),
        ("groups_curves", "groups", "any curve", 0.15 * sign),
    ]
    compared = [
        {"comparison": name, "first": first, "second": second, "difference": value, "standard_error": 0.02}
        | {"low": value - 0.0392, "high": value + 0.0392, "z": value / 0.02}
        for name, first, second, value in pairs
    ]
    write_table(pd.DataFrame(compared), folder / "clusters/latent_structure_comparisons.csv")


def _write_number(folder: Path, configuration: Configuration) -> None:
    """Criteria of 1 to 5 clusters that are highest at 3."""
    rows = pd.DataFrame([{"replica": r, "k": k} for r in range(1, configuration.vae.replicas + 1) for k in range(1, 6)])
    names = ["within_ss", "silhouette", "calinski_harabasz", "gap", "gap_error"]
    names += ["prediction_strength", "prediction_strength_error", "smallest"]
    for name in names:
        rows[name] = 10.0 - (rows["k"] - 3) ** 2 + 0.1 * rows["replica"]
    write_table(rows, folder / "clusters/criteria.csv")
    chosen = {"k": 3, "lowest": [2, 3], "highest": [3, 3], "tried": 5}
    choices = pd.DataFrame({"criterion": ["silhouette", "gap"]} | chosen)
    tree = [
        (r, k, c, 100 // k, min(c, k - 1), 100 // k, 1.0)
        for r in (1, 2, 3)
        for k in range(1, 6)
        for c in range(1, k + 1)
    ]
    columns = ["replica", "k", "cluster", "size", "parent", "patients", "share"]
    write_table(pd.DataFrame(tree, columns=columns), folder / "clusters/tree.csv")
    write_table(choices.assign(label=choices["criterion"], rule="the largest"), folder / "clusters/choices.csv")
    write_structure(folder)
    write_text("Both criteria choose 3 clusters.\n", folder / "clusters/choice.txt")


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small run; read it, never write into it."""
    return write_run(tmp_path_factory.mktemp("results") / "small")


@pytest.fixture(scope="session")
def family_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run with a family of models that is decoded and pictured; read it, never write into it."""
    return write_run(tmp_path_factory.mktemp("results") / "family", **FAMILY)


@pytest.fixture(scope="session")
def family(family_folder: Path) -> RunTables:
    return RunTables.load(family_folder)


@pytest.fixture(scope="session")
def make_run() -> Callable[..., Path]:
    """Writes a run with other settings into a folder of the test's own."""
    return write_run


@pytest.fixture(scope="session")
def tables(run_folder: Path) -> RunTables:
    return RunTables.load(run_folder)


@pytest.fixture(scope="session")
def figures(tables: RunTables) -> dict[str, Figure]:
    """Those of the small run; a page keeps them, so a page with other words is made faster with them than without."""
    return draw_figures(tables)


@pytest.fixture(scope="session")
def family_figures(family: RunTables) -> dict[str, Figure]:
    return draw_figures(family)


@pytest.fixture(scope="session")
def where(tables: RunTables) -> PatientMap:
    return patient_map(tables.points, tables.centers, tables.sizes, tables.cohort.groups, tables.account.patients)


@pytest.fixture(scope="session")
def clinic_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a clinic's table without an outcome and with gaps; read it, never write into it."""
    folder = tmp_path_factory.mktemp("results") / "clinic"
    return write_run(folder, patients=clinic_patients(300), schema=CLINIC, **CLINIC_RUN)


@pytest.fixture(scope="session")
def clinic(clinic_folder: Path) -> RunTables:
    """The clinic's run, in which counts of fewer than 11 patients are not shown."""
    return of_a_table(RunTables.load(clinic_folder))


@pytest.fixture(scope="session")
def open_clinic(clinic_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> RunTables:
    """The same with all counts shown."""
    return of_a_table(with_floor(clinic_folder, 0, tmp_path_factory.mktemp("open")))


@pytest.fixture(scope="session")
def people(run_folder: Path) -> People:
    """The patients of the small run."""
    return people_of(run_folder)


@pytest.fixture(scope="session")
def clinic_people(clinic_folder: Path) -> People:
    """The patients of the clinic's run."""
    return people_of(clinic_folder)
