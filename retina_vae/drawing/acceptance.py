"""What share of pictures a classifier accepts as one of the labels."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

__all__ = ["Acceptance", "Classifier", "fit_classifier", "share_accepted"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_NETWORKS = 5
_UNITS = (100,)
_EPOCHS = 200


@dataclass(frozen=True)
class Classifier:
    """Networks whose probabilities are averaged, so that they are less sure of what they have not seen.

    A single network is sure far from its data, too (Hein, Andriushchenko and Bitterwolf 2019); several that were
    trained from other weights agree less there (Lakshminarayanan, Pritzel and Blundell 2017).

    Attributes:
        networks: Trained on the same pictures.
        accuracy: On pictures that they were not trained on.
        tested: How many of these there were.
    """

    networks: tuple[MLPClassifier, ...]
    accuracy: float
    tested: int

    def probability(self, pictures: FloatArray) -> FloatArray:
        """Of each label, shape (pictures, labels)."""
        found: FloatArray = np.mean([own.predict_proba(pictures) for own in self.networks], axis=0)
        return found


def fit_classifier(
    pictures: FloatArray, labels: IntArray, held_out: NDArray[np.bool_], seed: int, networks: int = _NETWORKS
) -> Classifier:
    """Train on the pictures that are not held out, and test on the others.

    Args:
        pictures: Shares of the maximum, shape (pictures, pixels).
        labels: Of each; those below 0 are not known, and take no part.
        held_out: Which pictures it is tested on.
        seed: Of weights and batches.
        networks: How many are averaged.
    """
    known = labels >= 0
    own, other = known & ~held_out, known & held_out
    fitted = []
    for place in range(networks):
        network = MLPClassifier(_UNITS, max_iter=_EPOCHS, random_state=seed + place)
        with warnings.catch_warnings():
            # So many passes are enough, whether or not the loss still falls.
            warnings.simplefilter("ignore", ConvergenceWarning)
            fitted.append(network.fit(pictures[own], labels[own]))
    found = Classifier(tuple(fitted), float("nan"), int(other.sum()))
    right = found.probability(pictures[other]).argmax(axis=1) == np.searchsorted(fitted[0].classes_, labels[other])
    return Classifier(found.networks, float(right.mean()), found.tested)


@dataclass(frozen=True)
class Acceptance:
    """A share with its standard error, over so many pictures."""

    share: float
    error: float
    count: int


def share_accepted(classifier: Classifier, pictures: FloatArray, at_least: float) -> Acceptance:
    """The share of pictures of which the classifier gives a label at least this probability."""
    accepted = classifier.probability(pictures).max(axis=1) >= at_least
    share = float(accepted.mean())
    return Acceptance(share, float(np.sqrt(share * (1 - share) / len(accepted))), len(accepted))
