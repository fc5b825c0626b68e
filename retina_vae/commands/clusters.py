"""The command that clusters the codes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retina_vae.commands.options import ConfigPath, Threads
from retina_vae.commands.saying import say
from retina_vae.errors import InputError
from retina_vae.files import read_table, write_table
from retina_vae.runs import run_settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


app = typer.Typer()


@app.command("clusters")
def clusters(
    config: ConfigPath,
    reference: Annotated[
        Path | None, typer.Option(help="A partition (patient_id, row) to number the clusters by; by size without it.")
    ] = None,
    threads: Threads = 1,
) -> None:
    """Cluster the codes, and compare the replicas."""
    from retina_vae.clusters import cluster_codes
    from retina_vae.cohort import read_cohort
    from retina_vae.disclosure import suppress_small_clusters
    from retina_vae.latent import Codes

    settings = run_settings(config)
    dim, folder = settings.clusters.latent_dim, settings.folder / "clusters"
    patients, schema = read_cohort(settings.folder)
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
    say(f"clusters: {k} cluster{'s'[: k != 1]} of {len(patients)} patients in {folder}")


def _partition(path: Path, patient_ids: list[str]) -> NDArray[np.int64]:
    """0-based groups of a known partition, in the order of the patients."""
    table = read_table(path, ["row"])
    rows = table.set_index(table.iloc[:, 0].astype("str"))["row"]
    if sorted(rows.index) != sorted(patient_ids) or rows.min() < 1:
        raise InputError(f"{path}: expected a row from 1 on for each of the {len(patient_ids)} patients of the cohort.")
    return rows.loc[patient_ids].to_numpy() - 1
