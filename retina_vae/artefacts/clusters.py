"""What is clustered, and the evidence on it: groups or a continuum, the number of clusters, and which of them hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retina_vae.artefacts.base import AS_IT_IS, NEVER, Artefact

if TYPE_CHECKING:
    from retina_vae.config import Configuration

__all__ = ["CLUSTERS"]

_STABILITY = (
    "cluster",
    "resamples: in which patients of the cluster were drawn",
    "jaccard_mean",
    "jaccard_low: 5th percentile",
    "recovered: share of the resamples with 0.75 or more",
    "dissolved: share with 0.5 or less",
    "verdict: Hennig's, on the mean",
)

_STRUCTURE = (
    Artefact(
        "clusters/latent_structure.csv",
        "latent_structure",
        "the one answer",
        (
            "answer: nothing, continuum, groups or undecided",
            "k: groups found, 1 of nothing",
            "patients: looked at",
            "folds",
            "seed",
        ),
        AS_IT_IS,
    ),
    Artefact(
        "clusters/latent_structure_candidates.csv",
        "latent_structure",
        "candidate",
        (
            "family: bell, continuum, closed curve, classes or `classes, own scales`",
            "candidate: its name, the key",
            "groups: 1 without classes",
            "factors: latent dimensions; 0 of the bell with all correlations",
            "log_density: mean per held-out patient, nats, of scores per standard deviation",
            "difference: to the best bell, nats",
            "standard_error",
        ),
        AS_IT_IS,
    ),
    Artefact(
        "clusters/latent_structure_comparisons.csv",
        "latent_structure",
        "comparison",
        (
            "comparison: continuum_bell, groups_bell, groups_smooth or groups_curves",
            "first: in words",
            "second: in words",
            "difference: nats per patient, above 0 where the first is better",
            "standard_error",
            "low: of 95 %",
            "high",
            "z",
        ),
        AS_IT_IS,
    ),
)

_PARTITIONS = (
    *(
        Artefact(
            f"clusters/assignments.{suffix}",
            "clusters",
            "patient",
            (
                "<identifier>",
                "cluster: 1..k",
                "draw_share: of the run's draws that fall into it",
                "consensus_cluster: what the replicas have in common",
                "replica_<r>: the cluster in each replica, numbered like the reported one",
            ),
            NEVER,
        )
        for suffix in ("parquet", "csv")
    ),
    Artefact(
        "clusters/centers.csv",
        "clusters",
        "replica, cluster",
        (
            *("replica", "cluster", "z_<j>: the centre"),
            "weight: this and the next of a Gaussian mixture alone",
            "covariance_<i>_<j>: lower triangle",
        ),
        NEVER,
    ),
    Artefact(
        "clusters/replicas.csv",
        "clusters",
        "replica",
        ("replica", "loss: last epoch", "within_ss", "mean_ari: with the other replicas", "reported"),
        "agreement",
    ),
    Artefact("clusters/agreement.csv", "clusters", "pair of replicas", ("replica_a", "replica_b", "ari"), "agreement"),
    Artefact(
        "clusters/stability.csv",
        "clusters",
        "cluster",
        ("cluster", "size: patients", "jaccard_mean: best match in the other replicas", "jaccard_min"),
        "stability",
    ),
)

_CHOICE = (
    Artefact(
        "clusters/criteria.csv",
        "choose",
        "replica, number of clusters",
        (
            *("replica", "k", "within_ss: of the patients measured", "silhouette", "calinski_harabasz", "gap"),
            *("gap_error", "prediction_strength", "prediction_strength_error: over the splits"),
            "smallest: patients of the smallest cluster, of all",
        ),
        "criteria",
    ),
    Artefact(
        "clusters/choices.csv",
        "choose",
        "criterion",
        ("criterion", "k: lower median over the replicas", "lowest", "highest", "tried", "label", "rule"),
        AS_IT_IS,
    ),
    Artefact("clusters/choice.txt", "choose", "", ("What the criteria agree on, in a sentence.",), AS_IT_IS),
    Artefact(
        "clusters/tree.csv",
        "choose",
        "replica, number of clusters, pair of clusters that share patients",
        (
            *("replica", "k", "cluster", "size: in the partition into k"),
            "parent: in that into k - 1; none for k = 1",
            "patients: of both",
            "share: of the cluster's",
        ),
        "tree",
    ),
)

_HOLDING = (
    Artefact("clusters/bootstrap.csv", "stability", "cluster", _STABILITY, "resampled"),
    Artefact(
        "clusters/retrained.csv",
        "stability",
        "cluster",
        (*_STABILITY[:1], "resamples: 0, and the verdict `not measured`, where none was trained on", *_STABILITY[2:]),
        "resampled",
    ),
    Artefact(
        "clusters/variants.csv",
        "stability",
        "other clustering of the same patients",
        ("variant", "kind: replica, latent_dimension, points or consensus", "ari: with the reported one"),
        "agreement",
    ),
    Artefact(
        "clusters/variant_matches.csv",
        "stability",
        "variant, cluster",
        ("variant", "kind", "cluster", "jaccard: best match of the reported cluster"),
        "variant_matches",
    ),
)


def _beside_rivals(configuration: Configuration) -> bool:
    return bool(configuration.rival_methods)


_RIVALS = (
    Artefact(
        "clusters/rivals.csv",
        "rivals",
        "simpler method",
        (
            *("method", "words: its name", "k: its groups"),
            "ari: with the clusters; this and the next are empty where either has one group",
            "ami: adjusted mutual information with the clusters",
            "stability: mean over patients of the Jaccard similarity of their group in resamples that it is fitted to",
            "stability_of_run: the same of the clusters when the model is trained again on these resamples",
            "log_density: mean per unseen patient, nats per unit of the columns; empty of a method without a density",
            "log_density_error: standard error",
            "difference_to_run: of the log-density, patient by patient; above 0 where the method describes them better",
            "difference_error: standard error",
            "patients: on whom the log-density is measured",
            "note: why there are no numbers",
        ),
        "rivals",
        when=_beside_rivals,
    ),
)

CLUSTERS = (*_STRUCTURE, *_PARTITIONS, *_CHOICE, *_HOLDING, *_RIVALS)
