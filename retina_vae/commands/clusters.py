"""The command that clusters the codes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retina_vae.commands.options import ConfigPath, Threads, example
from retina_vae.commands.saying import say
from retina_vae.errors import InputError
from retina_vae.files import read_table
from retina_vae.opening import open_run
from retina_vae.words import amount_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


app = typer.Typer()


@app.command("clusters", epilog=example("clusters --run results/paper --threads 4"))
def clusters(
    config: ConfigPath,
    reference: Annotated[
        Path | None, typer.Option(help="A partition (patient_id, row) to number the clusters by; by size without it.")
    ] = None,
    threads: Threads = 1,
) -> None:
    """Cluster the codes, and compare the replicas."""
    from retina_vae.clusters.replica_clusters import cluster_codes
    from retina_vae.latent import read_codes
    from retina_vae.progress import progress

    run = open_run(config).numbered()
    settings = run.settings
    patients, schema = run.patients()
    ids = patients[schema.identifier].tolist()
    codes = read_codes(run.verified("latent/{model}/codes.parquet", run.clustered), ids, parts=("mean", "draws"))
    history = run.table("vae/{model}/history.parquet", model=run.clustered)
    losses = history.groupby("replica")["loss"].last().to_numpy()
    known = None if reference is None else _partition(reference, ids)
    with progress("clusters, replicas", len(losses)) as advance:
        tables = cluster_codes(codes, ids, losses, settings.clusters, known, threads, schema.identifier, advance)
    contents = {
        "clusters/assignments.parquet": tables.assignments,
        "clusters/assignments.csv": tables.assignments,
        "clusters/centers.csv": tables.centers,
        "clusters/replicas.csv": tables.replicas,
        "clusters/agreement.csv": tables.agreement,
        "clusters/stability.csv": tables.stability,
    }
    run.write("clusters", contents)
    number, count = amount_of(settings.clusters.number, "cluster"), amount_of(len(patients), "patient")
    say(f"clusters: {number} of {count} in {run.folder / 'clusters'}")


def _partition(path: Path, patient_ids: list[str]) -> NDArray[np.int64]:
    """0-based groups of a known partition, in the order of the patients."""
    table = read_table(path, ["row"])
    rows = table.set_index(table.iloc[:, 0].astype("str"))["row"]
    if sorted(rows.index) != sorted(patient_ids) or rows.min() < 1:
        raise InputError(f"{path}: expected a row from 1 on for each of the {len(patient_ids)} patients of the cohort.")
    return rows.loc[patient_ids].to_numpy() - 1
