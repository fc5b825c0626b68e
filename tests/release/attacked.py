"""A run of 180 patients with small clusters, whose tables are those of the stages' own functions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from retina_vae.clusters.clustering_tree import clustering_tree
from retina_vae.clusters.description.counts import count_table
from retina_vae.clusters.description.profiles import profile_table
from retina_vae.clusters.description.sentences import cluster_facts, cluster_sentences, number_decimals
from retina_vae.clusters.description.table1 import table1, table1_html, table1_markdown
from retina_vae.clusters.doubt import doubt_tables
from retina_vae.clusters.stability import best_jaccard
from retina_vae.cohort import summarize
from retina_vae.cohort.outliers import find_outliers
from retina_vae.files import write_table, write_text
from retina_vae.latent.check import check_generated
from retina_vae.studies.macular.audit.claims import CLAIM_COLUMNS
from retina_vae.studies.macular.schema import MACULAR
from tests.release.test_explorer import packed
from tests.report.cohorts import macular_patients
from tests.report.conftest import write_tables
from tests.report.released import release

FLOOR, VOTES = 11, 256
SIZES = (52, 43, 31, 24, 17, 9, 3, 1)
MODEL = "flat"
_TREE = ["replica", "k", "cluster", "size", "parent", "patients", "share"]


class Attacked(NamedTuple):
    """A run's folder, and what nobody should find out from its folder ``release``."""

    folder: Path
    patients: pd.DataFrame
    clusters: pd.Series
    consensus: pd.Series
    centers: np.ndarray

    def full(self, name: str) -> pd.DataFrame:
        """A table of the stages."""
        return pd.read_csv(self.folder / name)

    def released(self, name: str) -> pd.DataFrame:
        """What the gate made of it."""
        return pd.read_csv(self.folder / "release" / name)

    @property
    def hidden(self) -> list[int]:
        """Clusters whose size is not shown."""
        table = self.released("clusters/table1.csv")
        return table.loc[table["size"].isna(), "cluster"].tolist()


def make_attacked(folder: Path) -> Attacked:
    """Write and release the run."""
    rng, patients = np.random.default_rng(4), macular_patients(60, seed=5)
    family = {
        MODEL: {"latent_dim": 2, "changes": {"likelihood": "typed", "input_scaling": "by_kind", "kl_weight": 1.0}}
    }
    write_tables(
        folder,
        patients=patients,
        study="macular",
        family=family,
        clusters={"k": len(SIZES)},
        disclosure={"small_cell_floor": FLOOR},
    )
    # Clusters that follow the age, so that they differ in every column.
    order = np.argsort(patients["age"].to_numpy() + rng.normal(0, 6, len(patients)))
    clusters = np.empty(len(patients), dtype=np.int64)
    clusters[order] = np.repeat(np.arange(1, len(SIZES) + 1), SIZES)
    centers = rng.normal(0, 1, (len(SIZES), 3))
    labels = pd.Series(clusters)
    consensus = _write_clusters(folder, patients, labels, rng)
    _write_model(folder, patients, centers, rng)
    _write_audit(folder)
    return Attacked(release(folder), patients, labels, consensus, centers)


def _write_clusters(folder: Path, patients: pd.DataFrame, labels: pd.Series, rng: np.random.Generator) -> pd.Series:
    place, k = folder / "clusters", len(SIZES)
    other = np.where(rng.random(len(labels)) < 0.2, rng.integers(1, k + 1, len(labels)), labels)
    jaccard = best_jaccard(labels.to_numpy() - 1, other - 1, k)
    assignments = {
        "patient_id": patients["patient_id"],
        "cluster": labels,
        "draw_share": 1.0,
        "consensus_cluster": other,
    }
    write_table(pd.DataFrame(assignments | {"replica_1": labels}), place / "assignments.parquet")
    numbers = np.arange(1, k + 1)
    stability = {"cluster": numbers, "size": SIZES, "jaccard_mean": jaccard, "jaccard_min": jaccard}
    write_table(pd.DataFrame(stability), place / "stability.csv")
    matches = {"variant": "replica 2", "kind": "replica", "cluster": numbers, "jaccard": jaccard}
    write_table(pd.DataFrame(matches), place / "variant_matches.csv")
    resamples = [sum((rng.random(size) < 0.63).any() for _ in range(100)) for size in SIZES]
    again = {"cluster": numbers, "resamples": resamples, "jaccard_mean": jaccard, "jaccard_low": jaccard}
    again |= {"recovered": 0.5, "dissolved": 0.2, "verdict": "stable"}
    for name in ("bootstrap", "retrained"):
        write_table(pd.DataFrame(again), place / f"{name}.csv")
    votes = rng.multinomial(VOTES, np.full(k, 0.04), len(labels)) / VOTES
    votes[np.arange(len(labels)), labels - 1] += 1 - votes.sum(axis=1)
    tables = doubt_tables(patients["patient_id"], labels.to_numpy() - 1, votes, 0.8)
    write_table(tables.probabilities, place / "probabilities.parquet")
    write_table(tables.clusters, place / "doubt.csv")
    tree = clustering_tree(
        [np.zeros(len(labels), dtype=np.int64), np.digitize(labels, [4]), np.digitize(labels, [3, 6])]
    )
    write_table(pd.concat([tree.assign(replica=replica) for replica in (1, 2, 3)])[_TREE], place / "tree.csv")
    counts, baseline = count_table(patients, labels, MACULAR), table1(patients, labels, MACULAR)
    facts = cluster_facts(counts, labels.value_counts(), MACULAR)
    texts = cluster_sentences(facts, baseline, MACULAR, number_decimals(patients, MACULAR))
    medoids = {number: int(np.flatnonzero(labels == number)[0]) for number in numbers.tolist()}
    write_table(counts, place / "counts.csv")
    write_table(baseline, place / "table1.csv")
    write_table(texts, place / "descriptions.csv")
    write_table(profile_table(patients, labels.to_numpy(), MACULAR, medoids), place / "profiles.csv")
    write_text(table1_markdown(baseline, MACULAR), place / "table1.md")
    write_text(table1_html(baseline, MACULAR), place / "table1.html")
    return pd.Series(other)


def _write_model(folder: Path, patients: pd.DataFrame, centers: np.ndarray, rng: np.random.Generator) -> None:
    write_table(summarize(patients, MACULAR), folder / "cohort" / "summary.csv")
    write_table(find_outliers(patients, MACULAR), folder / "cohort" / "outliers.csv")
    made = patients.sample(len(patients), replace=True, random_state=1).reset_index(drop=True)
    check = check_generated(made, patients, MACULAR)
    write_table(check, folder / "latent" / MODEL / "generated_check.csv")
    typicality = {"has_density": False, "unlike_below": 0.1, "means": packed(centers)}
    typicality |= {"reference": packed(np.sort(rng.normal(size=len(patients)))), "precision": packed(np.eye(3))}
    model = {"format": 4, "columns": [], "partition": {"centers": packed(centers)}, "typicality": typicality}
    write_text(json.dumps(model), folder / "assign" / "explorer.json")


def _write_audit(folder: Path) -> None:
    measured = "patients in a minority of polyps 3; largest minority share of polyps 0.333"
    claims = {"claim": [1, 3], "statement": "It is so.", "verdict": "does not hold", "measured": measured, "how": "So."}
    claims |= {"miss": "1 of 9 clusters, with 0.333", "held": 0, "tested": 4, "figure": "patients", "value": 3.0}
    claims |= {"paper_verdict": "does not hold", "paper_miss": "with 0.25", "paper_measured": "patients 2"}
    write_table(pd.DataFrame(claims)[list(CLAIM_COLUMNS)], folder / "audit" / "claims.csv")
    matches = {"row": range(1, len(SIZES) + 1), "cluster": range(1, len(SIZES) + 1), "jaccard": 1 / 3}
    write_table(pd.DataFrame(matches), folder / "audit" / "matches.csv")
    write_table(pd.DataFrame({"row": [1], "rule": ["age > 50"], "size": [166]}), folder / "audit" / "rules.csv")
    agreement = {"replica": ["1"], "ari_paper": [0.123456], "ari_other_replicas": [0.654321]}
    write_table(pd.DataFrame(agreement), folder / "audit" / "agreement.csv")
    write_table(pd.DataFrame({"criterion": ["loss"], "ari_of_chosen": [0.123456]}), folder / "audit" / "selection.csv")
