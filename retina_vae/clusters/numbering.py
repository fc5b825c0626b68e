"""Numbering clusters, so that the same number means the same patients wherever that is possible."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

__all__ = ["best_partners", "contingency", "match_numbers", "number_by_size"]

Labels = NDArray[np.int64]


def contingency(a: Labels, b: Labels, k_a: int, k_b: int) -> Labels:
    """Number of patients in each pair of clusters, shape (k_a, k_b); ``a`` and ``b`` hold 0-based indices."""
    table = np.zeros((k_a, k_b), dtype=np.int64)
    np.add.at(table, (a, b), 1)
    return table


def number_by_size(labels: Labels, k: int) -> Labels:
    """The new index of each old index, the largest cluster first; ties keep their order.

    >>> number_by_size(np.array([0, 1, 1, 2, 2, 2]), k=3)
    array([2, 1, 0])
    """
    order = np.argsort(-np.bincount(labels, minlength=k), kind="stable")
    numbers = np.empty(k, dtype=np.int64)
    numbers[order] = np.arange(k)
    return numbers


def best_partners(labels: Labels, reference: Labels, k: int, k_reference: int) -> Labels:
    """The reference's index that each index is matched with, -1 without a partner.

    The matching is the one under which most patients keep their reference's index (Kuhn 1955, the assignment problem).
    """
    own, partner = linear_sum_assignment(contingency(labels, reference, k, k_reference), maximize=True)
    partners = np.full(k, -1, dtype=np.int64)
    partners[own] = partner
    return partners


def match_numbers(labels: Labels, reference: Labels, k: int, k_reference: int) -> Labels:
    """The new index of each old index so that as many patients as possible keep their reference's index.

    The clusters without a partner (:func:`best_partners`) come last, by size. With fewer clusters than reference
    indices, the used indices are closed up.

    >>> match_numbers(np.array([1, 1, 0, 2]), np.array([0, 0, 1, 1]), k=3, k_reference=2)
    array([1, 0, 2])
    """
    numbers = best_partners(labels, reference, k, k_reference)
    unmatched = np.flatnonzero(numbers < 0)
    sizes = np.bincount(labels, minlength=k)
    by_size = unmatched[np.argsort(-sizes[unmatched], kind="stable")]
    numbers[by_size] = k_reference + np.arange(len(by_size))
    return np.searchsorted(np.sort(numbers), numbers)
