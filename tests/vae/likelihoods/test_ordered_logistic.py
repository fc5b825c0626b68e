import torch
from torch import Tensor

from retina_vae.vae.likelihoods import Bernoulli, OrderedLogistic
from retina_vae.vae.replicas import replica_generators

from .test_base import random


def thermometers(categories: int) -> Tensor:
    """The features of each category, shape (categories, steps, 1)."""
    return torch.ones(categories, categories - 1, dtype=torch.float64).tril(-1).unsqueeze(2)


def test_probabilities_are_differences_of_sigmoids() -> None:
    factor = OrderedLogistic(random(2, 4, 9))
    first, *others = factor.numbers.unbind(dim=1)
    logits = [first]
    for number in others:
        logits.append(logits[-1] - torch.nn.functional.softplus(number))
    above = [torch.ones_like(first), *(logit.sigmoid() for logit in logits), torch.zeros_like(first)]
    for category, x in enumerate(thermometers(5)):
        expected = above[category] - above[category + 1]
        torch.testing.assert_close(factor.log_prob(x)[:, 0].exp(), expected)
        torch.testing.assert_close(factor.expectation([])[:, category], expected)


def test_with_two_categories_it_is_a_bernoulli() -> None:
    logits = 20 * random(2, 1, 50)
    for x in thermometers(2):
        torch.testing.assert_close(OrderedLogistic(logits).log_prob(x), Bernoulli(logits).log_prob(x))
    draws = [factor.sample(replica_generators([1, 2])) for factor in (OrderedLogistic(logits), Bernoulli(logits))]
    assert torch.equal(*draws)


def test_it_sums_to_one_where_sigmoids_round_to_0_and_1() -> None:
    corners = torch.cartesian_prod(*[torch.tensor([-800.0, -40.0, 0.0, 40.0, 800.0], dtype=torch.float64)] * 3)
    factor = OrderedLogistic(corners.T[None])
    log_p = torch.cat([factor.log_prob(x) for x in thermometers(4)], dim=1)
    assert log_p.isfinite().all()
    torch.testing.assert_close(log_p.logsumexp(dim=1), torch.zeros(1, len(corners), dtype=torch.float64))


def test_a_tiny_probability_between_two_thresholds_keeps_its_digits() -> None:
    """P(Y = 1) = sigmoid(30) - sigmoid(30 - softplus(-30)) of about 1e-26 is lost in a difference of sigmoids."""
    factor = OrderedLogistic(torch.tensor([30.0, -30.0], dtype=torch.float64).view(1, 2, 1))
    x = thermometers(3)[1]
    torch.testing.assert_close(factor.log_prob(x).item(), -60.0, rtol=1e-12, atol=1e-12)


def test_draws_are_thermometers() -> None:
    draws = OrderedLogistic(random(1, 4, 1).expand(-1, -1, 1000)).sample(replica_generators([1]))
    assert (draws.diff(dim=1) <= 0).all()
    assert set(draws.unique().tolist()) == {0.0, 1.0}
