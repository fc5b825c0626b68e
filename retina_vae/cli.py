"""The command line: one command per stage, each of which loads, calls and saves.

A fault that the user can mend is one message on standard error and exit code 2. Heavy libraries are imported inside
the commands that need them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retina_vae.atomic import exit_when_terminated
from retina_vae.commands import (
    assign,
    choice,
    compare,
    decoding,
    describe,
    describe_table,
    doubt,
    explorer,
    init,
    latent_structure,
    resamples,
    stability,
)
from retina_vae.commands.options import ConfigPath, ModelName, Threads
from retina_vae.commands.training import training_cohort
from retina_vae.config import Configuration, export_schema, load_configuration
from retina_vae.errors import InputError, RetinaVaeError
from retina_vae.files import read_table, write_table, write_text
from retina_vae.runs import run_settings
from retina_vae.studies import STUDIES, find_study

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
for name in STUDIES:
    if (study_commands := find_study(name).commands) is not None:
        app.add_typer(study_commands(), name=name, help=f"Commands of the study {name!r}.")
for own in (
    init,
    describe_table,
    latent_structure,
    resamples,
    choice,
    stability,
    describe,
    doubt,
    explorer,
    decoding,
    assign,
    compare,
):
    app.add_typer(own.app)


def main() -> None:
    """Run the command line; exit code 2 on a fault that the user can mend."""
    try:
        with exit_when_terminated():
            app()
    except RetinaVaeError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


@app.command()
def cohort(config: ConfigPath) -> None:
    """Get the patients from their source, and summarise them."""
    from retina_vae.cohort import summarize

    settings = load_configuration(config)
    study, folder = settings.own_study, settings.folder / "cohort"
    found = settings.source.load(settings.cohort, None if study is None else study.schema)
    floor = settings.small_cell_floor
    write_table(found.patients, folder / "patients.parquet")
    write_text(found.schema.to_yaml(), folder / "schema.yaml")
    if found.table_schema is not None:
        write_text(found.table_schema.to_yaml(), folder / "table_schema.yaml")
    else:
        # What an earlier run from a table has left says nothing of these patients.
        (folder / "table_schema.yaml").unlink(missing_ok=True)
    write_table(summarize(found.patients, found.schema, found.epidemiology, floor=floor), folder / "summary.csv")
    if found.refused is not None:
        write_table(found.refused, folder / "refused.csv")
        _say(f"cohort: {found.refused['row'].nunique()} rows were refused; {folder / 'refused.csv'} says which and why")
    for warning in found.warnings:
        _say(f"cohort: warning: {warning}")
    _say(f"cohort: {len(found.patients)} patients ({settings.cohort.source}) in {folder}")


@app.command()
def vae(config: ConfigPath, model: ModelName, threads: Threads = 1) -> None:
    """Train all replicas of one model."""
    import torch

    from retina_vae.progress import progress
    from retina_vae.vae import ModelDescription, fit_replicas, replica_seeds, resolve_device, save_model
    from retina_vae.vae.memory import keep_freed_memory

    settings = load_configuration(config)
    chosen, latent_dim, replicas = settings.model(model)
    torch.set_num_threads(threads)
    keep_freed_memory()
    device = resolve_device(settings.device)
    given = training_cohort(settings, chosen)
    seeds = replica_seeds(chosen.seed, replicas)
    description = ModelDescription.from_settings(chosen, latent_dim, seeds, given.encoding, str(device), given.classes)
    _say(f"vae: {replicas} replicas of {model} ({latent_dim} latent dimensions) on {device}")
    with progress(f"vae {model}, epochs over replicas", (chosen.epochs + chosen.refit_epochs) * replicas) as advance:
        trained, history = fit_replicas(
            given.patients,
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
    from retina_vae.cohort.simulated import load_epidemiology
    from retina_vae.evaluation import evaluate_run, fresh_patients, model_summary, unreliable_models
    from retina_vae.progress import progress
    from retina_vae.vae.memory import keep_freed_memory

    settings = load_configuration(config)
    folder = settings.folder / "vae"
    keep_freed_memory()
    patients, schema = _patients(settings)
    fresh, statistics = None, settings.cohort.epidemiology
    if settings.source.simulated and statistics is not None:
        fresh = fresh_patients(load_epidemiology(Path(statistics), schema), schema, settings.evaluation)
    with progress("evaluate, models", len(settings.models)) as advance:
        tables = evaluate_run(settings, patients, schema, fresh, threads, advance)
    write_table(tables.models, folder / "evaluation.csv")
    write_table(tables.dimensions, folder / "posterior.csv")
    if tables.calibration is not None:
        for table_name, table in tables.calibration._asdict().items():
            write_table(table, folder / f"{table_name}.csv")
        for model in unreliable_models(tables.calibration.proposals):
            _say(
                f"evaluate: warning: the weights of the corrected codes of {model} cannot be relied on (k-hat above "
                f"0.7) for more than 1 % of the patients of a replica; {folder / 'proposals.csv'} says how many. Raise "
                "latent.proposals, or train the model so that its encoder fits its decoder (vae.refit_epochs)."
            )
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
    write_table(codes.to_table(patients[schema.identifier].tolist(), schema.identifier), folder / "codes.parquet")
    _say(f"latent: {settings.latent.draws} draws per patient under {description.replicas} replicas in {folder}")


@app.command()
def clusters(
    config: ConfigPath,
    reference: Annotated[
        Path | None, typer.Option(help="A partition (patient_id, row) to number the clusters by; by size without it.")
    ] = None,
    threads: Threads = 1,
) -> None:
    """Cluster the codes, and compare the replicas."""
    from retina_vae.clusters import cluster_codes
    from retina_vae.disclosure import suppress_small_clusters
    from retina_vae.latent import Codes

    settings = run_settings(config)
    dim, folder = settings.clusters.latent_dim, settings.folder / "clusters"
    patients, schema = _patients(settings)
    ids = patients[schema.identifier].tolist()
    codes = Codes.from_table(read_table(settings.folder / "latent" / f"d{dim}" / "codes.parquet"), ids)
    history = read_table(settings.folder / "vae" / f"d{dim}" / "history.parquet")
    losses = history.groupby("replica")["loss"].last().to_numpy()
    known = None if reference is None else _partition(reference, ids)
    tables = cluster_codes(codes, ids, losses, settings.clusters, known, threads, schema.identifier)
    chosen = tables.assignments["cluster"]
    floor, sizes = settings.small_cell_floor, chosen.value_counts()
    write_table(tables.assignments, folder / "assignments.parquet")
    write_table(tables.assignments, folder / "assignments.csv")
    for name in ("centers", "replicas", "agreement"):
        write_table(getattr(tables, name), folder / f"{name}.csv")
    write_table(suppress_small_clusters(tables.stability, sizes, floor, ["size"]), folder / "stability.csv")
    k = settings.clusters.number
    _say(f"clusters: {k} cluster{'s'[: k != 1]} of {len(patients)} patients in {folder}")


@app.command()
def report(config: ConfigPath) -> None:
    """Draw the figures and write the cluster report."""
    from retina_vae.report import RunTables, StudyPages, draw_figures, render_report, save_figures

    settings = load_configuration(config)
    folder, study = settings.folder, settings.own_study
    tables = RunTables.load(folder)
    pages = StudyPages() if study is None or study.pages is None else study.pages(folder, settings)
    figures = draw_figures(tables)
    save_figures(figures, folder / "report" / "figures")
    write_text(render_report(tables, figures, pages), folder / "report" / "report.html")
    _say(f"report: {folder / 'report' / 'report.html'}")


@app.command()
def manifest(config: ConfigPath) -> None:
    """Write down what the run was made from."""
    import json

    from retina_vae.manifest import describe_run

    settings = load_configuration(config)
    inputs = settings.source.files(settings.cohort)
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
    table = read_table(path, ["row"])
    rows = table.set_index(table.iloc[:, 0].astype("str"))["row"]
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
