"""How far two runs agree that differ in nothing but the seed: clusters of six public tables at the engine's defaults.

    export RETINA_VAE_TABLES=FOLDER_OF_SKSURV:FOLDER_OF_IMPUTATION_MASKS
    OMP_NUM_THREADS=1 python benchmarks/seeds.py --folder results/seeds --jobs 16

A run is what the workflow makes of a table with the configuration that `retina-vae init` writes: the latent dimension
by held-out evidence, the replicas, the models of resamples, the number of clusters, the clusters, and which of them
hold. Its steps are the commands of the workflow, called one after the other. The first run has the default seeds; of
every other all named seeds lie a thousand or more higher, so that no two runs share one. Each run also divides the
patients into 2 to 10 clusters, whatever number it found, and judges which of them hold: so it can be seen what the
number adds to the spread, and whether clusters that are called stable are found again where it finds none.

A stopped benchmark goes on at the step that it was in. The folder keeps of every run its assignments
(`assignments/TABLE-RUN.parquet`) and a row (`runs/TABLE-RUN.csv`); the tables are summed up from these alone
(seed_agreement.py), so the folders of the runs in `made` can be deleted once they are there.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import pandas as pd
import typer
from public_tables import TABLES, load
from seed_agreement import NUMBERS, summed_up
from threadpoolctl import threadpool_limits

from retina_vae.clusters.replica_clusters import cluster_codes
from retina_vae.clusters.retrained import retrained_stability
from retina_vae.commands import clusters, cohort, held_out, latent, latent_structure, resamples, stability, vae
from retina_vae.config import ClusterSettings, Configuration, StabilitySettings
from retina_vae.config_files import load_configuration, parse_configuration
from retina_vae.errors import ConfigurationError, RetinaVaeError
from retina_vae.files import write_table, write_text
from retina_vae.hashes import record_path
from retina_vae.initial_configuration import initial_configuration
from retina_vae.latent import Codes, read_codes
from retina_vae.latent.resampled import ResampledCodes
from retina_vae.opening import open_run
from retina_vae.report.evidence import Stability
from retina_vae.report.stability import judged_stability
from retina_vae.run import Run

TABLE = Path(__file__).parents[1] / "docs/seed-spread.csv"
APART = 1000
"""Between the seeds of one run and the next: more than a run has replicas, each of which takes the next seed."""

Dimensions = Literal["each-run", "chosen-once"]


class Unit(NamedTuple):
    """A run of a table: its number from 1, the latent dimension where it is set, and the device."""

    table: str
    number: int
    folder: Path
    latent_dim: int | None = None
    device: str = "cpu"

    @property
    def name(self) -> str:
        """Of its folder and its files."""
        return f"{self.table}-{self.number}"

    @property
    def made(self) -> Path:
        """The folder of the run."""
        return self.folder / "made" / self.name

    @property
    def row(self) -> Path:
        """What is kept of the run; written last."""
        return self.folder / "runs" / f"{self.name}.csv"

    @property
    def assignments(self) -> Path:
        """One row per patient, as :class:`seed_agreement.Made` says."""
        return self.folder / "assignments" / f"{self.name}.parquet"


def configured(unit: Unit) -> Configuration:
    """The configuration of a table as `retina-vae init` writes it, with the seeds of the run."""
    table, schema = (unit.folder / "tables" / f"{unit.table}{ending}" for ending in (".csv", ".schema.yaml"))
    initial = unit.folder / "tables" / f"{unit.table}.yaml"
    values = load_configuration(initial).model_dump(mode="json")
    values |= {"run": unit.name, "results": str(unit.folder / "made"), "device": unit.device}
    values["cohort"] |= {"table": str(table), "schema": str(schema)}
    for section in values.values():
        if isinstance(section, dict) and "seed" in section:
            section["seed"] += APART * (unit.number - 1)
    if unit.latent_dim is not None:
        values["vae"]["latent_dims"] = [unit.latent_dim]
    return parse_configuration(values, unit.name)


def open_unit(unit: Unit) -> Run:
    """The run, with its configuration written, which steps that are done must have had.

    Raises:
        SystemExit: The folder holds a run of another configuration.
    """
    settings, path = configured(unit), unit.made / "config.yaml"
    if path.exists() and load_configuration(path) != settings:
        raise SystemExit(f"{unit.made}: expected no run, or one of this configuration. Name another --folder.")
    write_text(settings.to_yaml(), path)
    return Run(settings, settings.folder)


def choose_dimension(unit: Unit) -> None:
    """Get the patients, and choose the latent dimension where it is left to the run."""
    run = open_unit(unit)
    config = run.folder / "config.yaml"
    _once(run, "cohort", lambda: cohort.cohort(config))
    if unit.latent_dim is None:
        _once(run, "held_out", lambda: held_out.held_out(config))


def measure(unit: Unit) -> str:
    """Make the run, as far as it is not there, and keep what is summed up; a word on what came out."""
    if unit.row.exists():
        return "is there"
    with threadpool_limits(1):
        try:
            choose_dimension(unit)
            run = open_unit(unit)
            _train(run)
            _group(run)
            return _kept(run.numbered(), unit)
        except RetinaVaeError as error:
            return f"FAILED: {error}"


def _train(run: Run) -> None:
    """The replicas with their codes, and the models of resamples."""
    config, model = run.folder / "config.yaml", run.settings.clustered_model
    _once(run, "vae", lambda: vae.vae(config, model), model)
    _once(run, "resamples", lambda: resamples.resamples(config))
    _once(run, "latent", lambda: latent.latent(config, model), model)


def _group(run: Run) -> None:
    """The number of clusters, the clusters, and which hold."""
    config = run.folder / "config.yaml"
    _once(run, "latent_structure", lambda: latent_structure.latent_structure(config))
    _once(run, "clusters", lambda: clusters.clusters(config))
    _once(run, "stability", lambda: stability.stability(config))


def _once(run: Run, step: str, command: Callable[[], None], model: str | None = None) -> None:
    """Do a step unless it is done, and note its CPU seconds."""
    if (run.folder / record_path(step, model)).exists():
        return
    started = time.process_time()
    command()
    path = run.folder / "seconds.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    write_text(json.dumps(known | {step: round(time.process_time() - started, 1)}), path)


def _kept(run: Run, unit: Unit) -> str:
    """Write the assignments and the row of a finished run."""
    assigned = run.table("clusters/assignments.parquet")
    judged = judged_stability(Stability.load(run.folder / "clusters"))
    kept = assigned[[assigned.columns[0], "cluster", "draw_share", "consensus_cluster"]].copy()
    kept["verdict"] = kept["cluster"].map(judged["verdict"])
    write_table(pd.concat([kept, _by_number(run)], axis=1), unit.assignments)
    row = _row(run, unit)
    write_table(pd.DataFrame([row | {"verdicts": ", ".join(judged["verdict"])}]), unit.row)
    return f"{row['latent_dim']} dimensions, {row['answer']}, {row['k']} clusters: {', '.join(judged['verdict'])}"


def _by_number(run: Run) -> pd.DataFrame:
    """The clusters that the run would report at each number of them, ``k_<k>``, and its verdicts, ``verdict_<k>``."""
    ids = run.table("clusters/assignments.parquet").iloc[:, 0].tolist()
    codes = read_codes(run.verified("latent/{model}/codes.parquet", run.clustered), ids, parts=("mean", "draws"))
    resampled = ResampledCodes.read(run.verified("latent/resamples.parquet"), ids, ("mean", "draws"))
    found: dict[str, pd.Series[Any]] = {}
    for k in NUMBERS:
        settings = run.settings.clusters.model_copy(update={"k": k})
        try:
            found |= _divided(k, codes, ids, resampled, settings, run.settings.stability)
        except ConfigurationError:
            # Fewer kinds of patients than clusters.
            break
    return pd.DataFrame(found)


def _divided(
    k: int,
    codes: Codes,
    ids: list[str],
    resampled: ResampledCodes,
    settings: ClusterSettings,
    asked: StabilitySettings,
) -> dict[str, pd.Series[Any]]:
    """The clusters of one number, and the verdict on that of each patient."""
    tables = cluster_codes(codes, ids, np.zeros(len(codes.mean)), settings)
    cluster = tables.assignments["cluster"]
    again = retrained_stability(resampled, cluster.to_numpy(np.int64) - 1, settings, asked)
    # Where the model is trained again, what it gives when it is held fixed is not judged, so it is not measured.
    judged = judged_stability(Stability(tables.stability, again, again, again.head(0), again.head(0)))
    return {f"k_{k}": cluster, f"verdict_{k}": cluster.map(judged["verdict"])}


def _row(run: Run, unit: Unit) -> dict[str, Any]:
    """What is said of a run beside its assignments."""
    answer = run.table("clusters/latent_structure.csv").iloc[0]
    agreement = run.table("clusters/agreement.csv")["ari"]
    seconds = json.loads((run.folder / "seconds.json").read_text(encoding="utf-8"))
    about = {"table": unit.table, "run": unit.number, "latent_dim": run.settings.latent_dim}
    about |= {"answer": answer["answer"], "k": run.settings.clusters.number}
    about |= {"replicas_ari": agreement.mean(), "seconds": sum(seconds.values())}
    return about | {f"seconds_{step}": value for step, value in seconds.items()}


def write_tables(names: list[str], folder: Path) -> list[str]:
    """The tables as CSV with their schemas, and the configuration that `retina-vae init` writes for each.

    Returns:
        Their names, the largest first: it takes longest, so its runs should not wait.
    """
    sizes = {}
    for name in names:
        table, schema, config = (folder / "tables" / f"{name}{end}" for end in (".csv", ".schema.yaml", ".yaml"))
        patients, described = load(name)
        write_table(patients, table)
        write_text(described.to_yaml(), schema)
        write_text(initial_configuration(name, table, schema, config, k=None), config)
        sizes[name] = len(patients)
    return sorted(names, key=lambda name: -sizes[name])


def dimensioned(units: list[Unit]) -> list[Unit]:
    """The units with the latent dimension that the first run of their table chose."""
    found = {unit.table: _chosen(unit) for unit in units if unit.number == 1}
    return [unit if unit.number == 1 else unit._replace(latent_dim=found[unit.table]) for unit in units]


def _chosen(unit: Unit) -> int:
    if unit.row.exists():
        return int(pd.read_csv(unit.row)["latent_dim"].iloc[0])
    return open_run(unit.made / "config.yaml").dimensioned().settings.latent_dim


def each(units: list[Unit], function: Callable[[Unit], Any], jobs: int) -> Iterator[tuple[Unit, Any]]:
    """The results as they come; one job stays in this process."""
    if jobs == 1:
        yield from ((unit, function(unit)) for unit in units)
        return
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))
    try:
        asked = {pool.submit(function, unit): unit for unit in units}
        yield from ((asked[job], job.result()) for job in as_completed(asked))
    finally:
        pool.shutdown(cancel_futures=True)


def main(
    folder: Annotated[Path, typer.Option(help="Folder for the runs and what is kept of them.")],
    runs: Annotated[int, typer.Option(min=2, help="Runs of each table.")] = 5,
    tables: Annotated[list[str] | None, typer.Option("--table", help="Tables; all if none is named.")] = None,
    latent_dim: Annotated[
        Dimensions, typer.Option(help="Whether only the first run of a table chooses it.")
    ] = "each-run",
    device: Annotated[str, typer.Option(help="Where models are trained.")] = "cpu",
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    output: Annotated[Path, typer.Option("--output", "-o", help="The table to write, and others beside it.")] = TABLE,
) -> None:
    """Make the runs that the folder lacks, and sum up all that it has."""
    unknown = sorted(set(tables or ()) - set(TABLES))
    if unknown:
        raise typer.BadParameter(f"--table: expected some of {list(TABLES)}, got {unknown}")
    folder = folder.resolve()
    names = write_tables(list(tables or TABLES), folder)
    units = [Unit(name, number, folder, device=device) for name in names for number in range(1, runs + 1)]
    if latent_dim == "chosen-once":
        list(each([unit for unit in units if unit.number == 1 and not unit.row.exists()], choose_dimension, jobs))
        units = dimensioned(units)
    for unit, said in each(units, measure, jobs):
        print(f"{unit.name}: {said}", file=sys.stderr, flush=True)
    for name, table in summed_up(folder).items():
        write_table(table, output.with_name(f"{output.stem}{name}.csv"))
        print(table.to_markdown(index=False))


if __name__ == "__main__":
    typer.run(main)
