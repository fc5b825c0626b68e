"""What the clusters hold, and who is in doubt."""

from __future__ import annotations

from retina_vae.artefacts.base import NEVER, Artefact
from retina_vae.pictures import has_contributions

__all__ = ["DESCRIPTION"]


_MEANING = (
    Artefact(
        "clusters/profiles.csv",
        "describe",
        "cluster, column, category, statistic",
        (
            "cluster",
            "column",
            "category: none of a number; `above 0` of one that is often 0",
            "statistic: share; mean, sd, q05, q25, median, q75, q95",
            "observed: patients of whom the column is observed",
            "observed_outside",
            "inside",
            "outside",
            "standardized_difference",
            "medoid: the typical patient",
            "decoded: at the centre",
        ),
        "profiles",
    ),
    Artefact(
        "clusters/differences.csv",
        "describe",
        "cluster, column",
        (
            "cluster",
            "column",
            "role: input, outcome, held_out or site",
            "observed",
            "observed_outside",
            "test",
            "statistic",
            "p_value",
            "q_value",
            "effect",
            "effect_size",
            "descriptive: the clusters were found on this column, so it is no evidence",
        ),
        "differences",
    ),
    Artefact(
        "clusters/missing_patterns.csv",
        "describe",
        "pattern of missing inputs",
        (
            "pattern: names of the inputs that are missing, `other patterns` of those with too few patients and of "
            "some others",
            "columns: how many are missing",
            "patients",
        ),
        "missing_patterns",
    ),
    Artefact(
        "clusters/missingness.csv",
        "describe",
        "the whole pattern, then input that somebody lacks",
        (
            "column: empty of the whole pattern",
            "not_applicable: gaps where nothing applies",
            "effect_size: Cramér's V of missing or not with the clusters",
            "ami: adjusted mutual information of pattern and clusters; this and the next two of the whole pattern",
            "p_value: by permutation",
            "permutations",
        ),
        "missingness",
    ),
    Artefact(
        "clusters/rules.csv",
        "describe",
        "cluster",
        ("cluster", "rule", "conditions", "patients: that it holds for", "precision", "recall"),
        "rules",
    ),
    Artefact(
        "clusters/structure.csv",
        "describe",
        "measure, outcome",
        (
            "measure: what a shallow tree and the best cross-table of the inputs give back; each outcome within "
            "clusters (within_auc), by one regression of all on the same patients (within_auc_one_model), and the "
            "difference (within_auc_gain, paired interval)",
            *("outcome: empty where it is about none", "value", "low", "high", "detail"),
        ),
        "structure",
    ),
    Artefact(
        "clusters/separation.csv",
        "describe",
        "outcome with categories, cluster, 0 for all",
        (
            *("outcome", "cluster", "patients", "classes"),
            "auc: of the outcome from the inputs, cross-validated",
            *("auc_low", "auc_high", "note"),
        ),
        "separation",
    ),
    Artefact(
        "clusters/counts.csv",
        "describe",
        "cluster, column, category",
        (
            "cluster",
            "column: inputs, and columns that the model does not see",
            "category: empty for patients of whom the column is not observed; `above 0` of a number that is often 0",
            "patients",
        ),
        "counts",
    ),
    Artefact(
        "clusters/table1.csv",
        "describe",
        "cluster",
        (
            "cluster",
            "size",
            "<count>: `<column>_with` and `_without` of a finding; the category where it is a word of one column alone "
            "and stands in no order; else `<column>_<category>`; `<column>_not_observed`; minimum, median and maximum "
            "of the observed numbers",
        ),
        "table1",
    ),
    Artefact("clusters/table1.md", "describe", "", ("Table 1 as a reader sees it, in Markdown.",), "table1_md"),
    Artefact("clusters/table1.html", "describe", "", ("Table 1 as a reader sees it, in HTML.",), "table1_html"),
    Artefact(
        "clusters/descriptions.csv", "describe", "cluster", ("cluster", "description: in plain words"), "descriptions"
    ),
)

_DOUBT = (
    Artefact(
        "clusters/doubt.csv",
        "doubt",
        "cluster",
        (
            *("cluster", "size", "mean_probability", "mean_entropy: nats", "doubtful: patients"),
            "neighbour: the cluster that the rest of the probability goes to most; empty where one holds all",
            "neighbour_probability",
        ),
        "doubt",
    ),
    Artefact(
        "clusters/doubtful.csv",
        "doubt",
        "doubtful patient",
        (
            *("<identifier>: the most doubtful first", "cluster", "probability", "second_cluster"),
            *("second_probability", "entropy: nats"),
        ),
        NEVER,
    ),
    Artefact(
        "clusters/probabilities.parquet",
        "doubt",
        "patient",
        ("<identifier>", "cluster", "probability", "entropy: nats", "probability_<c>: integrated over the code"),
        NEVER,
    ),
    Artefact(
        "clusters/contributions.csv",
        "doubt",
        "cluster, column",
        (
            *("cluster", "against: the cluster that is second most probable for most of its patients"),
            "column: empty where the sizes of both clusters speak",
            "contribution: to the logarithm of the odds of cluster and against, mean over patients, nats",
            *("standard_error: of the mean, with that of the integration", "patients: of the cluster, a sample"),
        ),
        "contributions",
        when=has_contributions,
    ),
    Artefact(
        "assign/explorer.json",
        "explorer",
        "",
        ("The reported replica and its clusters, for the explorer of the report.",),
        "explorer",
    ),
)

DESCRIPTION = (*_MEANING, *_DOUBT)
