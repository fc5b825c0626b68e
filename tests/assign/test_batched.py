"""Patients in batches."""

import numpy as np
import pytest
import torch

from retina_vae.assign.batched import compute_in_batches, distinct_rows


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize("threads", [1, 2])
def test_every_patient_gets_its_own_whatever_the_batches_and_equal_ones_are_computed_once(size: int, threads: int):
    x = np.array([[3.0, 1.0], [1.0, 2.0], [3.0, 1.0], [5.0, 0.0], [1.0, 2.0]])
    seen, told = [], []

    def compute(part: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
        seen.append(part.shape[1])
        return part.sum(dim=0).numpy(), part.T.numpy()

    total, same = compute_in_batches(compute, x, size, threads, lambda done, note="": told.append(done))
    np.testing.assert_array_equal(total, x.sum(axis=1))
    np.testing.assert_array_equal(same, x)
    assert sum(seen) == 3
    assert max(seen) <= size
    assert told[-1] == 100


def test_distinct_rows_are_told_by_every_bit():
    x = np.array([[1.0, np.nan], [1.0, 0.0], [1.0, np.nan], [1.0 + 2**-52, 0.0], [0.0, 1.0], [1.0, 0.0]])
    first, place = distinct_rows(x)
    np.testing.assert_array_equal(x[first][place], x)
    assert len(first) == 4
    assert place[0] == place[2]
    assert place[1] == place[5]


def test_rows_whose_sums_fall_together_are_still_distinguished(monkeypatch: pytest.MonkeyPatch):
    class Zeros:
        def integers(self, *arguments: object, size: int, dtype: type) -> np.ndarray:
            return np.zeros(size, dtype)

    monkeypatch.setattr(np.random, "default_rng", lambda seed: Zeros())
    x = np.array([[1.0, 2.0], [2.0, 1.0], [1.0, 2.0]])
    first, place = distinct_rows(x)
    np.testing.assert_array_equal(x[first][place], x)
