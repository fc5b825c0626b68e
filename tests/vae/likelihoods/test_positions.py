"""The positions of a sequence are as many categorical columns."""

import pytest
import torch

from retina_vae.cohort import fit_encoding
from retina_vae.vae.likelihoods import Categorical, Positions, TypedLikelihood
from retina_vae.vae.outputs import TypedOutput
from tests.cohort.sequences import SEQUENCES, sequence_table

ENCODING = fit_encoding(sequence_table(50), SEQUENCES, "by_kind")


@pytest.fixture
def numbers(device: torch.device) -> torch.Tensor:
    """Logits of two replicas and five sequences."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(2, ENCODING.width, 5, generator=generator, dtype=torch.float64).to(device)


def one_by_one(numbers: torch.Tensor) -> TypedLikelihood:
    """The product of a factor for each column."""
    factors = [(place, Categorical(numbers[:, place])) for _, place in ENCODING.slices]
    return TypedLikelihood(tuple(factors))


def test_a_sequence_is_one_factor(device: torch.device) -> None:
    (group,) = TypedOutput(1, ENCODING, "predicted", 1.0).groups
    assert group.family is Positions
    assert TypedOutput(1, ENCODING, "predicted", 1.0).width == ENCODING.width == 16


def test_it_equals_the_product_of_the_columns(numbers: torch.Tensor, device: torch.device) -> None:
    own = TypedOutput(2, ENCODING, "fixed", 1.0)(numbers)
    beside = one_by_one(numbers)
    x = torch.from_numpy(ENCODING.encode(sequence_table(5)).T).to(device)
    torch.testing.assert_close(own.log_prob(x), beside.log_prob(x))
    torch.testing.assert_close(own.mean, beside.mean)
    torch.testing.assert_close(own.expectation(ENCODING), beside.expectation(ENCODING))


def test_its_probabilities_sum_to_one(numbers: torch.Tensor, device: torch.device) -> None:
    own = TypedOutput(2, ENCODING, "fixed", 1.0)(numbers[:, :, :1])
    # Every first symbol, the others alike.
    x = torch.zeros(16, 4, dtype=torch.float64, device=device)
    x[torch.arange(4), torch.arange(4)] = 1
    x[[4, 8, 12]] = 1
    total = own.log_prob(x)[:, 0].exp().sum(dim=-1)
    torch.testing.assert_close(total, torch.ones_like(total))


def test_draws_are_one_hot_and_have_its_mean(numbers: torch.Tensor) -> None:
    many = numbers[:, :, :1].expand(-1, -1, 20_000)
    own = Positions.from_numbers(many, many, ENCODING.columns)
    drawn = own.sample([torch.Generator().manual_seed(seed) for seed in (1, 2)])
    assert drawn.unflatten(1, (4, 4)).sum(dim=2).eq(1).all()
    torch.testing.assert_close(drawn.mean(dim=2), own.mean[:, :, 0], atol=0.015, rtol=0)


def test_columns_with_gaps_stay_apart() -> None:
    gappy = tuple(column.model_copy(update={"gaps": True}) for column in ENCODING.columns)
    assert len(TypedOutput(1, ENCODING.model_copy(update={"columns": gappy}), "fixed", 1.0).groups) == 4
