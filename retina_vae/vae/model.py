"""The variational autoencoder: an encoder that returns a posterior, a decoder that returns a likelihood."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from retina_vae.vae.convolutions import ConvolutionalDecoder, ConvolutionalEncoder
from retina_vae.vae.description import ModelDescription
from retina_vae.vae.likelihoods import Likelihood
from retina_vae.vae.networks import BatchedLinear, BatchedPerceptron, layers
from retina_vae.vae.outputs import Output, build_output
from retina_vae.vae.posteriors import POSTERIORS, Posterior
from retina_vae.vae.priors import Prior, StandardNormal
from retina_vae.vae.recurrence import RecurrentDecoder

__all__ = ["FEATURE_BOUND", "VariationalAutoencoder", "build_model"]

FEATURE_BOUND = 10.0
"""In units of a typed model's features, which are standard deviations: hardly a number of a column lies beyond."""


class VariationalAutoencoder(nn.Module):
    """R replicas of p(x | z) p(z) with q(z | x), and where labels are learned p(y | x).

    Args:
        encoder: From features to the posterior's parameters.
        decoder: From codes to the numbers that ``output`` reads.
        output: From the decoder's numbers to p(x | z).
        posterior: The family of q(z | x).
        latent_dim: d, the number of latent dimensions.
        classifier: From the posterior's statistics to a logit per class; None in a model without labels.
        gaps: Places of the first features of the columns that have gaps, as :class:`Encoding` has them.
        prior: p(z); N(0, I) without one.
        feature_bound: The largest feature that the encoder reads, by its size; what lies beyond is read as this.
    """

    gaps: Tensor

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Module,
        output: Output,
        posterior: type[Posterior],
        latent_dim: int,
        classifier: BatchedLinear | None = None,
        gaps: Sequence[int] = (),
        prior: Prior | None = None,
        feature_bound: float = math.inf,
    ) -> None:
        super().__init__()
        self.encoder, self.decoder, self.output, self.classifier = encoder, decoder, output, classifier
        self.posterior, self.latent_dim = posterior, latent_dim
        # On the model's device, for a step must not copy from the CPU; in no state, for the encoding has them.
        self.register_buffer("gaps", torch.tensor(list(gaps), dtype=torch.int64), persistent=False)
        self.prior: Prior = StandardNormal() if prior is None else prior
        self.feature_bound = feature_bound

    @property
    def replicas(self) -> int:
        """R, the number of replicas."""
        return len(next(self.parameters()))

    def encode(self, x: Tensor) -> Posterior:
        """q(z | x) for features of shape (replicas, features, patients)."""
        return self.posterior.from_parameters(self.encoder(self.encoder_input(x)), self.latent_dim)

    def encoder_input(self, x: Tensor) -> Tensor:
        """What the encoder reads: features, and a row per column with gaps that is 1 where the column is not observed.

        Args:
            x: Features, shape (..., features, patients); NaN where a column is not observed.

        Returns:
            Shape (..., features + columns with gaps, patients), 0 in place of NaN, and no feature beyond the bound: one
            value that was written in another unit must not throw the code where no other is. The likelihood sees it
            as it is.
        """
        if math.isfinite(self.feature_bound):
            x = x.clamp(-self.feature_bound, self.feature_bound)
        if not len(self.gaps):
            return x
        missing = x.isnan()
        return torch.cat([x.masked_fill(missing, 0.0), missing.index_select(-2, self.gaps).to(x.dtype)], dim=-2)

    def decode(self, z: Tensor) -> Likelihood:
        """p(x | z) for codes of shape (replicas, latent dimensions, patients)."""
        likelihood: Likelihood = self.output(self.decoder(z))
        return likelihood

    def classify(self, posterior: Posterior) -> Tensor:
        """log p(y | x) = log Categorical(y | pi(mu, Sigma)), shape (replicas, classes, patients).

        Raises:
            ValueError: The model has no classifier.
        """
        if self.classifier is None:
            raise ValueError("expected a model of the supervised objective, got one without a classifier")
        logits: Tensor = self.classifier(posterior.statistics)
        return logits.log_softmax(dim=1)

    def initialize(self, method: str, generators: Sequence[torch.Generator]) -> None:
        """Draw replica i's initial weights from ``generators[i]``: the encoder's, the decoder's, the classifier's."""
        parts = (self.encoder, self.decoder, self.classifier)
        for part in layers(own for own in parts if own is not None):
            part.initialize(method, generators)


def _encoder(own: ModelDescription, parameters: int) -> nn.Module:
    encoding = own.encoding
    if encoding.image is not None and own.channels:
        more = len(encoding.gaps)
        return ConvolutionalEncoder(own.replicas, encoding.image, more, own.channels, own.hidden_units, parameters)
    return BatchedPerceptron(own.replicas, encoding.width + len(encoding.gaps), own.hidden_units, parameters)


def _decoder(own: ModelDescription, output: Output) -> nn.Module:
    image, sequence = own.encoding.image, own.encoding.sequence
    if image is not None and own.channels:
        return ConvolutionalDecoder(own.replicas, own.latent_dim, image, own.channels, own.decoder_units)
    if sequence is not None and own.recurrent_units:
        symbols = output.width // sequence.length
        return RecurrentDecoder(
            own.replicas, own.latent_dim, own.decoder_units, own.recurrent_units, sequence.length, symbols
        )
    return BatchedPerceptron(own.replicas, own.latent_dim, own.decoder_units, output.width)


def build_model(description: ModelDescription, prior: Prior | None = None) -> VariationalAutoencoder:
    """The model that ``description`` describes, with weights that are still to be drawn or loaded.

    Args:
        description: What the model is.
        prior: Its p(z), which no description names yet; N(0, I) without one.
    """
    own = description
    replicas, latent, encoding = own.replicas, own.latent_dim, own.encoding
    posterior = POSTERIORS[own.posterior]
    output = build_output(own.likelihood, replicas, encoding, own.probability_floor, own.gaussian_scale, own.sigma)
    # The statistics are as many numbers as the encoder gives.
    parameters = posterior.parameter_count(latent)
    return VariationalAutoencoder(
        _encoder(own, parameters),
        _decoder(own, output),
        output,
        posterior,
        latent,
        BatchedLinear(replicas, parameters, len(own.classes)) if own.classes else None,
        encoding.gaps,
        prior,
        FEATURE_BOUND if own.likelihood == "typed" else math.inf,
    )
