"""The command line: one command per stage, each of which loads, calls and saves.

A fault that the user can mend is one message on standard error and exit code 2. Heavy libraries are imported inside
the commands that need them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retina_vae.commands import assign, choice, compare, decoding, describe, doubt, explorer, stability
from retina_vae.commands.options import ConfigPath, ModelName, Threads
from retina_vae.config import Configuration, export_schema, load_configuration
from retina_vae.errors import InputError, RetinaVaeError
from retina_vae.files import read_table, write_table, write_text

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from retina_vae.cohort import CohortSchema
    from retina_vae.vae import History

app = typer.Typer(
    help="Latent clustering of clinical cohorts with variational autoencoders.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for own in (choice, stability, describe, doubt, explorer, decoding, assign, compare):
    app.add_typer(own.app)


def main() -> None:
    """Run the command line; exit code 2 on a fault that the user can mend."""
    try:
        app()
    except RetinaVaeError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


@app.command()
def cohort(config: ConfigPath) -> None:
    """Simulate the patients or read the published ones, and summarise them."""
    from retina_vae.cohort import load_epidemiology, read_published, simulate, summarize
    from retina_vae.cohort.published import published_folder
    from retina_vae.studies.macular.schema import MACULAR

    settings = load_configuration(config)
    chosen, folder = settings.cohort, settings.folder / "cohort"
    epidemiology = load_epidemiology(Path(chosen.epidemiology), MACULAR)
    if chosen.source == "published":
        patients = read_published(published_folder(chosen.published_folder), MACULAR)
    else:
        patients = simulate(epidemiology, MACULAR, chosen.patients_per_disease, chosen.seed)
    write_table(patients, folder / "patients.parquet")
    write_text(MACULAR.to_yaml(), folder / "schema.yaml")
    write_table(summarize(patients, epidemiology, MACULAR, floor=settings.small_cell_floor), folder / "summary.csv")
    _say(f"cohort: {len(patients)} patients ({chosen.source}) in {folder}")


@app.command()
def vae(config: ConfigPath, model: ModelName, threads: Threads = 1) -> None:
    """Train all replicas of one model."""
    import torch

    from retina_vae.cohort import fit_encoding
    from retina_vae.latent.encode import patient_features
    from retina_vae.progress import progress
    from retina_vae.vae import ModelDescription, Patients, fit_replicas, replica_seeds, resolve_device, save_model
    from retina_vae.vae.memory import keep_freed_memory

    settings = load_configuration(config)
    chosen, latent_dim, replicas = settings.model(model)
    torch.set_num_threads(threads)
    keep_freed_memory()
    device = resolve_device(settings.device)
    patients, schema = _patients(settings)
    encoding = fit_encoding(patients, schema, chosen.input_scaling)
    seeds, classes = replica_seeds(chosen.seed, replicas), schema.diagnosis.categories
    description = ModelDescription.from_settings(chosen, latent_dim, seeds, encoding, str(device), classes)
    labels = torch.tensor(patients[schema.diagnosis.name].cat.codes.to_numpy(), dtype=torch.int64)
    _say(f"vae: {replicas} replicas of {model} ({latent_dim} latent dimensions) on {device}")
    with progress(f"vae {model}, epochs over replicas", (chosen.epochs + chosen.refit_epochs) * replicas) as advance:
        trained, history = fit_replicas(
            Patients(patient_features(encoding, patients), labels),
            description,
            chosen,
            device,
            lambda done, loss: advance(done, f"loss {loss.mean().item():.4f}"),
        )
    folder = settings.folder / "vae" / model
    save_model(trained, description, folder)
    write_table(_history_table(history), folder / "history.parquet")


@app.command()
def evaluate(config: ConfigPath, threads: Threads = 1) -> None:
    """Measure every model of the run, on fresh patients where the run simulates them."""
    from retina_vae.cohort import load_epidemiology
    from retina_vae.evaluation import evaluate_run, model_summary
    from retina_vae.progress import progress
    from retina_vae.vae.memory import keep_freed_memory

    settings = load_configuration(config)
    folder = settings.folder / "vae"
    keep_freed_memory()
    patients, schema = _patients(settings)
    epidemiology = load_epidemiology(Path(settings.cohort.epidemiology), schema)
    with progress("evaluate, models", len(settings.models)) as advance:
        tables = evaluate_run(settings, patients, schema, epidemiology, threads, advance)
    write_table(tables.models, folder / "evaluation.csv")
    write_table(tables.dimensions, folder / "posterior.csv")
    print(model_summary(tables.models).to_string(index=False, na_rep="-"))


@app.command()
def latent(config: ConfigPath, model: ModelName, threads: Threads = 1) -> None:
    """Encode the patients with one model and draw codes from q(z | x)."""
    import torch

    from retina_vae.latent.encode import patient_features
    from retina_vae.latent.sample import patient_codes
    from retina_vae.vae import load_model

    settings = load_configuration(config)
    settings.model(model)
    torch.set_num_threads(threads)
    patients, schema = _patients(settings)
    trained, description = load_model(settings.folder / "vae" / model)
    codes = patient_codes(trained, description, patient_features(description.encoding, patients), settings.latent)
    folder = settings.folder / "latent" / model
    write_table(codes.to_table(patients[schema.identifier].tolist()), folder / "codes.parquet")
    _say(f"latent: {settings.latent.draws} draws per patient under {description.replicas} replicas in {folder}")


@app.command()
def clusters(
    config: ConfigPath,
    reference: Annotated[
        Path | None, typer.Option(help="A partition (patient_id, row) to number the clusters by; by size without it.")
    ] = None,
    threads: Threads = 1,
) -> None:
    """Cluster the codes, compare the replicas, and tabulate what the clusters hold."""
    from retina_vae.clusters import cluster_codes, describe_clusters, render_table1, table1
    from retina_vae.disclosure import suppress_small_clusters
    from retina_vae.latent import Codes

    settings = load_configuration(config)
    dim, folder = settings.clusters.latent_dim, settings.folder / "clusters"
    patients, schema = _patients(settings)
    ids = patients[schema.identifier].tolist()
    codes = Codes.from_table(read_table(settings.folder / "latent" / f"d{dim}" / "codes.parquet"), ids)
    history = read_table(settings.folder / "vae" / f"d{dim}" / "history.parquet")
    losses = history.groupby("replica")["loss"].last().to_numpy()
    known = None if reference is None else _partition(reference, ids)
    tables = cluster_codes(codes, ids, losses, settings.clusters, known, threads)
    chosen = tables.assignments["cluster"]
    floor, sizes = settings.small_cell_floor, chosen.value_counts()
    counts = table1(patients, chosen, schema, floor=floor)
    shown = render_table1(counts, schema)
    write_table(tables.assignments, folder / "assignments.parquet")
    write_table(tables.assignments, folder / "assignments.csv")
    for name in ("centers", "replicas", "agreement"):
        write_table(getattr(tables, name), folder / f"{name}.csv")
    write_table(suppress_small_clusters(tables.stability, sizes, floor, ["size"]), folder / "stability.csv")
    write_table(counts, folder / "table1.csv")
    write_text(shown.to_markdown(index=False) + "\n", folder / "table1.md")
    write_text(shown.to_html(index=False, border=0) + "\n", folder / "table1.html")
    write_table(describe_clusters(patients, chosen, schema, floor=floor), folder / "descriptions.csv")
    _say(f"clusters: {settings.clusters.k} clusters of {len(patients)} patients in {folder}")


@app.command("audit-rules")
def audit_rules(config: ConfigPath) -> None:
    """Find the rules behind the paper's Table 1, and sort the patients by them."""
    import retina_vae.audit as room

    settings = load_configuration(config)
    folder = settings.folder / "audit"
    patients, schema = _patients(settings)
    rules, partition, errata = room.audit_rules(patients, schema, settings.cohort.source == "published")
    write_table(rules, folder / "rules.csv")
    write_table(partition, folder / "partition.parquet")
    if errata is not None:
        write_table(errata, folder / "errata.csv")
        _say(f"audit: {len(errata)} printed numbers are contradicted by the patients; see {folder / 'errata.csv'}")


@app.command()
def audit(config: ConfigPath) -> None:
    """Hold the run against the paper's claims and its Table 1."""
    from retina_vae.audit import audit_run

    settings = load_configuration(config)
    folder, dim = settings.folder, settings.clusters.latent_dim
    patients, _ = _patients(settings)
    tables = audit_run(
        patients=patients,
        partition=read_table(folder / "audit" / "partition.parquet"),
        assignments=read_table(folder / "clusters" / "assignments.parquet"),
        replicas=read_table(folder / "clusters" / "replicas.csv"),
        histories={d: read_table(folder / "vae" / f"d{d}" / "history.parquet") for d in settings.vae.latent_dims},
        codes=read_table(folder / "latent" / f"d{dim}" / "codes.parquet"),
        published=settings.cohort.source == "published",
        seed=settings.clusters.seed,
    )
    for name, table in tables.items():
        write_table(table, folder / "audit" / f"{name}.csv")
    _say(f"audit: {', '.join(tables)} in {folder / 'audit'}")


@app.command()
def report(config: ConfigPath) -> None:
    """Draw the figures and write the cluster report."""
    from retina_vae.report import RunTables, draw_figures, render_report, save_figures
    from retina_vae.studies.macular.report import study_pages

    settings = load_configuration(config)
    folder = settings.folder
    tables = RunTables.load(folder)
    figures = draw_figures(tables)
    save_figures(figures, folder / "report" / "figures")
    pages = study_pages(folder, settings)
    write_text(render_report(tables, figures, pages), folder / "report" / "report.html")
    _say(f"report: {folder / 'report' / 'report.html'}")


@app.command()
def manifest(config: ConfigPath) -> None:
    """Write down what the run was made from."""
    import json

    from retina_vae.cohort.published import PUBLISHED_FILES, published_folder
    from retina_vae.manifest import describe_run

    settings = load_configuration(config)
    inputs = [Path(settings.cohort.epidemiology)]
    if settings.cohort.source == "published":
        inputs += [published_folder(settings.cohort.published_folder) / name for name in PUBLISHED_FILES]
    path = settings.folder / "manifest.json"
    write_text(json.dumps(describe_run(settings, inputs), indent=2) + "\n", path)
    _say(f"manifest: {path}")


@app.command()
def schema() -> None:
    """Print the JSON schema of the configuration."""
    print(export_schema(), end="")


def _patients(settings: Configuration) -> tuple[pd.DataFrame, CohortSchema]:
    from retina_vae.cohort import read_cohort

    return read_cohort(settings.folder)


def _partition(path: Path, patient_ids: list[str]) -> NDArray[np.int64]:
    """0-based groups of a known partition, in the order of the patients."""
    rows = read_table(path, ["patient_id", "row"]).set_index("patient_id")["row"]
    if sorted(rows.index) != sorted(patient_ids) or rows.min() < 1:
        raise InputError(f"{path}: expected a row from 1 on for each of the {len(patient_ids)} patients of the cohort.")
    return rows.loc[patient_ids].to_numpy() - 1


def _history_table(history: History) -> pd.DataFrame:
    """One row per replica and epoch, both counted from 1."""
    import numpy as np
    import pandas as pd

    epochs, replicas = history.loss.shape
    table = {
        "replica": np.repeat(np.arange(1, replicas + 1), epochs),
        "epoch": np.tile(np.arange(1, epochs + 1), replicas),
    }
    terms = {name: values.T.reshape(-1).double().numpy() for name, values in history._asdict().items()}
    return pd.DataFrame(table | terms)


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
