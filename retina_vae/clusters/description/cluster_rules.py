"""The shortest rule that describes each cluster, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.clusters.description.conditions import Conjunction, Disjunction, join
from retina_vae.clusters.description.decision_tree import Leaf

__all__ = ["NO_RULE", "Rule", "rule_table", "shortest_rule"]

NO_RULE = "no short rule"
"""What stands in the place of a rule where none is mostly the cluster, or only of a smaller part of it."""

_TOLERANCE = 0.01
_LEAST = 0.5
_LEAST_RECALL_GAINED = 0.1
_MOST_ALTERNATIVES = 3

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Rule:
    """Conjunctions of which one holds, and how well the patients that they mean are the cluster.

    Attributes:
        alternatives: The conjunctions, the best first.
        patients: Number of patients that the rule holds for.
        precision: Share of these who are in the cluster.
        recall: Share of the cluster that the rule holds for.
    """

    alternatives: tuple[Conjunction, ...]
    patients: int
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both > 0 else 0.0

    @property
    def conditions(self) -> int:
        """Number of conditions of all alternatives together."""
        return sum(len(own.conditions) for own in self.alternatives)

    def __str__(self) -> str:
        return str(Disjunction(self.alternatives))


def rule_table(patients: pd.DataFrame, clusters: NDArray[np.int64], leaves: Sequence[Leaf]) -> pd.DataFrame:
    """The shortest rule of each cluster that the leaves of a tree have.

    Args:
        patients: The patient table.
        clusters: Cluster number of each patient, shape (patients,).
        leaves: Of a tree that distinguishes the clusters.

    Returns:
        ``cluster, rule, conditions`` (of all alternatives together), ``patients`` (that the rule holds for),
        ``precision, recall``; "no short rule" and nothing else where there is none. Counted on the patients that the
        tree was fitted to, by the rule as it stands in words.
    """
    rows = []
    for cluster in np.unique(clusters):
        own = [leaf.conjunction for leaf in leaves if leaf.cluster == cluster]
        rule = shortest_rule(patients, clusters == cluster, own)
        row = {"cluster": int(cluster), "rule": NO_RULE if rule is None else str(rule)}
        for name in ("conditions", "patients", "precision", "recall"):
            row[name] = None if rule is None else getattr(rule, name)
        rows.append(row)
    return pd.DataFrame(rows).astype({"conditions": "Int64", "patients": "Int64", "precision": float, "recall": float})


def shortest_rule(patients: pd.DataFrame, inside: Bools, leaves: Sequence[Conjunction]) -> Rule | None:
    """The shortest rule for one cluster.

    Leaves that make one conjunction together are joined first. The rule starts from the conjunction with the best F1
    (the harmonic mean of precision and recall) and takes others in, three in all at most, while each adds a tenth of
    the cluster. Then conditions are dropped, the least useful first, as long as neither precision nor recall falls by
    more than 0.01, or F1 rises. There is no rule where half of those whom it holds for are not in the cluster, or half
    of the cluster is not among them. A condition does not hold for a patient whose value is not observed.

    Args:
        patients: The patient table.
        inside: Who is in the cluster, shape (patients,).
        leaves: Those of the tree that stand for the cluster.
    """
    single = [_measure((conjunction,), patients, inside) for conjunction in _joined(leaves)]
    usable = sorted((rule for rule in single if _is_majority(rule)), key=lambda rule: -rule.f1)
    if not usable:
        return None
    rule, *others = usable
    for other in others:
        wider = _measure(rule.alternatives + other.alternatives, patients, inside)
        if len(wider.alternatives) <= _MOST_ALTERNATIVES and wider.recall >= rule.recall + _LEAST_RECALL_GAINED:
            rule = wider
    rule = _pruned(rule, patients, inside)
    if rule.recall < _LEAST:
        return None
    return replace(rule, alternatives=tuple(own.ordered(list(patients.columns)) for own in rule.alternatives))


def _joined(conjunctions: Sequence[Conjunction]) -> list[Conjunction]:
    """The same patients in fewer conjunctions: two that make one are replaced by it until none do."""
    left = list(conjunctions)
    while pair := next(((a, b) for a, b in combinations(left, 2) if join(a, b) is not None), None):
        union = join(*pair)
        left = [own for own in left if own not in pair] + ([union] if union is not None else [])
    return left


def _pruned(rule: Rule, patients: pd.DataFrame, inside: Bools) -> Rule:
    best = rule
    while True:
        shorter = [_measure(fewer, patients, inside) for fewer in _one_condition_less(rule)]
        allowed = [own for own in shorter if _is_majority(own) and _is_as_good(own, best)]
        if not allowed:
            return rule
        rule = max(allowed, key=lambda own: own.f1)
        best = max(best, rule, key=lambda own: own.f1)


def _one_condition_less(rule: Rule) -> list[tuple[Conjunction, ...]]:
    return [
        (*rule.alternatives[:place], own.without(condition), *rule.alternatives[place + 1 :])
        for place, own in enumerate(rule.alternatives)
        for condition in own.conditions
    ]


def _is_as_good(rule: Rule, best: Rule) -> bool:
    kept = min(rule.precision - best.precision, rule.recall - best.recall) >= -_TOLERANCE
    return kept or rule.f1 > best.f1


def _is_majority(rule: Rule) -> bool:
    return rule.patients > 0 and rule.precision >= _LEAST


def _measure(alternatives: tuple[Conjunction, ...], patients: pd.DataFrame, inside: Bools) -> Rule:
    holds = Disjunction(alternatives).holds(patients)
    hits, held = int((holds & inside).sum()), int(holds.sum())
    return Rule(alternatives, held, hits / held if held else 0.0, hits / int(inside.sum()))
