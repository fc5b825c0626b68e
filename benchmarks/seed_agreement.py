"""How far the runs of seeds.py agree, from the assignments and the rows that it keeps."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from retina_vae.cluster_settings import ClusterSettings
from retina_vae.clusters.stability import best_jaccard
from retina_vae.report.wording import badge

__all__ = ["NUMBERS", "summed_up"]

NUMBERS = range(2, 11)
"""Numbers of clusters that each run divides the patients into, beside the one that it finds."""


class Made(NamedTuple):
    """What is kept of a run.

    Attributes:
        row: The latent dimension, the answer, the number of clusters, and others.
        patients: One row per patient: ``cluster, verdict, draw_share, consensus_cluster``; and at each of
            :data:`NUMBERS` ``k_<k>, verdict_<k>``, cluster and verdict where the run makes so many.
    """

    row: dict[str, Any]
    patients: pd.DataFrame

    def called(self, column: str = "cluster") -> pd.Series[Any]:
        """Whether the report calls a cluster stable, by its number; nothing of one cluster that holds all patients."""
        judged = self.patients.drop_duplicates(column).set_index(column)[column_of_verdicts(column)].sort_index()
        called = judged.map(lambda verdict: badge(verdict).kind == "stable").astype(np.bool_)
        return called if len(called) > 1 else called.head(0)

    def all_called(self, column: str = "cluster") -> bool:
        """Whether it calls every cluster stable."""
        called = self.called(column)
        return len(called) > 0 and bool(called.all())


def column_of_verdicts(column: str) -> str:
    """The column with the verdicts on the clusters of another, as ``verdict_3`` on those of ``k_3``."""
    return "verdict" if column == "cluster" else column.replace("k_", "verdict_")


Pair = tuple[Made, Made]


def summed_up(folder: Path) -> dict[str, pd.DataFrame]:
    """Three tables by the ending of their names: per table, per run (``-runs``), and per number (``-numbers``)."""
    by_table: dict[str, list[Made]] = {}
    for path in sorted((folder / "runs").glob("*.csv")):
        patients = pd.read_parquet(folder / "assignments" / f"{path.stem}.parquet")
        made = Made(dict(pd.read_csv(path).iloc[0]), patients)
        by_table.setdefault(made.row["table"], []).append(made)
    several = {table: sorted(own, key=lambda made: made.row["run"]) for table, own in by_table.items() if len(own) > 1}
    return {
        "": pd.DataFrame([_of_table(own) for own in several.values()]).round(3),
        "-runs": pd.DataFrame([_of_run(made) for own in several.values() for made in own]).round(3),
        "-numbers": pd.DataFrame([row for own in several.values() for row in _of_numbers(own)]).round(3),
    }


def _of_run(made: Made) -> dict[str, Any]:
    sizes = made.patients["cluster"].value_counts().sort_index()
    stated = {"sizes": " ".join(map(str, sizes)), "called_stable": int(made.called().sum())}
    return made.row | stated | {"sure": _sure(made.patients).mean()}


def _of_table(runs: list[Made]) -> dict[str, Any]:
    """What is stated of a table; agreement is the adjusted Rand index (ARI) of every pair of its runs."""
    pairs, first = list(combinations(runs, 2)), runs[0].row["k"]
    alike = [(a, b) for a, b in pairs if all(a.row[key] == b.row[key] for key in ("k", "latent_dim"))]
    row: dict[str, Any] = {"table": runs[0].row["table"], "patients": len(runs[0].patients), "runs": len(runs)}
    row |= {key: " ".join(str(made.row[key]) for made in runs) for key in ("latent_dim", "answer", "k")}
    row |= _of_partition(runs, "cluster")
    row |= {"pairs_alike": len(alike)} | _spread("ari_alike", alike)
    # One cluster agrees with itself whatever was done.
    row |= _spread("ari_first_k", pairs if first in NUMBERS else [], f"k_{first}")
    row |= _spread("ari_consensus", pairs, "consensus_cluster") | _spread("ari_sure", pairs, sure=True)
    row |= {"sure": float(np.mean([_sure(made.patients).mean() for made in runs]))}
    row["replicas_ari"] = float(np.mean([made.row["replicas_ari"] for made in runs]))
    return row | {"seconds_of_a_run": float(np.mean([made.row["seconds"] for made in runs]))}


def _of_numbers(runs: list[Made]) -> list[dict[str, Any]]:
    """The same where every run makes the same number of clusters, for each number that all could make."""
    about = {"table": runs[0].row["table"]}
    numbers = [k for k in NUMBERS if all(f"k_{k}" in made.patients for made in runs)]
    return [about | {"k": k} | _of_partition(runs, f"k_{k}") for k in numbers]


def _of_partition(runs: list[Made], column: str) -> dict[str, Any]:
    """Agreement of all pairs, which clusters are called stable, and agreement where both runs call all of them so."""
    pairs = list(combinations(runs, 2))
    called = [(a, b) for a, b in pairs if a.all_called(column) and b.all_called(column)]
    said = [made.called(column) for made in runs]
    row: dict[str, Any] = _spread("ari", pairs, column)
    row |= {"called_stable": " ".join(f"{own.sum()}/{len(own)}" for own in said), "pairs_all_stable": len(called)}
    return row | _spread("ari_all_stable", called, column) | _found_again(pairs, column)


def _spread(name: str, pairs: list[Pair], column: str = "cluster", sure: bool = False) -> dict[str, float]:
    """Median and smallest agreement of the pairs; not a number without any."""
    values = [_agreement(a.patients, b.patients, column, sure) for a, b in pairs]
    found = (float(np.median(values)), min(values)) if values else (np.nan, np.nan)
    return dict(zip((f"{name}_median", f"{name}_least"), found, strict=True))


def _agreement(a: pd.DataFrame, b: pd.DataFrame, column: str, sure: bool) -> float:
    """Adjusted Rand index of two runs; of the patients of whom both are sure, or of all."""
    rows = _sure(a) & _sure(b) if sure else np.ones(len(a), dtype=np.bool_)
    return float(adjusted_rand_score(a.loc[rows, column], b.loc[rows, column])) if rows.any() else float("nan")


def _sure(patients: pd.DataFrame) -> NDArray[np.bool_]:
    """Patients of whose draws at least the share that a run asks of a sure patient lies in their cluster."""
    return patients["draw_share"].to_numpy() >= ClusterSettings().doubtful_below


def _found_again(pairs: list[Pair], column: str) -> dict[str, float]:
    """How well the clusters of a run come back in another: Jaccard similarity with the nearest, stable or not."""
    called, others = [], []
    for one, other in [*pairs, *((b, a) for a, b in pairs)]:
        again = _nearest(one.patients[column], other.patients[column])
        called += [again[number] for number, stable in one.called(column).items() if stable]
        others += [again[number] for number, stable in one.called(column).items() if not stable]
    return {
        "jaccard_stable_median": float(np.median(called)) if called else np.nan,
        "jaccard_stable_least": min(called, default=np.nan),
        "jaccard_others_median": float(np.median(others)) if others else np.nan,
    }


def _nearest(one: pd.Series[int], other: pd.Series[int]) -> dict[Any, float]:
    """The largest Jaccard similarity of each cluster with one of another run, by its number."""
    most = int(max(one.max(), other.max()))
    labels, others = (np.asarray(own, dtype=np.int64) - 1 for own in (one, other))
    again = best_jaccard(labels, others, most)
    return {number: float(again[number - 1]) for number in one.unique()}
