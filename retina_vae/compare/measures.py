"""What two runs measured of themselves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from retina_vae.compare.runs import FinishedRun

__all__ = ["MEASURES", "Findings", "Measure", "findings", "measures"]

MEASURES = {
    "patients": "Patients",
    "clusters": "Clusters that have patients",
    "replicas": "Replicas",
    "replica_agreement": "Agreement of the replicas (mean adjusted Rand index)",
    "jaccard_mean": "Stability over the replicas (mean Jaccard similarity of the clusters)",
    "jaccard_least": "The same, of the least stable cluster",
    "retrained_jaccard_mean": "Stability over resamples, model trained again (mean Jaccard similarity of the clusters)",
    "retrained_jaccard_least": "The same, of the least stable cluster",
    "bootstrap_jaccard_mean": "Stability over resamples, model held fixed (mean Jaccard similarity of the clusters)",
    "bootstrap_jaccard_least": "The same, of the least stable cluster",
    "log_evidence": "Log-evidence, median of the replicas (nats per patient)",
    "distance": "Distance to the exact log-density, median of the replicas (nats per patient)",
    "groups_found": "Groups found by what describes unseen patients",
}
"""What each measure is called; the order in which they are shown."""


@dataclass(frozen=True)
class Measure:
    """One number of both runs; None where a run has none."""

    name: str
    a: float | None
    b: float | None


@dataclass(frozen=True)
class Findings:
    """What a run says in words; None where it says nothing.

    Attributes:
        answer: Groups or a continuum, and how many, from ``clusters/latent_structure.csv``.
        choice: What the criteria on its codes choose.
    """

    answer: str | None
    choice: str | None


def measures(a: FinishedRun, b: FinishedRun) -> list[Measure]:
    """The numbers that at least one of the two runs has."""
    first, second = _measured(a), _measured(b)
    both = [Measure(name, _number(first, name), _number(second, name)) for name in MEASURES]
    return [measure for measure in both if (measure.a, measure.b) != (None, None)]


def findings(run: FinishedRun) -> Findings:
    """What the run says in words."""
    found = run.table("clusters/latent_structure.csv", ["answer", "k"])
    answer = None if found is None else _ANSWERS[found["answer"].iloc[0]].format(k=found["k"].iloc[0])
    return Findings(answer, run.text("clusters/choice.txt"))


_ANSWERS = {
    "groups": "separate groups, {k} by held-out log-density",
    "continuum": "a continuum, not groups ({k}, if it is divided by held-out log-density)",
    "nothing": "nothing beyond margins and correlations",
    "undecided": "no answer between groups and a continuum ({k}, if groups, by held-out log-density)",
}


def _measured(run: FinishedRun) -> dict[str, float]:
    stability = run.table("clusters/stability.csv", ["jaccard_mean"])
    replicas = run.table("clusters/replicas.csv", ["replica"])
    agreement = run.table("clusters/agreement.csv", ["ari"])
    structure = run.table("clusters/latent_structure.csv", ["k"])
    found = {"patients": float(len(run.patients)), "clusters": float(len(np.unique(run.clusters)))}
    if replicas is not None and agreement is not None and stability is not None:
        found |= {"replicas": float(len(replicas)), "replica_agreement": float(agreement["ari"].mean())}
        found |= {"jaccard_mean": stability["jaccard_mean"].mean(), "jaccard_least": stability["jaccard_mean"].min()}
    for name in ("retrained", "bootstrap"):
        resampled = run.table(f"clusters/{name}.csv", ["jaccard_mean"])
        if resampled is not None:
            found[f"{name}_jaccard_mean"] = resampled["jaccard_mean"].mean()
            found[f"{name}_jaccard_least"] = resampled["jaccard_mean"].min()
    if structure is not None:
        found["groups_found"] = float(structure["k"].iloc[0])
    return found | _evaluated(run)


def _evaluated(run: FinishedRun) -> dict[str, float]:
    """Medians over the replicas of the clustered model."""
    names = ["log_evidence", "distance"]
    table = run.table("evaluation/evaluation.csv", ["model", *names])
    if table is None:
        return {}
    own = table[table["model"] == run.settings.clustered_model]
    return {name: float(own[name].median()) for name in names}


def _number(values: Mapping[str, float], name: str) -> float | None:
    value = float(values.get(name, math.nan))
    return None if math.isnan(value) else value
