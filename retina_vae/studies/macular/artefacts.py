"""What the study adds to a run: the paper's table and claims, held against it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retina_vae.artefacts import AS_IT_IS, NEVER, Artefact
from retina_vae.steps import COHORT, Step

if TYPE_CHECKING:
    from retina_vae.config import Configuration

__all__ = ["ARTEFACTS", "STEPS"]


def _is_published(configuration: Configuration) -> bool:
    return configuration.cohort.source == "published"


ARTEFACTS = (
    Artefact(
        "audit/rules.csv",
        "audit_rules",
        "row of the printed Table 1",
        (
            "row",
            "rule: behind the printed row",
            "exact",
            "size: patients that it holds for",
            "printed_size",
            "mismatches",
        ),
        AS_IT_IS,
    ),
    Artefact(
        "audit/partition.parquet",
        "audit_rules",
        "patient",
        ("<identifier>", "row: of the printed table that the patient falls into"),
        NEVER,
    ),
    Artefact(
        "audit/errata.csv",
        "audit_rules",
        "printed number",
        ("row", "column", "printed", "derived: from the published patients, which contradict it"),
        AS_IT_IS,
        when=_is_published,
    ),
    Artefact(
        "audit/claims.csv",
        "audit",
        "claim of the paper",
        (
            "claim",
            "statement",
            "verdict: holds, does not hold, undecided, cannot be tested or does not apply, in the reported clusters",
            "miss: by how much, or why it is open",
            "held: replicas in which it holds",
            "tested: replicas in which it was decided",
            "measured: with the range over the replicas",
            "paper_verdict: the same in the paper's own clusters of its patients",
            "paper_miss",
            "paper_measured",
            "figure: the one that says most",
            "value: of that figure",
            "how",
        ),
        "claims",
    ),
    Artefact(
        "audit/matches.csv",
        "audit",
        "row of the printed Table 1",
        (
            "row",
            "cluster: of the run, that shares most patients with those whom the row's rule names; each cluster once",
            "jaccard: similarity of both",
        ),
        "matches",
    ),
    Artefact(
        "audit/agreement.csv",
        "audit",
        "replica, then `consensus`",
        ("replica", "ari_paper", "ari_other_replicas"),
        "agreement",
    ),
    Artefact(
        "audit/selection.csv",
        "audit",
        "way to choose a replica",
        (
            *("criterion", "better", "replicas", "spearman_with_ari_paper", "chosen_replica", "ari_of_chosen"),
            *("ari_mean", "ari_best"),
        ),
        "agreement",
    ),
)


def _reads_audit(configuration: Configuration) -> list[str]:
    histories = [f"vae/{name}/history.parquet" for name in configuration.plain_models]
    clusters = ["clusters/assignments.parquet", "clusters/replicas.csv"]
    return [
        *COHORT,
        "audit/partition.parquet",
        *histories,
        f"latent/{configuration.clustered_model}/codes.parquet",
        *clusters,
    ]


STEPS = (
    Step("audit_rules", "studies.macular.commands", lambda _: [*COHORT]),
    Step("audit", "studies.macular.commands", _reads_audit),
)
