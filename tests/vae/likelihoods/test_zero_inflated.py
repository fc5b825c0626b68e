import math

import pytest
import torch

from retina_vae.cohort.encoding import ColumnEncoding
from retina_vae.vae.likelihoods import Bernoulli, LogNormal, ZeroInflatedLogNormal

COLUMN = ColumnEncoding(name="volume", kind="zero_inflated", by_kind=True, center=3.0, scale=0.5)


def factor(logit: float) -> ZeroInflatedLogNormal:
    numbers = torch.tensor([logit, 0.4], dtype=torch.float64).view(1, 2, 1)
    return ZeroInflatedLogNormal.from_numbers(numbers, torch.tensor(-0.2, dtype=torch.float64), [COLUMN])


def test_a_zero_has_the_probability_that_nothing_is_there_whatever_the_size() -> None:
    zero = torch.tensor([[0.0], [0.0]], dtype=torch.float64)
    assert factor(0.8).log_prob(zero).item() == pytest.approx(-math.log1p(math.exp(0.8)))


def test_where_nothing_is_ever_zero_it_is_log_normal() -> None:
    volume, x = factor(60.0), torch.tensor([[1.0], [-1.3]], dtype=torch.float64)
    size = LogNormal(torch.full((1, 1, 1), 0.4, dtype=torch.float64), torch.tensor(-0.2, dtype=torch.float64))
    torch.testing.assert_close(volume.log_prob(x), size.log_prob(x[1:]))
    torch.testing.assert_close(volume.expectation([COLUMN]), size.expectation([COLUMN]))


def test_where_everything_is_zero_the_size_says_nothing() -> None:
    volume = factor(-60.0)
    assert volume.expectation([COLUMN]).item() < 1e-20
    assert volume.log_prob(torch.zeros(2, 1, dtype=torch.float64)).item() == pytest.approx(0, abs=1e-20)
    assert isinstance(volume.above, Bernoulli)
