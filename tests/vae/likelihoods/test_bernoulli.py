import torch

from retina_vae.vae.likelihoods import Bernoulli


def test_a_bernoulli_sums_to_one_at_any_logit() -> None:
    factor = Bernoulli(torch.linspace(-800, 800, 41, dtype=torch.float64).view(1, 1, -1))
    total = sum(factor.log_prob(torch.full((1, 1, 1), float(x), dtype=torch.float64)).exp() for x in (0, 1))
    assert isinstance(total, torch.Tensor)
    torch.testing.assert_close(total, torch.ones_like(total))
