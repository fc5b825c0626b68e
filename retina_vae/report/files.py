"""The list of the files beside the report."""

from __future__ import annotations

from retina_vae.report.gallery import Exhibit
from retina_vae.report.tables import RunTables

__all__ = ["files_beside"]


def files_beside(tables: RunTables, shown: list[Exhibit]) -> list[tuple[str, str]]:
    """Files beside the report, by their path from it, and what each holds."""
    outcome = tables.schema.outcome is not None
    separation = [("../release/clusters/separation.csv", "how well the outcomes separate within each cluster")]
    files = [
        (
            "../release/evaluation/evaluation.csv",
            "every replica of every model, measured",
        ),
        ("../release/evaluation/posterior.csv", "every latent dimension of every replica"),
        (
            f"../release/latent/{tables.clustered}/factors.csv",
            "how much each coordinate tells of each column; disentanglement.csv has the measures",
        ),
        ("../release/clusters/table1.csv", "Table 1"),
        ("../release/clusters/counts.csv", "the patients of every cluster and category"),
        ("../release/clusters/descriptions.csv", "the clusters in plain words"),
        ("../clusters/assignments.csv", "the cluster of every patient: a row per patient"),
        ("../clusters/doubtful.csv", "the doubtful patients: a row per patient"),
        (
            "../release/clusters/choices.csv",
            "the number of clusters that each criterion chooses; criteria.csv has the curves",
        ),
        ("../release/clusters/tree.csv", "which clusters split into which as their number grows"),
        (
            "../release/clusters/latent_structure.csv",
            "groups or a continuum, and how many; latent_structure_candidates.csv has the numbers",
        ),
        (
            "../release/clusters/retrained.csv",
            "every cluster in resampled patients, the model trained again on each resample",
        ),
        ("../release/clusters/bootstrap.csv", "every cluster in resampled patients, the trained model held fixed"),
        ("../release/clusters/stability.csv", "size of every cluster, and its stability over the replicas"),
        ("../release/clusters/variants.csv", "other clusterings of the same patients; variant_matches.csv by cluster"),
        ("../release/clusters/profiles.csv", "every column in every cluster and outside it"),
        ("../release/clusters/differences.csv", "tests and effect sizes of every column in every cluster"),
        ("../release/clusters/rules.csv", "the rule that describes each cluster"),
        ("../release/clusters/structure.csv", "how much a tree and a cross-table give back of the clusters"),
        *(separation if outcome else []),
        ("../release/clusters/doubt.csv", "sureness of every cluster"),
        ("../release/clusters/replicas.csv", "the replicas"),
        ("../release/clusters/agreement.csv", "adjusted Rand index of every pair of replicas"),
        ("../release/cohort/summary.csv", "the cohort's statistics beside those that it should have"),
        ("../release/cohort/outliers.csv", "how many values lie far outside their column"),
        ("../config.yaml", "every setting of the run"),
        ("../manifest.json", "versions, seeds, device and hashes, written when the run is complete"),
    ]
    if tables.rivals is not None:
        files.append(("../release/clusters/rivals.csv", "simpler methods beside the clusters"))
    if tables.held_out is not None:
        files.append(("../release/vae/held_out.csv", "how unseen patients are described, by latent dimension"))
    if tables.unlike is not None:
        files.append(("../release/evaluation/unlike.csv", "how well patients of other tables are told from the cohort"))
    if tables.chains is not None:
        files.append(("../release/vae/chains.csv", "whether the chains of weights agree; samples.csv has each sample"))
    if tables.contributions is not None:
        files.append(("../release/clusters/contributions.csv", "what speaks for each cluster against the next one"))
    if tables.calibration is not None:
        files.append(
            (
                "../release/evaluation/calibration.csv",
                "whether draws of every model's codes are calibrated, by dimension",
            )
        )
        files.append(("../release/evaluation/coverage.csv", "how often their credible regions hold the true code"))
        files.append(
            ("../release/evaluation/proposals.csv", "whether the importance weights of every replica can be relied on")
        )
    if tables.account.refused != 0:
        files.append(("../cohort/refused.csv", "rows that are no patients of the cohort, with the reason"))
    for name in tables.decoded:
        files.append((f"../release/latent/{name}/traversals.csv", f"what {name} says when one coordinate moves"))
    drawn = {
        "columns": "the cohort",
        "training": "the losses",
        "space": "the latent space",
        **({"outcome": "the latent space by outcome"} if outcome else {}),
        "panels": "the clusters one by one",
        "latent_structure": "groups or a continuum",
        "choice": "the criteria on the codes",
        "tree": "the tree of clusters",
        **({"coverage": "coverage of the codes"} if tables.calibration is not None else {}),
    }
    files += [
        ("tables.docx", "Table 1 and the profiles of the clusters, for Word"),
        ("tables.tex", "the same for LaTeX, with booktabs"),
        ("methods.md", "the methods, ready to paste"),
        ("checklist.csv", "the reporting checklist"),
    ]
    files += [(f"figures/{name}.svg", f"{what}, for print") for name, what in drawn.items()]
    files += [(f"figures/{own.name}.svg", f"{own.name.capitalize()}, for print") for own in shown]
    return files
