"""The release of what a browser needs to assign a patient."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retina_vae.cohort.kinds.base import NumericKind
from retina_vae.cohort.number_range import number_range
from retina_vae.release.context import Context

__all__ = ["release_explorer"]

FloatArray = NDArray[np.float64]


def release_explorer(model: dict[str, Any] | None, context: Context) -> dict[str, Any] | None:
    """The explorer without what speaks of few patients; None where a cluster is too small to be shown.

    A centre is the mean of its cluster's codes, and a code can be decoded into a patient: the centre of a cluster of
    one patient is that patient's profile. Without it the others would be given patients who are not theirs, so with a
    hidden cluster there is no explorer. Else the ranges of numbers leave out ``floor`` patients at each end, and the
    scores that typicality is ranked among become means of at least that many neighbours (microaggregation,
    Domingo-Ferrer and Mateo-Sanz 2002), so that no score of a single patient is told.

    Args:
        model: As from :func:`retina_vae.assign.explorer.explorer_model`; None of pictures, which have none.
        context: Of the same run.
    """
    if model is None or not context.hides:
        return model
    if context.hidden_clusters:
        return None
    columns = [_narrowed(own, context) for own in model["columns"]]
    typicality = model["typicality"] | _coarser(model["typicality"], len(context.patients), context.floor)
    if (held_out := typicality.get("calibration")) is not None:
        typicality["calibration"] = held_out | _coarser(held_out, held_out["patients"], context.floor)
    return model | {"columns": columns, "typicality": typicality}


def _narrowed(about: dict[str, Any], context: Context) -> dict[str, Any]:
    """A control whose range has ``floor`` patients at or beyond each end."""
    column = context.schema[about["name"]]
    if not isinstance(column.kind_of, NumericKind):
        return about
    known = context.patients[column.name].dropna().to_numpy(dtype=np.float64)
    return about | number_range(column, known, context.floor)


def _coarser(ranks: dict[str, Any], total: int, floor: int) -> dict[str, Any]:
    """Scores of ``total`` patients as means of at least ``floor``, each at the middle of their ranks in per cent."""
    scores = _numbers(ranks["reference"])
    counts = np.ones(len(scores)) if "percent" not in ranks else _counts(_numbers(ranks["percent"]), total)
    starts = _first_of_groups(counts, floor)
    patients = np.add.reduceat(counts, starts)
    stops = patients.cumsum()
    means = np.add.reduceat(scores * counts, starts) / patients
    return {"reference": _packed(means), "percent": _packed(50 * (2 * stops - patients) / total)}


def _counts(percent: FloatArray, total: int) -> FloatArray:
    """How many patients each score is the mean of, where they stand at the middle of their ranks in per cent."""
    counts, before = [], 0.0
    for middle in percent * total / 100:
        counts.append(round(2 * (middle - before)))
        before += counts[-1]
    return np.array(counts, dtype=np.float64)


def _first_of_groups(counts: FloatArray, floor: int) -> NDArray[np.int64]:
    """Where groups of neighbours of at least ``floor`` patients begin; what is left over joins the last of them."""
    starts, inside = [0], 0.0
    for place, count in enumerate(counts.tolist()):
        if inside >= floor and counts[place:].sum() >= floor:
            starts.append(place)
            inside = 0.0
        inside += count
    return np.array(starts, dtype=np.int64)


def _numbers(packed: dict[str, Any]) -> FloatArray:
    return np.frombuffer(base64.b64decode(packed["base64"]), dtype=packed["dtype"]).astype(np.float64)


def _packed(values: FloatArray) -> dict[str, Any]:
    numbers = np.ascontiguousarray(values, dtype="<f8")
    return {"dtype": "<f8", "shape": list(numbers.shape), "base64": base64.b64encode(numbers.tobytes()).decode()}
