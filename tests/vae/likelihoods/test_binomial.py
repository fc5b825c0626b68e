"""Numbers out of a maximum, against SciPy and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.stats import binom

from retina_vae.cohort.encoding import ColumnEncoding
from retina_vae.cohort.kinds import Coding
from retina_vae.vae.likelihoods import Bernoulli, Binomial


def column(largest: int, name: str = "score") -> ColumnEncoding:
    return ColumnEncoding(name=name, kind="level", by_kind=True, scale=float(largest))


def factor(logits: torch.Tensor, *largest: int) -> Binomial:
    return Binomial.from_numbers(logits, logits, [column(own, f"c{own}") for own in largest])


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("largest", [1, 7, 30, 255, 65_535])
@pytest.mark.parametrize("logit", [-6.0, 0.0, 1.5])
def test_it_is_the_librarys_and_sums_to_one(largest: int, logit: float, device: torch.device) -> None:
    counts = torch.arange(largest + 1, dtype=torch.float64, device=device)
    numbers = torch.full((1, 1, largest + 1), logit, dtype=torch.float64, device=device)
    found = factor(numbers, largest).log_prob(counts / largest)[0, 0].cpu()
    expected = binom(largest, 1 / (1 + math.exp(-logit))).logpmf(counts.cpu().numpy())
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-7)
    assert found.exp().sum().item() == pytest.approx(1, abs=1e-8)


def test_of_one_point_it_is_bernoulli_to_the_last_bit(device: torch.device) -> None:
    logits = torch.linspace(-800, 800, 81, dtype=torch.float64, device=device).view(1, 1, -1)
    for value in (0.0, 1.0):
        x = torch.full_like(logits, value)
        assert torch.equal(factor(logits, 1).log_prob(x), Bernoulli(logits).log_prob(x))


def test_columns_of_other_maxima_are_what_each_is_alone(device: torch.device) -> None:
    logits, largest = random(2, 3, 40).to(device), (27, 1, 255)
    counts = torch.stack([(torch.linspace(0, own, 40, device=device)).round() / own for own in largest]).double()
    together = factor(logits, *largest)
    assert together.same is None
    for place, own in enumerate(largest):
        alone = factor(logits[:, place : place + 1], own)
        assert alone.same == own
        found = together.log_prob(counts)[:, place : place + 1]
        torch.testing.assert_close(found, alone.log_prob(counts[place]), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("largest", [(255,), (65_535,), (65_535, 30)])
def test_single_precision_reads_the_number_off_its_share(largest: tuple[int, ...]) -> None:
    """And the logarithm of the number of ways keeps its digits."""
    counts = torch.stack([torch.linspace(0, own, 500).round() for own in largest]).double()
    n = torch.tensor(largest, dtype=torch.float64)[:, None]
    logits = (counts + 0.5).log() - (n - counts + 0.5).log()
    exact = factor(logits[None], *largest).log_prob(counts / n)
    found = factor(logits[None].float(), *largest).log_prob((counts / n).float())
    assert found.dtype == torch.float32
    # The logits themselves were rounded.
    np.testing.assert_allclose(found, exact, rtol=1e-6, atol=3e-4)


@pytest.mark.parametrize("largest", [(4,), (4, 9)])
def test_the_gradient_is_the_number_less_its_mean(largest: tuple[int, ...], device: torch.device) -> None:
    logits = random(2, len(largest), 6).to(device).requires_grad_()
    n = torch.tensor(largest, dtype=torch.float64, device=device)[:, None]
    counts = torch.minimum(torch.arange(6.0, device=device).double().expand(len(largest), -1), n)
    factor(logits, *largest).log_prob(counts / n).sum().backward()
    torch.testing.assert_close(logits.grad, (counts - n * logits.detach().sigmoid()).expand(2, -1, -1))


def test_draws_are_shares_with_mean_and_variance_of_the_distribution() -> None:
    size, largest = 100_000, (30, 255)
    logits = torch.tensor([[0.7], [-2.0]], dtype=torch.float64).expand(1, 2, size)
    drawn = factor(logits, *largest).sample([torch.Generator().manual_seed(3)])[0].numpy()
    for own, n, chance in zip(drawn, largest, logits[0, :, 0].sigmoid().tolist(), strict=True):
        counts = own * n
        np.testing.assert_allclose(counts, np.rint(counts), atol=1e-9)
        assert 0 <= counts.min() < counts.max() <= n
        variance = n * chance * (1 - chance)
        assert abs(counts.mean() - n * chance) < 4.5 * math.sqrt(variance / size)
        assert counts.var() == pytest.approx(variance, rel=4.5 * math.sqrt(2 / size))


def test_a_replica_draws_from_its_own_stream() -> None:
    logits = random(3, 2, 50)
    streams = [torch.Generator().manual_seed(seed) for seed in (1, 2, 3)]
    together = factor(logits, 30, 255).sample(streams)
    alone = factor(logits[1:2], 30, 255).sample([torch.Generator().manual_seed(2)])
    assert torch.equal(together[1:2], alone)


def test_what_describes_a_column_is_its_mean_in_points() -> None:
    logits = random(2, 2, 3)
    both = factor(logits, 30, 28)
    expected = torch.tensor([30.0, 28.0], dtype=torch.float64)[:, None] * logits.sigmoid()
    torch.testing.assert_close(both.expectation([column(30), column(28)]), expected)
    torch.testing.assert_close(both.mean, logits.sigmoid())


@pytest.mark.parametrize("level", [0.001, 0.05, 0.5, 0.95, 0.999])
@pytest.mark.parametrize("largest", [1, 30, 255])
def test_quantiles_of_mixtures_are_those_of_all_numbers_summed_up(level: float, largest: int) -> None:
    """Mixtures of three components at 20 cells, one level for all or one for each."""
    logits, weights = 2 * random(3, 20, seed=1), random(3, 20, seed=2).softmax(dim=0)
    parameters = logits, torch.full_like(logits, largest)
    counts = np.arange(largest + 1)
    reached = (weights.numpy() * binom.cdf(counts[:, None, None], largest, logits.sigmoid().numpy())).sum(axis=1)
    expected = (reached < level - 1e-9).sum(axis=0)
    coding = Coding(0.0, float(largest))
    np.testing.assert_array_equal(Binomial.mixture_quantile(level, parameters, weights, coding), expected)
    levels = torch.full((20,), level, dtype=torch.float64)
    np.testing.assert_array_equal(Binomial.mixture_quantile(levels, parameters, weights, coding), expected)


def test_a_mean_beyond_an_end_is_the_end() -> None:
    logits = torch.tensor([[-3.0, 0.0, 3.0]], dtype=torch.float64)
    low, high = torch.full((3,), 5.0, dtype=torch.float64), torch.full((3,), 25.0, dtype=torch.float64)
    found = Binomial.limited_mean((logits, torch.full_like(logits, 30)), Coding(0.0, 30.0), low, high)
    torch.testing.assert_close(found, torch.tensor([[5.0, 15.0, 25.0]], dtype=torch.float64))


def test_the_parameters_of_a_column_are_its_logits_and_its_maximum() -> None:
    logits = random(2, 2, 3)
    found, largest = factor(logits, 30, 28).parameters(1)
    assert torch.equal(found, logits[:, 1])
    assert torch.equal(largest, torch.full((2, 3), 28.0, dtype=torch.float64))
