import math

import pytest
import torch

from retina_vae.vae.likelihoods import (
    Bernoulli,
    Categorical,
    ClippedBernoulli,
    Gaussian,
    SquaredError,
    TypedLikelihood,
)
from retina_vae.vae.replicas import replica_generators

FLOOR = 1e-7


def test_clipped_bernoulli_sums_to_one_over_its_support() -> None:
    distribution = ClippedBernoulli(torch.linspace(-40, 40, 81, dtype=torch.float64), FLOOR)
    total = distribution.log_prob(torch.tensor(0.0)).exp() + distribution.log_prob(torch.tensor(1.0)).exp()
    torch.testing.assert_close(total, torch.ones_like(total))


def test_away_from_the_clip_it_is_the_librarys_cross_entropy() -> None:
    logits = torch.linspace(-5, 5, 11, dtype=torch.float64)
    for x in (torch.zeros_like(logits), torch.full_like(logits, 0.3), torch.full_like(logits, 80.0)):
        expected = -torch.nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none")
        torch.testing.assert_close(ClippedBernoulli(logits, FLOOR).log_prob(x), expected)


def test_at_the_clip_the_value_is_bounded_and_the_gradient_ends() -> None:
    logits = torch.tensor([60.0], dtype=torch.float64, requires_grad=True)
    value = ClippedBernoulli(logits, FLOOR).log_prob(torch.tensor([80.0], dtype=torch.float64))
    assert value.item() == pytest.approx(80 * math.log(1 - FLOOR) + (1 - 80) * math.log(FLOOR))
    value.sum().backward()
    assert logits.grad is not None
    assert logits.grad.item() == 0


def test_every_race_code_above_zero_wants_the_same_output() -> None:
    logits = torch.linspace(-20, 20, 401, dtype=torch.float64)
    distribution = ClippedBernoulli(logits, FLOOR)
    best = {code: distribution.mean[distribution.log_prob(torch.tensor(float(code))).argmax()] for code in range(5)}
    assert best[0] == pytest.approx(FLOOR)
    assert all(best[code] == pytest.approx(1 - FLOOR) for code in range(1, 5))


def test_squared_error_is_a_gaussian_of_variance_one_half_up_to_a_constant() -> None:
    distribution = SquaredError(torch.tensor([0.4, -1.0], dtype=torch.float64))
    normal = torch.distributions.Normal(distribution.mean, math.sqrt(0.5))
    x = torch.tensor([3.0, 0.2], dtype=torch.float64)
    difference = normal.log_prob(x) - distribution.log_prob(x)
    torch.testing.assert_close(difference, torch.full_like(x, -0.5 * math.log(math.pi)))


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_a_gaussian_integrates_to_one() -> None:
    grid = torch.linspace(-60, 60, 120_001, dtype=torch.float64)
    factor = Gaussian(random(2, 1, 1), random(2, 1, 1, seed=1))
    total = torch.trapezoid(factor.log_prob(grid).exp(), grid, dim=2)
    torch.testing.assert_close(total, torch.ones_like(total))


def test_a_gaussian_is_the_librarys() -> None:
    mean, log_scale, x = random(2, 3, 4), random(2, 3, 1, seed=1), random(3, 4, seed=2)
    expected = torch.distributions.Normal(mean, log_scale.exp()).log_prob(x)
    torch.testing.assert_close(Gaussian(mean, log_scale).log_prob(x), expected)


def test_a_bernoulli_sums_to_one_at_any_logit() -> None:
    factor = Bernoulli(torch.linspace(-800, 800, 41, dtype=torch.float64).view(1, 1, -1))
    total = sum(factor.log_prob(torch.full((1, 1, 1), float(x), dtype=torch.float64)).exp() for x in (0, 1))
    assert isinstance(total, torch.Tensor)
    torch.testing.assert_close(total, torch.ones_like(total))


def test_a_categorical_sums_to_one_over_its_categories() -> None:
    factor = Categorical(5 * random(2, 5, 7))
    marks = torch.eye(5, dtype=torch.float64)
    total = torch.stack([factor.log_prob(mark[:, None]).exp() for mark in marks]).sum(dim=0)
    assert total.shape == (2, 1, 7)
    torch.testing.assert_close(total, torch.ones_like(total))
    expected = torch.distributions.Categorical(logits=factor.logits.mT).log_prob(torch.tensor(3))
    torch.testing.assert_close(factor.log_prob(marks[3][:, None])[:, 0], expected)


def table_likelihood(patients: int = 1, seed: int = 0) -> TypedLikelihood:
    """A categorical column of three, a number, two findings."""
    numbers = random(1, 6, patients, seed=seed)
    return TypedLikelihood(
        (
            (slice(0, 3), Categorical(numbers[:, :3])),
            (slice(3, 4), Gaussian(numbers[:, 3:4], torch.tensor(0.3, dtype=torch.float64))),
            (slice(4, 6), Bernoulli(numbers[:, 4:])),
        )
    )


def test_a_table_sums_and_integrates_to_one() -> None:
    likelihood = table_likelihood()
    grid = torch.linspace(-30, 30, 20_001, dtype=torch.float64)
    total = 0.0
    for category in range(3):
        for findings in ((0, 0), (0, 1), (1, 0), (1, 1)):
            x = torch.zeros(1, 6, len(grid), dtype=torch.float64)
            x[:, category], x[:, 3] = 1, grid
            x[:, 4], x[:, 5] = findings
            total += torch.trapezoid(likelihood.log_prob(x).sum(dim=1).exp(), grid).item()
    assert total == pytest.approx(1, abs=1e-10)


def test_a_table_is_the_product_of_its_columns() -> None:
    likelihood, x = table_likelihood(5), random(1, 6, 5, seed=3)
    per_column = likelihood.log_prob(x)
    assert per_column.shape == (1, 4, 5)
    parts = [factor.log_prob(x[:, place]) for place, factor in likelihood.factors]
    torch.testing.assert_close(per_column, torch.cat(parts, dim=1))
    torch.testing.assert_close(
        per_column[:, 2:3], Bernoulli(likelihood.factors[2][1].mean.logit()[:, :1]).log_prob(x[:, 4:5])
    )


def test_draws_have_the_likelihoods_mean_and_replicas_their_own_stream() -> None:
    count = 200_000
    numbers = random(1, 6, 1).expand(2, 6, count)
    likelihood = TypedLikelihood(
        (
            (slice(0, 3), Categorical(numbers[:, :3])),
            (slice(3, 4), Gaussian(numbers[:, 3:4], torch.tensor(0.3, dtype=torch.float64))),
            (slice(4, 6), Bernoulli(numbers[:, 4:])),
        )
    )
    draws = likelihood.sample(replica_generators([1, 2]))
    assert draws.shape == (2, 6, count)
    assert (draws[:, :3].sum(dim=1) == 1).all()
    assert ((draws[:, 4:] == 0) | (draws[:, 4:] == 1)).all()
    error = draws.std(dim=2) / math.sqrt(count)
    assert ((draws.mean(dim=2) - likelihood.mean[..., 0]).abs() < 4.5 * error).all()
    assert draws[:, 3].std(dim=1).tolist() == pytest.approx([math.exp(0.3)] * 2, rel=0.01)
    again = likelihood.sample(replica_generators([9, 2]))
    assert torch.equal(again[1], draws[1])
    assert not torch.equal(again[0], draws[0])
