from itertools import permutations

import pytest
import torch

from retina_vae.latent.shapley import EXACT_UP_TO, EverySubset, SampledOrders, orderings


def game(columns: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """A number of the columns that are there: log sum_n exp(start_n + sum_j terms_jn)."""
    generator = torch.Generator().manual_seed(seed)
    terms = torch.randn(1, columns, 7, generator=generator, dtype=torch.float64)
    return terms, torch.randn(7, generator=generator, dtype=torch.float64)


def by_hand(columns: int, terms: torch.Tensor, start: torch.Tensor) -> torch.Tensor:
    """The mean over all orderings, by their definition."""
    found = torch.zeros(columns, dtype=torch.float64)
    orders = list(permutations(range(columns)))
    for order in orders:
        before = start.clone()
        for column in order:
            after = before + terms[0, column]
            found[column] += torch.logsumexp(after, 0) - torch.logsumexp(before, 0)
            before = after
    return found / len(orders)


def test_every_subset_gives_the_mean_over_all_orderings():
    terms, start = game(4)
    plan = EverySubset(4)
    values = torch.logsumexp(start + plan.sums(terms), dim=2)
    found, error = plan.contributions(values)
    torch.testing.assert_close(found[0], by_hand(4, terms, start))
    assert (error == 0).all()
    torch.testing.assert_close(found.sum(), values[0, -1] - values[0, 0])


def test_sampled_orders_add_up_and_come_nearer_to_every_subset_with_their_number():
    terms, start = game(6)
    exact, _ = EverySubset(6).contributions(torch.logsumexp(start + EverySubset(6).sums(terms), dim=2))
    far = []
    for pairs in (4, 64, 1024):
        plan = SampledOrders.antithetic(6, pairs)
        values = torch.logsumexp(start + plan.sums(terms), dim=2)
        found, variance = plan.contributions(values)
        torch.testing.assert_close(found.sum(), values[0, 6] - values[0, 0])
        # Few pairs say little of how much pairs differ.
        assert pairs < 64 or ((found - exact).abs() < 4 * variance.sqrt()).all()
        far.append(float((found - exact).square().mean().sqrt()))
    assert far[0] > 2 * far[1] > 4 * far[2]


def test_a_reversed_ordering_follows_each_and_the_seed_decides():
    orders = SampledOrders.antithetic(11).orders
    torch.testing.assert_close(orders[0::2].flip(1), orders[1::2])
    assert (orders.sort(dim=1).values == torch.arange(11)).all()
    assert (orders == SampledOrders.antithetic(11).orders).all()
    assert (orders != SampledOrders.antithetic(11, seed=1).orders).any()


@pytest.mark.parametrize("columns", [3, 10])
def test_values_that_add_up_column_by_column_give_each_its_own(columns: int):
    """Without interactions every ordering says the same."""
    terms = torch.arange(1.0, columns + 1, dtype=torch.float64).reshape(1, columns, 1)
    plan = orderings(columns)
    assert isinstance(plan, EverySubset) == (columns <= EXACT_UP_TO)
    values = plan.sums(terms)[..., 0]
    assert values.shape == (1, plan.count)
    found, variance = plan.contributions(values)
    torch.testing.assert_close(found[0], terms[0, :, 0])
    assert float(variance.abs().max()) < 1e-20
