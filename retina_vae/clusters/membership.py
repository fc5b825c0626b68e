"""From the clusters of a patient's draws to the cluster of the patient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Membership", "membership_of_draws"]


@dataclass(frozen=True)
class Membership:
    """Cluster index (0-based) of each patient, and the share of the patient's draws that fall into it."""

    labels: NDArray[np.int64]
    share: NDArray[np.float64]


def membership_of_draws(draw_labels: NDArray[np.int64], k: int, labels: NDArray[np.int64] | None = None) -> Membership:
    """The most frequent cluster over a patient's draws, and its share; ties go to the lower index.

    The share estimates the probability under q(z | x) that the patient's code lies in that cluster, in steps of one
    draw; :mod:`retina_vae.assign.doubt` integrates it more closely.

    Args:
        draw_labels: Cluster index of every draw, shape (draws, patients).
        k: Number of clusters.
        labels: The patients' clusters where something else than the draws decides them; the draws give the share
            alone.

    >>> membership_of_draws(np.array([[0, 1], [0, 2], [1, 2]]), k=3)
    Membership(labels=array([0, 2]), share=array([0.66666667, 0.66666667]))
    """
    votes = np.stack([(draw_labels == cluster).mean(axis=0) for cluster in range(k)])
    chosen = votes.argmax(axis=0) if labels is None else labels
    return Membership(chosen, votes[chosen, np.arange(votes.shape[1])])
