"""What a report says of the patients as a whole: how many, what is missing, who is in doubt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.clusters.description.columns import numbers, round_decimals
from retina_vae.release.cells import hides_missing, is_few
from retina_vae.release.context import Context
from retina_vae.release.suppression import suppressed

__all__ = ["BANDS", "account", "column_table", "doubt_bands", "outcome_table"]

FloatArray = NDArray[np.float64]

BANDS = (1.0, 0.9, 0.8, 0.5, 0.0)
"""Lower ends of the bands of assignment probability, from sure to unsure."""

_DIGITS = 2
_NEARLY_ALL, _MOST = 0.05, 0.2


def account(
    context: Context, probability: FloatArray, consensus: NDArray[np.int64], refused: int, bound: float
) -> dict[str, Any]:
    """Numbers of all patients; None where one is not shown.

    Args:
        context: Of the run.
        probability: With which each patient belongs to their cluster, shape (patients,).
        consensus: The cluster of each that the replicas have in common, shape (patients,).
        refused: Rows of the source that are no patients.
        bound: Patients with a probability below it are called doubtful.
    """
    total, doubtful = len(context.patients), int((probability < bound).sum())
    share = doubtful / total
    hidden = is_few(doubtful, context.floor) or is_few(total - doubtful, context.floor)
    agreed = float((consensus == context.clusters.to_numpy()).mean())
    mean = float(probability.mean())
    return {
        "patients": total,
        "refused": None if is_few(refused, context.floor) else refused,
        "doubtful": None if hidden else doubtful,
        "sure": "nearly all" if share < _NEARLY_ALL else "most" if share < _MOST else "only a part of the",
        "mean_probability": round(mean, _DIGITS) if context.hides else mean,
        "consensus": round(agreed, _DIGITS) if context.hides else agreed,
    }


def column_table(context: Context) -> pd.DataFrame:
    """What is known of every column: how often it is observed, and how its numbers are written.

    Returns:
        ``column, observed, missing, decimals`` (worth a reader's time, negative for tens)``, whole, spread`` (standard
        deviation); the last three missing where the column holds no numbers.
    """
    return pd.DataFrame(_columns(context)).astype({"observed": "Int64", "missing": "Int64", "decimals": "Int64"})


def _columns(context: Context) -> Iterator[dict[str, Any]]:
    for column in context.schema.columns:
        values = context.patients[column.name]
        counts = np.array([values.notna().sum(), values.isna().sum()], dtype=np.int64)
        codes, categories = column.kind_of.codes(values, column.categories), len(column.categories)
        unshown = _unshown(counts, context) | hides_missing(codes, categories, context.floor)
        shown = [None if hidden else int(own) for own, hidden in zip(counts, unshown, strict=True)]
        row = {"column": column.name, "observed": shown[0], "missing": shown[1]}
        yield (
            row
            | {"decimals": None, "whole": None, "spread": np.nan}
            | (_numbers(values, context) if column.numeric else {})
        )


def _unshown(counts: NDArray[np.int64], context: Context) -> NDArray[np.bool_]:
    """Of two numbers that add up to all patients both are hidden, or neither."""
    return np.full(2, suppressed(counts, context.floor).any())


def _numbers(values: pd.Series, context: Context) -> dict[str, Any]:
    known = numbers(values)
    known = known[np.isfinite(known)]
    spread = float(values.std())
    return {
        "decimals": round_decimals(known),
        "whole": bool((known == np.rint(known)).all()),
        "spread": float(f"{spread:.2g}") if context.hides else spread,
    }


def outcome_table(context: Context) -> pd.DataFrame:
    """How nearly the clusters are the categories of each outcome.

    Returns:
        ``outcome, categories`` (that occur)``, ari`` (of the patients whose outcome is known)``; no row of an outcome
        that nobody's is.
    """
    from sklearn.metrics import adjusted_rand_score

    rows = []
    for column in (own for own in context.schema.outcomes if not own.numeric):
        values = context.patients[column.name]
        known = values.notna().to_numpy()
        if known.any():
            ari = float(adjusted_rand_score(values[known].astype(str), context.clusters.to_numpy()[known]))
            rows.append((column.name, int(values[known].nunique()), round(ari, _DIGITS) if context.hides else ari))
    return pd.DataFrame(rows, columns=["outcome", "categories", "ari"])


def doubt_bands(probability: FloatArray, bound: float, floor: int) -> pd.DataFrame:
    """How many patients lie in each band of assignment probability, from sure to unsure.

    A reader may know how many are doubtful too. A band that the bound of doubt divides is shown only where both of its
    parts may be, and the bands on each side of the bound are protected within their sum.

    Args:
        probability: Of each patient's cluster, shape (patients,).
        bound: Patients below it are doubtful.
        floor: Numbers below it are not shown.

    Returns:
        ``low, high`` (missing of the highest band)``, patients``.
    """
    uppers = (np.inf, *BANDS[:-1])
    parts = [
        (place, low, up)
        for place, (lower, upper) in enumerate(zip(BANDS, uppers, strict=True))
        for low, up in _divided(lower, upper, bound)
    ]
    counts = np.array([((probability >= low) & (probability < up)).sum() for _, low, up in parts], dtype=np.int64)
    doubtful = np.array([low < bound for _, low, _ in parts])
    known = not (is_few(counts[doubtful].sum(), floor) or is_few(counts[~doubtful].sum(), floor))
    sides = [doubtful, ~doubtful] if known else [np.ones(len(parts), dtype=np.bool_)]
    hidden = np.zeros(len(parts), dtype=np.bool_)
    for side in sides:
        hidden[side] = suppressed(counts[side], floor)
    band = np.array([place for place, _, _ in parts])
    patients, unseen = np.bincount(band, weights=counts), np.bincount(band, weights=hidden) > 0
    shown = pd.Series(patients.astype(np.int64), dtype="Int64").mask(unseen)
    highs = [np.nan if np.isinf(upper) else upper for upper in uppers]
    return pd.DataFrame({"low": BANDS, "high": highs, "patients": shown})


def _divided(low: float, high: float, bound: float) -> list[tuple[float, float]]:
    """The band, or its two parts where the bound lies inside."""
    return [(bound, high), (low, bound)] if low < bound < high else [(low, high)]
