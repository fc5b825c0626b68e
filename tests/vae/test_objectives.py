import math

import torch
from torch import Tensor

from retina_vae.vae import VariationalAutoencoder, beta_elbo

from .conftest import describe, make_model


def noise_like(model: VariationalAutoencoder, draws: int, patients: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(3, model.latent_dim, draws, patients, generator=generator, dtype=torch.float64)


def test_the_terms_are_those_of_plain_layers(model: VariationalAutoencoder, x: Tensor) -> None:
    """The objective written out for one replica with matrices, as a textbook has it."""
    noise = noise_like(model, 1, 20).to(x.device)
    terms = beta_elbo(model, x.expand(3, -1, -1), noise, beta=0.3)
    e, d, r = model.encoder, model.decoder, 1
    hidden = torch.relu(e.hidden.weight[r] @ x + e.hidden.bias[r])
    mean, log_variance = (e.output.weight[r] @ hidden + e.output.bias[r]).chunk(2)
    z = mean + torch.exp(log_variance / 2) * noise[r, :, 0]
    hidden = torch.relu(d.hidden.weight[r] @ z + d.hidden.bias[r])
    p = torch.sigmoid(d.output.weight[r] @ hidden + d.output.bias[r])
    reconstruction = -(x * torch.log(p) + (1 - x) * torch.log(1 - p)).sum(dim=0)
    kl = -0.5 * (1 + log_variance - mean**2 - torch.exp(log_variance)).sum(dim=0)
    torch.testing.assert_close(terms.reconstruction[r], reconstruction)
    torch.testing.assert_close(terms.kl[r], kl)
    torch.testing.assert_close(terms.loss[r], reconstruction + 0.3 * kl)


def test_several_draws_are_averaged(model: VariationalAutoencoder, x: Tensor) -> None:
    batch, noise = x.expand(3, -1, -1), noise_like(model, 4, 20).to(x.device)
    together = beta_elbo(model, batch, noise, beta=1.0)
    apart = [beta_elbo(model, batch, noise[:, :, draw : draw + 1], beta=1.0) for draw in range(4)]
    torch.testing.assert_close(together.loss, torch.stack([terms.loss for terms in apart]).mean(dim=0))


def test_every_parameter_gets_a_finite_gradient_that_is_not_zero(model: VariationalAutoencoder, x: Tensor) -> None:
    beta_elbo(model, x.expand(3, -1, -1), noise_like(model, 2, 20).to(x.device), beta=1.0).loss.sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert (parameter.grad.flatten(1).abs().sum(dim=1) > 0).all(), f"a replica's {name} gets no gradient"


def test_the_elbo_is_below_the_exact_evidence(device: torch.device) -> None:
    """With one latent dimension log p(x) is an integral over a line, done here on a fine grid."""
    model = make_model(describe(latent_dim=1), device)
    generator = torch.Generator().manual_seed(1)
    x = torch.rand(6, 5, generator=generator, dtype=torch.float64).round().to(device)
    grid = torch.linspace(-9, 9, 20_001, dtype=torch.float64, device=device)
    with torch.no_grad():
        noise = torch.randn(3, 1, 20_000, 5, generator=generator, dtype=torch.float64).to(device)
        elbo = -beta_elbo(model, x.expand(3, -1, -1), noise, beta=1.0).loss
        decoded = model.decode(grid.expand(3, 1, -1))
        joint = decoded.log_prob(x.T[:, None, :, None]).sum(dim=2) - grid**2 / 2 - 0.5 * math.log(2 * math.pi)
        evidence = (torch.logsumexp(joint, dim=2) + math.log(18 / 20_000)).T
    assert (elbo < evidence).all()
    assert (evidence - elbo < 5).all()
