"""Two units in one column: found where they are clear, and never in one distribution."""

from collections.abc import Callable

import numpy as np
import pytest

from retina_vae.cohort.units import RATIOS, two_units

Draw = Callable[[np.random.Generator, int], np.ndarray]


def mixed(ratio: float, share: float, spread: float, seed: int, patients: int = 1000) -> np.ndarray:
    rng = np.random.default_rng(seed)
    numbers = rng.lognormal(3, spread, patients)
    numbers[: round(share * patients)] *= ratio
    return numbers


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
@pytest.mark.parametrize("up", [True, False])
def test_a_second_unit_is_found_with_its_ratio_share_and_side(ratio: float, share: float, up: bool) -> None:
    found = two_units(mixed(ratio if up else 1 / ratio, share, 0.2, seed=1))
    assert found is not None
    assert found.times == ratio
    assert found.share == pytest.approx(share, abs=0.002)
    if share < 0.5:
        assert found.side == ("higher" if up else "lower")


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng, n: rng.lognormal(0, 0.3, n),
        lambda rng, n: rng.lognormal(0, 1, n),
        lambda rng, n: rng.lognormal(0, 2, n),
        lambda rng, n: rng.normal(100, 10, n),
        lambda rng, n: rng.exponential(1, n),
        lambda rng, n: rng.gamma(2, 1, n),
        lambda rng, n: rng.uniform(1, 1000, n),
        lambda rng, n: np.exp(rng.uniform(0, 10, n)),
        lambda rng, n: np.exp(rng.standard_t(3, n)),
    ],
    ids=["narrow", "lognormal", "wide", "normal", "exponential", "gamma", "uniform", "log-uniform", "heavy"],
)
@pytest.mark.parametrize("patients", [100, 1000])
def test_one_distribution_is_never_two_units(draw: Draw, patients: int) -> None:
    rng = np.random.default_rng(4)
    assert [two_units(draw(rng, patients)) for _ in range(200)] == [None] * 200


def test_groups_that_differ_by_another_ratio_or_overlap_are_none() -> None:
    assert two_units(mixed(4.0, 0.3, 0.1, seed=2)) is None
    assert two_units(mixed(30.0, 0.3, 0.1, seed=2)) is None
    assert two_units(mixed(10.0, 0.3, 0.8, seed=2)) is None


def test_groups_of_other_spreads_are_none() -> None:
    rng = np.random.default_rng(3)
    numbers = np.concatenate([rng.lognormal(0, 0.1, 500), rng.lognormal(np.log(100), 0.5, 500)])
    assert two_units(numbers) is None


def test_few_values_and_values_without_logarithms_say_nothing() -> None:
    assert two_units(np.array([1.0] * 5 + [100.0] * 5)) is None
    assert two_units(mixed(100.0, 0.003, 0.1, seed=5)) is None
    assert two_units(np.append(mixed(100.0, 0.3, 0.1, seed=5), 0.0)) is None
