import torch

from retina_vae.vae.likelihoods import Categorical

from .test_base import random


def test_a_categorical_sums_to_one_over_its_categories() -> None:
    factor = Categorical(5 * random(2, 5, 7))
    marks = torch.eye(5, dtype=torch.float64)
    total = torch.stack([factor.log_prob(mark[:, None]).exp() for mark in marks]).sum(dim=0)
    assert total.shape == (2, 1, 7)
    torch.testing.assert_close(total, torch.ones_like(total))
    expected = torch.distributions.Categorical(logits=factor.logits.mT).log_prob(torch.tensor(3))
    torch.testing.assert_close(factor.log_prob(marks[3][:, None])[:, 0], expected)
