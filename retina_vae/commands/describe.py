"""The command that says what the clusters mean."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from retina_vae.commands.options import ConfigPath
from retina_vae.config import Configuration, load_configuration
from retina_vae.files import read_table, write_table
from retina_vae.runs import reported_replica

if TYPE_CHECKING:
    import pandas as pd

    from retina_vae.clusters.description import DescriptionTables
    from retina_vae.cohort import CohortSchema

app = typer.Typer()


@app.command("describe")
def describe(config: ConfigPath) -> None:
    """Say what the clusters mean: profiles, tests, rules, cross-tables, and the diagnoses within them."""
    from retina_vae.clusters import description
    from retina_vae.cohort import read_cohort
    from retina_vae.latent import Codes

    settings = load_configuration(config)
    clustered, folder = f"d{settings.clusters.latent_dim}", settings.folder / "clusters"
    patients, schema = read_cohort(settings.folder)
    ids = patients[schema.identifier].tolist()
    assignments = read_table(folder / "assignments.parquet", [schema.identifier, "cluster"])
    reported = reported_replica(settings.folder)
    codes = Codes.from_table(read_table(settings.folder / "latent" / clustered / "codes.parquet"), ids)
    tables = description.describe(
        patients,
        assignments,
        codes.mean[reported - 1],
        schema,
        settings.description,
        set() if settings.vae.objective == "supervised" else {schema.diagnosis.name},
        _decoded_centers(settings, reported) if settings.vae.likelihood == "typed" else None,
    )
    shown = _suppressed(tables, patients, assignments["cluster"], schema, settings.small_cell_floor)
    for name in ("profiles", "differences", "rules", "structure", "separation"):
        write_table(getattr(shown, name), folder / f"{name}.csv")
    print(f"describe: {_summary(tables)}", file=sys.stderr)


def _suppressed(
    tables: DescriptionTables, patients: pd.DataFrame, clusters: pd.Series[int], schema: CohortSchema, floor: int
) -> DescriptionTables:
    """The tables without what tells of fewer than ``floor`` patients."""
    from retina_vae import disclosure
    from retina_vae.clusters.description.table1 import table1, withheld_counts

    if floor <= 1:
        return tables
    sizes = clusters.value_counts()
    withheld = withheld_counts(table1(patients, clusters, schema, floor=floor), schema)
    tests = ["statistic", "p_value", "q_value", "effect_size"]
    differences = disclosure.suppress_categories(tables.differences, withheld, tests)
    # Which diagnoses were too few to be told apart follows from their counts.
    own = tables.separation.assign(column=schema.diagnosis.name)
    told = ["diagnoses", "auc", "auc_low", "auc_high", "note"]
    separation = disclosure.suppress_categories(own, withheld, told).drop(columns="column")
    return replace(
        tables,
        profiles=disclosure.suppress_profiles(tables.profiles, withheld, sizes, floor),
        differences=disclosure.suppress_small_clusters(differences, sizes, floor, tests),
        rules=disclosure.suppress_rules(tables.rules, withheld, sizes, floor),
        separation=disclosure.suppress_small_clusters(separation, sizes, floor, ["patients", *told]),
    )


def _decoded_centers(settings: Configuration, replica: int) -> pd.DataFrame:
    """What the replica's decoder says at the centres of its clusters: ``cluster, column, category, mean``."""
    import torch

    from retina_vae.latent.decode import describe_codes, take_replica
    from retina_vae.vae import load_model

    torch.set_num_threads(1)
    dim = settings.clusters.latent_dim
    names = [f"z_{j}" for j in range(1, dim + 1)]
    centers = read_table(settings.folder / "clusters" / "centers.csv", ["replica", "cluster", *names])
    own = centers[centers["replica"] == replica]
    single, description = take_replica(*load_model(settings.folder / "vae" / f"d{dim}"), replica)
    z = torch.from_numpy(own[names].to_numpy(dtype="float32").T.copy())
    said = describe_codes(single, description, z)
    said.insert(0, "cluster", own["cluster"].to_numpy()[said.pop("code") - 1])
    return said


def _summary(tables: DescriptionTables) -> str:
    measures = tables.structure.set_index("measure")
    values = measures["value"]
    parts = [
        f"a tree of {values['tree_leaves']:.0f} leaves gives the clusters with an adjusted Rand index of "
        f"{values['tree_ari']:.2f}",
        f"the best cross-table of the inputs is {measures['detail']['cross_table_ami']}, adjusted mutual "
        f"information {values['cross_table_ami']:.2f}",
    ]
    if not math.isnan(values["within_auc"]):
        parts.append(
            f"within the clusters the diagnoses are told apart with an area under the ROC curve of "
            f"{values['within_auc']:.3f} by regressions of their own, {values['within_auc_one_model']:.3f} by one of "
            "all patients"
        )
    return "; ".join(parts)
