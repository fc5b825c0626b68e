"""The variational autoencoder: an encoder that returns a posterior, a decoder that returns a likelihood."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from retina_vae.vae.description import ModelDescription
from retina_vae.vae.likelihoods import Likelihood, likelihood
from retina_vae.vae.networks import BatchedPerceptron
from retina_vae.vae.posteriors import DiagonalGaussian

__all__ = ["VariationalAutoencoder", "build_model"]


class VariationalAutoencoder(nn.Module):
    """R replicas of p(x | z) p(z) with q(z | x); the prior p(z) is N(0, I).

    Args:
        encoder: From scaled inputs to the posterior's parameters.
        decoder: From codes to the likelihood's parameters.
        likelihood: From the decoder's output to p(x | z).
    """

    def __init__(
        self, encoder: BatchedPerceptron, decoder: BatchedPerceptron, likelihood: Callable[[Tensor], Likelihood]
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.likelihood = likelihood

    @property
    def latent_dim(self) -> int:
        """Number of latent dimensions."""
        return self.decoder.hidden.weight.shape[2]

    def encode(self, x: Tensor) -> DiagonalGaussian:
        """q(z | x) for scaled inputs of shape (replicas, inputs, patients)."""
        return DiagonalGaussian.from_parameters(self.encoder(x))

    def decode(self, z: Tensor) -> Likelihood:
        """p(x | z) for codes of shape (replicas, latent dimensions, patients)."""
        return self.likelihood(self.decoder(z))

    def initialize(self, method: str, generators: Sequence[torch.Generator]) -> None:
        """Draw replica i's initial weights from ``generators[i]``, the encoder's first."""
        self.encoder.initialize(method, generators)
        self.decoder.initialize(method, generators)


def build_model(description: ModelDescription) -> VariationalAutoencoder:
    """The model that ``description`` describes, with weights that are still to be drawn or loaded."""
    replicas, hidden, latent = description.replicas, description.hidden_units, description.latent_dim
    return VariationalAutoencoder(
        BatchedPerceptron(replicas, description.inputs, hidden, 2 * latent),
        BatchedPerceptron(replicas, latent, hidden, description.inputs),
        likelihood(description.reconstruction_loss, description.probability_floor),
    )
