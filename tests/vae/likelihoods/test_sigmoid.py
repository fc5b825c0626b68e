import math

import pytest
import torch

from retina_vae.vae.likelihoods import ClippedBernoulli, SquaredError
from retina_vae.vae.likelihoods.sigmoid import ObservedSigmoid

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


@pytest.mark.parametrize("name", ["binary_cross_entropy", "squared_error"])
def test_inputs_that_are_not_observed_count_nothing(name: str) -> None:
    logits = torch.linspace(-3, 3, 8, dtype=torch.float64).view(1, 4, 2).requires_grad_()
    plain = SquaredError(logits) if name == "squared_error" else ClippedBernoulli(logits, FLOOR)
    x = torch.linspace(0, 70, 8, dtype=torch.float64).view(4, 2)
    assert torch.equal(ObservedSigmoid(plain).log_prob(x), plain.log_prob(x))
    gaps = x.clone()
    gaps[1, 0] = gaps[3, 1] = math.nan
    value = ObservedSigmoid(plain).log_prob(gaps)
    expected = plain.log_prob(x)
    expected[:, 1, 0] = expected[:, 3, 1] = 0
    assert torch.equal(value, expected)
    value.sum().backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
    assert logits.grad[0, 1, 0] == logits.grad[0, 3, 1] == 0
    assert (logits.grad != 0).sum() == 6
