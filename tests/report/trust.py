"""Tables of stability, doubt and meaning of the small run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.assign.doubt import doubt
from retina_vae.assign.score import Scores
from retina_vae.clusters import description
from retina_vae.clusters.hennig import verdict
from retina_vae.config import Configuration
from retina_vae.files import write_table, write_text
from retina_vae.studies.macular.schema import MACULAR


def write_trust(
    folder: Path,
    configuration: Configuration,
    patients: pd.DataFrame,
    assignments: pd.DataFrame,
    probability: NDArray[np.float64],
) -> None:
    """Write what the commands ``stability``, ``doubt`` and ``describe`` write."""
    clusters = assignments["cluster"].to_numpy()
    _write_stability(folder / "clusters", np.unique(clusters))
    _write_doubt(folder / "clusters", patients["patient_id"], clusters - 1, probability)
    means = np.column_stack([clusters, patients["age"] / 20.0])
    tables = description.describe(patients, assignments, means, MACULAR, configuration.description)
    write_text('{"columns": []}\n', folder / "clusters" / "explorer.json")
    for name in ("profiles", "differences", "rules", "structure", "separation"):
        write_table(getattr(tables, name), folder / "clusters" / f"{name}.csv")


def _write_stability(folder: Path, numbers: NDArray[np.int64]) -> None:
    jaccard = np.linspace(0.99, 0.45, len(numbers))
    bootstrap = pd.DataFrame({"cluster": numbers, "resamples": 100, "jaccard_mean": jaccard})
    bootstrap["jaccard_low"], bootstrap["recovered"], bootstrap["dissolved"] = jaccard - 0.1, jaccard, 1 - jaccard
    write_table(bootstrap.assign(verdict=[verdict(value) for value in jaccard]), folder / "bootstrap.csv")
    kinds = {
        "replica 2": "replica",
        "latent dimension 2, replica 1": "latent_dimension",
        "posterior means": "points",
        "consensus of the replicas": "consensus",
    }
    aris = np.linspace(0.5, 0.9, len(kinds))
    write_table(
        pd.DataFrame({"variant": list(kinds), "kind": list(kinds.values()), "ari": aris}), folder / "variants.csv"
    )
    rows = [(name, kind, number, 0.7) for name, kind in kinds.items() for number in numbers]
    write_table(pd.DataFrame(rows, columns=["variant", "kind", "cluster", "jaccard"]), folder / "variant_matches.csv")


def _write_doubt(
    folder: Path, identifiers: pd.Series, cluster: NDArray[np.int64], probability: NDArray[np.float64]
) -> None:
    """The patient's own cluster has ``probability``, the next cluster the rest."""
    k, rows = int(cluster.max()) + 1, np.arange(len(cluster))
    everywhere = np.zeros((len(cluster), k), dtype=np.float32)
    everywhere[rows, (cluster + 1) % k] = 1 - probability
    everywhere[rows, cluster] = probability
    nothing = np.empty((len(cluster), 0), dtype=np.float32)
    tables = doubt(identifiers, Scores(cluster, everywhere, nothing, nothing, nothing.sum(axis=1)), 0.8)
    write_table(tables.probabilities, folder / "probabilities.parquet")
    write_table(tables.doubtful, folder / "doubtful.csv")
    write_table(tables.clusters, folder / "doubt.csv")
