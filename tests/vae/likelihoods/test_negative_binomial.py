import math

import numpy as np
import pytest
import torch
from scipy.stats import nbinom, poisson

from retina_vae.cohort.encoding import ColumnEncoding, Encoding
from retina_vae.cohort.kinds import KINDS
from retina_vae.vae.likelihoods import NegativeBinomial
from retina_vae.vae.outputs import LOG_SCALE_RANGE

PLAIN = ColumnEncoding(name="visits", kind="count", by_kind=True)
"""Features are log(1 + count)."""


def factor(mean: float, dispersion: float, column: ColumnEncoding = PLAIN) -> NegativeBinomial:
    center, scale = (torch.tensor([[number]], dtype=torch.float64) for number in column.coding)
    logs = [torch.tensor([[[math.log(number)]]], dtype=torch.float64) for number in (mean, dispersion)]
    return NegativeBinomial(logs[0], logs[1], center, scale)


def features(counts: np.ndarray, column: ColumnEncoding = PLAIN) -> torch.Tensor:
    return torch.from_numpy(KINDS["count"].features(counts, column.coding, 1).T)


@pytest.mark.parametrize(("mean", "dispersion"), [(0.05, 3.0), (4.0, 0.3), (900.0, 2.0), (30.0, 1e-6)])
def test_it_is_the_librarys(mean: float, dispersion: float) -> None:
    counts, size = np.arange(2000.0), 1 / dispersion
    found = factor(mean, dispersion).log_prob(features(counts))[0, 0].numpy()
    np.testing.assert_allclose(found, nbinom(size, size / (size + mean)).logpmf(counts), rtol=1e-8, atol=1e-8)


def test_without_dispersion_it_is_poisson() -> None:
    counts = np.arange(60.0)
    found = factor(7.5, 1e-9).log_prob(features(counts))[0, 0].numpy()
    np.testing.assert_allclose(found, poisson(7.5).logpmf(counts), atol=1e-5)


def test_single_precision_keeps_the_largest_count_and_its_probability() -> None:
    column = PLAIN.model_copy(update={"center": 4.3, "scale": 1.7})
    counts, counted = np.array([0.0, 1.0, 77.0, 99_999.0, 100_000.0]), factor(5e4, 0.5, column)
    single = NegativeBinomial(counted.log_mean.float(), counted.log_dispersion.float(), counted.center, counted.scale)
    found = single.log_prob(features(counts, column).float())
    assert found.dtype == torch.float32
    np.testing.assert_allclose(found.double(), counted.log_prob(features(counts, column)), rtol=1e-6)


@pytest.mark.parametrize(
    "counts", [np.random.default_rng(1).poisson(5, 5000), np.random.default_rng(1).poisson(0.3, 5000)]
)
def test_an_output_of_zero_means_about_the_columns_mean(counts: np.ndarray) -> None:
    center, scale = KINDS["count"].fit(counts.astype(float))
    column = PLAIN.model_copy(update={"center": center, "scale": scale})
    zeros = torch.zeros(1, 1, 1, dtype=torch.float64)
    counted = NegativeBinomial.from_numbers(zeros, zeros, [column])
    assert counted.expectation([column]).item() == pytest.approx(counts.mean(), rel=0.1)
    one = NegativeBinomial.from_numbers(zeros + 1, zeros, [column]).expectation([column]).item()
    assert one / counted.expectation([column]).item() == pytest.approx(math.exp(scale))


def test_a_column_of_zeros_alone_has_a_small_mean() -> None:
    zeros = torch.zeros(1, 1, 1, dtype=torch.float64)
    counted = NegativeBinomial.from_numbers(zeros, zeros, [PLAIN.model_copy(update={"center": 0.0, "scale": 1e-3})])
    assert counted.expectation([PLAIN]).item() == pytest.approx(1e-3)


def test_sigma_is_the_deviation_of_the_logarithm_of_large_counts() -> None:
    column = PLAIN.model_copy(update={"center": 8.0, "scale": 0.9})
    counted = NegativeBinomial.from_numbers(
        torch.zeros(1, 1, 200_000, dtype=torch.float64),
        torch.tensor([[[math.log(0.2)]]], dtype=torch.float64),
        [column],
    )
    draws = counted.sample([torch.Generator().manual_seed(1)])
    assert draws.std().item() == pytest.approx(0.2, rel=0.02)


@pytest.mark.parametrize(("mean", "dispersion"), [(0.05, 3.0), (4.0, 0.3), (900.0, 2.0), (30.0, 1e-6)])
def test_the_mean_feature_is_its_sum_over_the_counts(mean: float, dispersion: float) -> None:
    counts, counted = np.arange(200_000.0), factor(mean, dispersion)
    expected = (counted.log_prob(features(counts)).exp().numpy() * np.log1p(counts)).sum()
    assert counted.mean.item() == pytest.approx(expected, abs=1e-8)


def test_at_the_ends_of_the_dispersion_probabilities_sum_to_one() -> None:
    column = PLAIN.model_copy(update={"center": 0.7, "scale": 0.6})
    counts = torch.from_numpy(KINDS["count"].features(np.arange(100_001.0), column.coding, 1).T)
    for log_scale in LOG_SCALE_RANGE:
        end = torch.tensor([[[log_scale]]], dtype=torch.float64)
        counted = NegativeBinomial.from_numbers(torch.zeros(1, 1, 1, dtype=torch.float64), end, [column])
        assert counted.log_prob(counts).exp().sum().item() == pytest.approx(1, abs=1e-6)


def test_neighbouring_columns_keep_their_own_coding() -> None:
    columns = [PLAIN.model_copy(update={"name": name, "center": c, "scale": c}) for name, c in (("a", 0.4), ("b", 2.0))]
    numbers, log_scale = torch.randn(2, 2, 3, dtype=torch.float64), torch.randn(2, 2, 3, dtype=torch.float64)
    together = NegativeBinomial.from_numbers(numbers, log_scale, columns)
    x = torch.from_numpy(
        np.stack([KINDS["count"].features(np.array([0.0, 3, 9]), column.coding, 1)[:, 0] for column in columns])
    )
    for place, column in enumerate(columns):
        at = slice(place, place + 1)
        apart = NegativeBinomial.from_numbers(numbers[:, at], log_scale[:, at], [column])
        torch.testing.assert_close(together.log_prob(x)[:, at], apart.log_prob(x[at]))
        torch.testing.assert_close(together.expectation(columns)[:, at], apart.expectation([column]))
    assert Encoding(columns=tuple(columns)).width == 2
