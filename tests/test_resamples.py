import numpy as np
import pytest

from retina_vae.resamples import SCHEMES, drawn_patients


@pytest.mark.parametrize("patients", [1, 2, 7, 100])
def test_a_subset_is_half_of_the_patients_and_draws_nobody_twice(patients: int) -> None:
    drawn = drawn_patients("subset", patients, 1, 0)
    assert len(np.unique(drawn)) == len(drawn) == max(1, patients // 2)
    assert set(drawn) <= set(range(patients))


def test_a_bootstrap_draws_as_many_with_repetition() -> None:
    """A patient is drawn at all with probability 1 - (1 - 1/n)^n, about 0.632."""
    drawn = drawn_patients("bootstrap", 10_000, 1, 0)
    assert len(drawn) == 10_000
    assert len(np.unique(drawn)) / 10_000 == pytest.approx(1 - np.exp(-1), abs=0.02)


def test_noise_takes_everybody_once() -> None:
    assert drawn_patients("noise", 5, 1, 3).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("scheme", [scheme for scheme in SCHEMES if scheme != "noise"])
def test_each_resample_has_a_stream_of_its_own(scheme: str) -> None:
    first, second, other = (drawn_patients(scheme, 50, *place) for place in ((1, 0), (1, 1), (2, 0)))
    assert first.tolist() == drawn_patients(scheme, 50, 1, 0).tolist()
    assert first.tolist() != second.tolist()
    assert first.tolist() != other.tolist()
