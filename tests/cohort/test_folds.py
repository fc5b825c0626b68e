import numpy as np
import pytest

from retina_vae.cohort.folds import fold_of


def test_every_patient_is_in_one_fold_and_the_folds_are_as_large_as_each_other() -> None:
    positions, fold = fold_of(count=103, folds=5, patients=5000, seed=1)
    assert positions.tolist() == list(range(103))
    assert sorted(np.bincount(fold).tolist()) == [20, 20, 21, 21, 21]


def test_of_more_patients_than_asked_for_some_are_drawn_once_each_in_their_order() -> None:
    positions, fold = fold_of(count=1000, folds=4, patients=60, seed=1)
    assert len(positions) == len(set(positions.tolist())) == 60
    assert (np.diff(positions) > 0).all()
    assert positions[-1] > 900  # over the whole table, not its beginning
    assert np.bincount(fold).tolist() == [15, 15, 15, 15]


def test_the_same_seed_draws_the_same_folds_and_another_seed_others() -> None:
    one, again, other = (fold_of(count=500, folds=5, patients=200, seed=seed) for seed in (1, 1, 2))
    assert (one.positions == again.positions).all()
    assert (one.fold == again.fold).all()
    assert (one.positions != other.positions).any()
    assert (one.fold != other.fold).any()


def test_the_order_of_the_table_does_not_decide_the_fold() -> None:
    fold = fold_of(count=10_000, folds=2, patients=10_000, seed=3).fold
    halves = [np.mean(fold[half]) for half in (slice(0, 5000), slice(5000, None))]
    assert halves == pytest.approx([0.5, 0.5], abs=0.03)  # 4 standard errors


def test_fewer_patients_than_folds_are_refused() -> None:
    with pytest.raises(ValueError, match="got 3 and 5"):
        fold_of(count=3, folds=5, patients=100, seed=1)
