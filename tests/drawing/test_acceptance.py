"""The classifier that accepts pictures."""

import numpy as np
import pytest

from retina_vae.drawing.acceptance import Classifier, fit_classifier, share_accepted


class Said:
    """A network that says what it is told, whatever it sees."""

    def __init__(self, *probabilities: list[float]) -> None:
        self.said = np.array(probabilities)

    def predict_proba(self, pictures: np.ndarray) -> np.ndarray:
        return self.said[: len(pictures)]


def test_a_share_is_that_of_mean_probabilities_from_the_bound_on() -> None:
    networks = (
        Said([1.0, 0.0], [0.9, 0.1], [0.2, 0.8], [0.5, 0.5]),
        Said([0.8, 0.2], [0.8, 0.2], [0.0, 1.0], [1.0, 0.0]),
    )
    classifier = Classifier(networks, 1.0, 4)  # type: ignore[arg-type]
    pictures = np.zeros((4, 1))
    np.testing.assert_allclose(classifier.probability(pictures)[:, 0], [0.9, 0.85, 0.1, 0.75])
    found = share_accepted(classifier, pictures, 0.9)
    assert (found.share, found.count) == (0.5, 4)
    assert found.error == pytest.approx(0.25)


def test_labels_that_are_told_apart_are_accepted_and_what_is_not_known_takes_no_part() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 300)
    pictures = np.eye(3)[labels] * 0.8 + 0.1 * rng.random((300, 3))
    # Wrong pictures without a label must not be learned.
    labels[:30], pictures[:30] = -1, pictures[::-1][:30]
    held_out = rng.random(300) < 0.3
    found = fit_classifier(pictures, labels, held_out, seed=1, networks=2)
    assert found.accuracy == 1.0
    assert found.tested == int(held_out[30:].sum())
    assert share_accepted(found, pictures[~held_out], 0.8).share > 0.95
    assert share_accepted(found, np.full((5, 3), 1 / 3), 0.8).share == 0.0
    again = fit_classifier(pictures, labels, held_out, seed=1, networks=2)
    np.testing.assert_array_equal(found.probability(pictures), again.probability(pictures))


def test_labels_need_not_be_counted_from_zero() -> None:
    rng = np.random.default_rng(1)
    labels = rng.choice([2, 5], 200)
    pictures = np.where(labels[:, None] == 2, 0.1, 0.9) + 0.05 * rng.random((200, 4))
    assert fit_classifier(pictures, labels, np.arange(200) < 40, seed=3, networks=1).accuracy == 1.0
