"""From the criteria to the number of clusters that each chooses, and to a sentence about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median_low

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.clusters.criteria import smallest_within_error
from retina_vae.words import as_sentence

__all__ = ["SELECTION_RULES", "SelectionRule", "agreement_sentence", "choices_of"]

STRONG = 0.8
"""Prediction strength from which Tibshirani and Walther (2005) take the clusters to be there."""

_NUMERALS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True)
class SelectionRule:
    """How one criterion chooses.

    Attributes:
        label: What a reader calls the criterion.
        needs: Columns of the table that it reads.
        words: The rule in words.
        choose: The number of clusters, from the numbers compared and the columns.
    """

    label: str
    needs: tuple[str, ...]
    words: str
    choose: Callable[..., int]


def _largest(values: NDArray[np.float64]) -> int:
    return int(np.nanargmax(values)) + 1


def _last_at_least(threshold: float) -> Callable[[NDArray[np.float64]], int]:
    return lambda values: int(np.flatnonzero(values >= threshold).max(initial=0)) + 1


SELECTION_RULES: dict[str, SelectionRule] = {
    "silhouette": SelectionRule(
        "silhouette", ("silhouette",), "the largest mean silhouette, from 2 clusters on", _largest
    ),
    "calinski_harabasz": SelectionRule(
        "Calinski-Harabasz", ("calinski_harabasz",), "the largest index, from 2 clusters on", _largest
    ),
    "gap": SelectionRule(
        "gap",
        ("gap", "gap_error"),
        "the smallest k whose gap is at least that of k + 1 less its standard error",
        smallest_within_error,
    ),
    "prediction_strength": SelectionRule(
        "prediction strength",
        ("prediction_strength",),
        f"the largest k whose prediction strength is at least {STRONG:g}",
        _last_at_least(STRONG),
    ),
}
"""The criteria on the codes; the within-cluster sum of squares only falls and chooses nothing. Ties go to fewer.

They say how k-means sees the codes, and decide nothing: none of them is made for columns that depend on each other
within the groups.
"""


def choices_of(criteria: pd.DataFrame) -> pd.DataFrame:
    """What each criterion chooses, over the replicas.

    Args:
        criteria: One row per replica and k, k from 1 without a gap.

    Returns:
        ``criterion, k, lowest, highest, tried, label, rule``; a criterion without any value has no row.
    """
    rows = []
    for name, rule in SELECTION_RULES.items():
        tables = [own for _, own in criteria.groupby("replica")]
        columns = [[own.sort_values("k")[need].to_numpy() for need in rule.needs] for own in tables]
        chosen = [rule.choose(*own) for own in columns if not np.isnan(own[0]).all()]
        if chosen:
            row = {"criterion": name, "k": median_low(chosen), "lowest": min(chosen), "highest": max(chosen)}
            rows.append(row | {"tried": int(criteria["k"].max()), "label": rule.label, "rule": rule.words})
    return pd.DataFrame(rows)


def agreement_sentence(choices: pd.DataFrame) -> str:
    """What the criteria agree on and what not, in plain words.

    Args:
        choices: The table of :func:`choices_of`.
    """
    groups = choices.groupby("k")["criterion"].apply(list)
    order = sorted(groups.index, key=lambda k: (-len(groups[k]), k))
    parts = [_says(groups[k], k, first=k == order[0], tried=int(choices["tried"].max())) for k in order]
    total = f"Of {_numeral(len(choices))} criteria, " if len(choices) > 1 else ""
    sentence = as_sentence(f"{total}{'; '.join(parts)}.")
    if len(choices) > 1 and len(groups[order[0]]) * 2 <= len(choices):
        sentence += " No number is chosen by more than half of them."
    return sentence + _spread(choices)


def _says(names: list[str], k: int, first: bool, tried: int) -> str:
    verb = "chooses" if len(names) == 1 else "choose"
    unit = (" cluster" if k == 1 else " clusters") if first else ""
    limit = ", the largest number tried" if k == tried else ""
    return (
        f"{_numeral(len(names))} {verb} {k}{unit}{limit} ({', '.join(SELECTION_RULES[name].label for name in names)})"
    )


def _spread(choices: pd.DataFrame) -> str:
    differing = choices[choices["lowest"] < choices["highest"]]
    if differing.empty:
        return ""
    parts = [
        f"{SELECTION_RULES[name].label} ({lowest} to {highest})"
        for name, lowest, highest in differing[["criterion", "lowest", "highest"]].itertuples(index=False)
    ]
    return f" Medians over the replicas, which differ in {', '.join(parts)}."


def _numeral(number: int) -> str:
    return _NUMERALS[number] if number < len(_NUMERALS) else str(number)
