"""A reader who wants to know a number that is not shown, and can solve integer programmes."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp


def possible(
    values: np.ndarray, hidden: np.ndarray, sums: np.ndarray, lowest: np.ndarray | int = 0
) -> dict[int, tuple[int, int]]:
    """Least and greatest whole number that each hidden value can be.

    Args:
        values: The true values, shape (n,); those that are not hidden are known.
        hidden: Shape (n,).
        sums: Coefficients of sums of values that are known, shape (sums, n).
        lowest: What a hidden value is at least, known too.
    """
    low = np.where(hidden, lowest, values).astype(float)
    bounds = Bounds(low, np.where(hidden, np.inf, values))
    known = [LinearConstraint(sums, sums @ values, sums @ values)] if len(sums) else []
    found = {}
    for place in np.flatnonzero(hidden):
        ends = []
        for sign in (1, -1):
            cost = np.zeros(len(values))
            cost[place] = sign
            result = milp(cost, constraints=known, bounds=bounds, integrality=np.ones(len(values)))
            # Without a greatest number the programme has no end.
            ends.append(round(result.x[place]) if result.x is not None else 10**9)
        found[int(place)] = (ends[0], ends[1])
    return found


def sums_of(shape: tuple[int, int], rows: bool = True, columns: bool = True) -> np.ndarray:
    """The sums of the rows, of the columns, or of both, of a table that is read row by row."""
    parts = [np.zeros((0, shape[0] * shape[1]))]
    parts += [np.kron(np.eye(shape[0]), np.ones(shape[1]))] if rows else []
    parts += [np.kron(np.ones(shape[0]), np.eye(shape[1]))] if columns else []
    return np.vstack(parts)
