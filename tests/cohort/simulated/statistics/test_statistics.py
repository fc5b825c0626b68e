"""What holds for the statistic of every kind of column, with bounds and without."""

import numpy as np
import pytest

from retina_vae.cohort.kinds import KINDS
from retina_vae.cohort.kinds.count import LARGEST_COUNT
from retina_vae.cohort.schema import Column
from retina_vae.cohort.simulated.statistics import (
    STATISTICS,
    BinomialStatistic,
    CategoryStatistic,
    LogNormalStatistic,
    NegativeBinomialStatistic,
    NormalStatistic,
    Statistic,
    ZeroInflatedStatistic,
)

FOUR = ("a", "b", "c", "d")
SHARES = dict(zip(FOUR, (0.1, 0.5, 0.15, 0.25), strict=True))


def column(kind: str, **changes: object) -> Column:
    return Column(name="x", label="X", kind=kind, **changes)


CASES: dict[str, tuple[Column, Statistic]] = {
    "nominal": (column("nominal", categories=FOUR), CategoryStatistic(probabilities=SHARES, source="s")),
    "binary": (
        column("binary", categories=("no", "yes")),
        CategoryStatistic(probabilities={"no": 0.8, "yes": 0.2}, source="s"),
    ),
    "ordinal": (column("ordinal", categories=FOUR), CategoryStatistic(probabilities=SHARES, source="s")),
    "continuous": (column("continuous"), NormalStatistic(mean=-3, variance=4, source="s")),
    "continuous, bounded": (
        column("continuous", minimum=-4, maximum=0),
        NormalStatistic(mean=-3, variance=4, source="s"),
    ),
    "positive": (column("positive"), LogNormalStatistic(median=80, log_sd=0.4, source="s")),
    "positive, bounded": (
        column("positive", minimum=50, maximum=100),
        LogNormalStatistic(log_mean=4.2, log_sd=0.6, source="s"),
    ),
    "zero_inflated": (
        column("zero_inflated"),
        ZeroInflatedStatistic(share_above_zero=0.7, median=5, log_sd=0.5, source="s"),
    ),
    "zero_inflated, bounded": (
        column("zero_inflated", minimum=0, maximum=6),
        ZeroInflatedStatistic(share_above_zero=0.4, median=5, log_sd=0.5, source="s"),
    ),
    "count": (column("count"), NegativeBinomialStatistic(mean=4, dispersion=0.5, source="s")),
    "count, bounded": (
        column("count", minimum=1, maximum=9),
        NegativeBinomialStatistic(mean=4, dispersion=1.5, source="s"),
    ),
    "level": (column("level", maximum=30), BinomialStatistic(probability=0.7, source="s")),
    "level, a point": (column("level", maximum=1), BinomialStatistic(probability=0.2, source="s")),
}

each_case = pytest.mark.parametrize(("where", "statistic"), CASES.values(), ids=CASES)


def support(where: Column, split: float | None) -> tuple[np.ndarray, np.ndarray]:
    """Every code, or nodes of a Gauss-Legendre rule over pieces of the numbers, and their weights; 1 for what counts.

    No piece goes beyond ``split``, where what is integrated may jump.
    """
    if not where.numeric or where.kind_of.whole:
        codes = np.arange(float(len(where.categories) or 400))
        return codes, np.ones_like(codes)
    ends = {
        "continuous": (-25, -8, -3, 2, 20),
        "positive": (1e-3, 20, 80, 200, 500, 3000),
        "zero_inflated": (1e-3, 2, 5, 10, 30, 200),
    }[where.kind]
    low = ends[0] if where.minimum is None else max(where.minimum, ends[0])
    high = ends[-1] if where.maximum is None else where.maximum
    cuts = np.unique([low, high, *(point for point in (*ends, split) if point is not None and low < point < high)])
    nodes, weights = np.polynomial.legendre.leggauss(200)
    middle, half = (cuts[1:] + cuts[:-1]) / 2, np.diff(cuts) / 2
    codes, weights = (middle[:, None] + half[:, None] * nodes).ravel(), (half[:, None] * weights).ravel()
    if where.kind == "zero_inflated":
        return np.append(codes, 0.0), np.append(weights, 1.0)
    return codes, weights


def expectation(where: Column, statistic: Statistic, of, split: float | None = None) -> float:
    """The expectation of ``of``, a function of codes and their log-densities."""
    codes, weights = support(where, split)
    log_density = statistic.log_density(codes, where)
    possible = np.isfinite(log_density)
    codes, weights, log_density = codes[possible], weights[possible], log_density[possible]
    return float(np.sum(weights * np.exp(log_density) * of(codes, log_density)))


def test_every_kind_has_one() -> None:
    assert set(STATISTICS) == set(KINDS) == {where.kind for where, _ in CASES.values()}
    assert all(isinstance(statistic, STATISTICS[where.kind]) for where, statistic in CASES.values())


@each_case
def test_it_sums_or_integrates_to_one(where: Column, statistic: Statistic) -> None:
    assert expectation(where, statistic, lambda codes, _: np.ones_like(codes)) == pytest.approx(1, abs=1e-8)


@each_case
def test_draws_have_the_mean_log_density_of_the_distribution(where: Column, statistic: Statistic) -> None:
    """That is minus the entropy."""
    draws = statistic.draw(where, 20_000, np.random.default_rng(5))
    found = statistic.log_density(draws, where)
    error = found.std(ddof=1) / len(found) ** 0.5
    assert found.mean() == pytest.approx(expectation(where, statistic, lambda _, log_p: log_p), abs=4 * error)


@each_case
def test_draws_are_values_of_the_column(where: Column, statistic: Statistic) -> None:
    draws = statistic.draw(where, 2000, np.random.default_rng(6))
    assert where.kind_of.fits(draws, where.minimum, where.maximum).all()
    np.testing.assert_array_equal(draws, statistic.draw(where, 2000, np.random.default_rng(6)))


@each_case
def test_samples_show_what_is_expected_of_them(where: Column, statistic: Statistic) -> None:
    """Mean and spread over 1,000 samples of 200 of every statistic that a table says of the kind."""
    draws = statistic.draw(where, 200_000, np.random.default_rng(8)).reshape(1000, 200)
    samples = [where.kind_of.summary(sample, where.categories) for sample in draws]
    expected = statistic.expected(where, 200)
    assert [estimate.statistic for estimate in samples[0]] == list(expected)
    for place, (value, sampling_error, _) in enumerate(expected.values()):
        found = np.array([sample[place].observed for sample in samples])
        # What is not linear in the sample has a bias of a share of its error, the smaller the larger the sample.
        assert found.mean() == pytest.approx(value, abs=0.25 * sampling_error)
        assert found.std() == pytest.approx(sampling_error, rel=0.12)


@each_case
def test_expected_values_are_those_of_the_density(where: Column, statistic: Statistic) -> None:
    expected = statistic.expected(where, 100)
    if "variance" in expected:
        mean = expectation(where, statistic, lambda codes, _: codes)
        assert expected["mean"].value == pytest.approx(mean, rel=1e-6)
        variance = expectation(where, statistic, lambda codes, _: (codes - mean) ** 2)
        assert expected["variance"].value == pytest.approx(variance, rel=1e-6)
        fourth = expectation(where, statistic, lambda codes, _: (codes - mean) ** 4)
        error = ((fourth - variance**2 * 97 / 99) / 100) ** 0.5
        assert expected["variance"].sampling_error == pytest.approx(error, rel=1e-5)
    elif "median" in expected:
        median = expected["median"].value
        below = expectation(where, statistic, lambda codes, _: codes <= median, split=median)
        assert below == pytest.approx(0.5, abs=1e-6)
    else:
        shares = [value for name, (value, *_) in expected.items() if name.startswith("share")]
        at = [expectation(where, statistic, lambda codes, _, p=p: codes == p) for p in range(len(where.categories))]
        above = expectation(where, statistic, lambda codes, _: codes > 0)
        assert shares == pytest.approx(at or [above], abs=1e-8)


@each_case
@pytest.mark.filterwarnings("error")
def test_what_is_not_observed_has_no_density(where: Column, statistic: Statistic) -> None:
    codes = np.array([1.0, np.nan, 1.0])
    found = statistic.log_density(codes, where)
    assert found[1] == 0
    np.testing.assert_array_equal(found[[0, 2]], statistic.log_density(codes[[0, 2]], where))
    assert statistic.log_density(np.array([]), where).shape == (0,)


@pytest.mark.parametrize(
    ("case", "codes"),
    [
        ("continuous, bounded", [-4.1, 0.1]),
        ("positive", [0.0, -1.0]),
        ("positive, bounded", [0.0, 49.9, 100.1]),
        ("zero_inflated, bounded", [-1.0, 6.1]),
        ("count", [-1.0, 2.5, LARGEST_COUNT + 1.0]),
        ("count, bounded", [0.0, 10.0, 3.5]),
        ("level", [-1.0, 31.0, 3.5]),
    ],
)
@pytest.mark.filterwarnings("error")
def test_impossible_numbers_have_no_density(case: str, codes: list[float]) -> None:
    where, statistic = CASES[case]
    assert np.isneginf(statistic.log_density(np.array(codes), where)).all()


def test_no_statistic_leaves_out_values_of_a_column_that_is_required() -> None:
    where, statistic = CASES["count"]
    gaps = statistic.model_copy(update={"missing": 0.1})
    gaps.check_fits(where)
    with pytest.raises(ValueError, match=r"no missing values .* got a share of 0\.1"):
        gaps.check_fits(where.model_copy(update={"required": True}))
