"""The command that says what the clusters hold."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import typer

from retina_vae.commands.options import ConfigPath, example
from retina_vae.commands.saying import say
from retina_vae.opening import open_run
from retina_vae.pictures import decoded_models
from retina_vae.run import Content, Run
from retina_vae.words import amount_of

if TYPE_CHECKING:
    import pandas as pd

    from retina_vae.clusters.description.tables import DescriptionTables

app = typer.Typer()


@app.command("describe", epilog=example("describe --run results/paper"))
def describe(config: ConfigPath) -> None:
    """Say what the clusters hold: counts, sentences, profiles, tests, rules, cross-tables, outcomes within them."""
    from retina_vae.clusters.description.counts import count_table
    from retina_vae.clusters.description.missingness import missing_patterns, missingness_table
    from retina_vae.clusters.description.sentences import cluster_facts, cluster_sentences, number_decimals
    from retina_vae.clusters.description.table1 import table1, table1_html, table1_markdown
    from retina_vae.clusters.description.tables import DESCRIPTION_PARTS, describe
    from retina_vae.progress import progress

    run = open_run(config).numbered()
    settings = run.settings
    patients, schema = run.patients_in_words()
    assignments = run.table("clusters/assignments.parquet", [schema.identifier, "cluster"])
    learned = schema.outcome if settings.vae.objective == "supervised" else None
    with progress("describe", DESCRIPTION_PARTS) as advance:
        tables = describe(
            patients,
            assignments,
            schema,
            settings.description,
            set() if learned is None else {learned.name},
            _decoded_centers(run) if settings.clustered_model in decoded_models(settings) else None,
            advance,
        )
    counted = patients, assignments["cluster"], schema
    clusters, limits = assignments["cluster"].to_numpy(), (settings.description.patients, settings.description.seed)
    counts, baseline = count_table(*counted), table1(*counted)
    facts = cluster_facts(counts, assignments["cluster"].value_counts(), schema)
    decimals = number_decimals(patients, schema)
    contents: dict[str, Content] = {
        "clusters/profiles.csv": tables.profiles,
        "clusters/differences.csv": tables.differences,
        "clusters/missing_patterns.csv": missing_patterns(patients, schema),
        "clusters/missingness.csv": missingness_table(patients, clusters, schema, *limits),
        "clusters/rules.csv": tables.rules,
        "clusters/structure.csv": tables.structure,
        "clusters/separation.csv": tables.separation,
        "clusters/counts.csv": counts,
        "clusters/descriptions.csv": cluster_sentences(facts, baseline, schema, decimals),
        "clusters/table1.csv": baseline,
        "clusters/table1.md": table1_markdown(baseline, schema),
        "clusters/table1.html": table1_html(baseline, schema),
    }
    run.write("describe", contents)
    say(f"describe: {_summary(tables)}")


def _decoded_centers(run: Run) -> pd.DataFrame:
    """What the reported replica's decoder says at the centres of its clusters: ``cluster, column, category, mean``."""
    import torch

    from retina_vae.clusters.partitions.storage import read_partition
    from retina_vae.latent.decode import describe_codes, take_replica
    from retina_vae.vae import load_model

    torch.set_num_threads(1)
    partition = read_partition(run.verified("clusters/centers.csv"), run.reported, run.settings.clusters)
    single, description = take_replica(*load_model(run.model_folder(run.clustered)), run.reported)
    said = describe_codes(single, description, torch.from_numpy(partition.centers.astype("float32").T.copy()))
    return said.rename(columns={"code": "cluster"})


def _summary(tables: DescriptionTables) -> str:
    if tables.profiles["cluster"].nunique() == 1:
        return "one cluster holds all patients, so nothing is compared"
    measures = tables.structure.set_index("measure")
    values = measures["value"]
    parts = [
        f"a tree of {amount_of(round(values['tree_leaves']), 'leaf', 'leaves')} gives the clusters with an adjusted "
        f"Rand index of {values['tree_ari']:.2f}",
        f"the best cross-table of the inputs is {measures['detail']['cross_table_ami']}, adjusted mutual "
        f"information {values['cross_table_ami']:.2f}",
    ]
    for outcome, within in tables.structure[tables.structure["outcome"] != ""].groupby("outcome", sort=False):
        own = within.set_index("measure")["value"]
        if not math.isnan(own["within_auc"]):
            parts.append(
                f"within the clusters the categories of {outcome} are distinguished with an area under the ROC curve "
                f"of {own['within_auc']:.3f} by regressions of their own, {own['within_auc_one_model']:.3f} by one of "
                f"all patients (a difference of {own['within_auc_gain']:.3f})"
            )
    return "; ".join(parts)
