"""Objectives: short functions that return what each patient contributes; only training adds patients up."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from retina_vae.vae.model import VariationalAutoencoder
from retina_vae.vae.posteriors import Posterior
from retina_vae.vae.priors import kl_to_prior
from retina_vae.vae.total_correlation import total_correlation

__all__ = [
    "ObjectiveTerms",
    "autoencoder",
    "beta_elbo",
    "beta_tc",
    "classification",
    "elbo",
    "importance_weighted",
    "log_likelihood",
    "log_weights",
    "objective_terms",
    "supervised",
    "wake",
    "wake_wake",
]


class ObjectiveTerms(NamedTuple):
    """Per-patient terms, each of shape (replicas, patients); training minimises the mean of ``loss``.

    ``reconstruction`` is -E_q[log p(x | z)], ``kl`` is KL(q(z | x) || p(z)), ``cross_entropy`` is -log p(y | x). A
    term that an objective does not have is 0.
    """

    loss: Tensor
    reconstruction: Tensor
    kl: Tensor
    cross_entropy: Tensor


def elbo(model: VariationalAutoencoder, x: Tensor, noise: Tensor) -> ObjectiveTerms:
    """The negative evidence lower bound: :func:`beta_elbo` with beta = 1."""
    return beta_elbo(model, x, noise, 1.0)


def beta_elbo(model: VariationalAutoencoder, x: Tensor, noise: Tensor, beta: float | Tensor) -> ObjectiveTerms:
    """The negative evidence lower bound with a weighted KL term (Higgins et al. 2017, equation 4).

    loss = -E_q[log p(x | z)] + beta KL(q(z | x) || p(z)). The expectation is the average over L reparametrised draws
    (Kingma and Welling 2014, equation 7), the KL divergence exact where it has a closed form. With ``beta = 1`` it is
    the negative ELBO.

    Args:
        model: The replicas.
        x: Features, shape (replicas, features, patients).
        noise: Standard normal numbers, shape (replicas, latent dimensions, L, patients).
        beta: Weight of the KL divergence.
    """
    posterior = model.encode(x)
    reconstruction = _reconstruction(model, posterior, x, noise)
    kl = kl_to_prior(posterior, model.prior, noise)
    return ObjectiveTerms(reconstruction + beta * kl, reconstruction, kl, torch.zeros_like(kl))


def beta_tc(model: VariationalAutoencoder, x: Tensor, noise: Tensor, beta: float | Tensor) -> ObjectiveTerms:
    """The negative evidence lower bound with a weighted total correlation (Chen et al. 2018, equation 4).

    loss = -E_q[log p(x | z)] + I(z; x) + beta TC(z) + sum_j KL(q(z_j) || p(z_j)): of the three parts that the KL
    divergence consists of, the one that couples the coordinates. Computed as the negative ELBO, whose divergence has a
    closed form, and (beta - 1) TC(z), which is estimated from the batch (:func:`.total_correlation`). With ``beta = 1``
    it is the negative ELBO.

    Args:
        model: The replicas; their posterior has independent dimensions.
        x: Features, shape (replicas, features, patients).
        noise: Standard normal numbers, shape (replicas, latent dimensions, L, patients).
        beta: Weight of the total correlation.

    Raises:
        ValueError: The posterior is no Gaussian with independent dimensions.
    """
    posterior = model.encode(x)
    reconstruction = _reconstruction(model, posterior, x, noise)
    kl = kl_to_prior(posterior, model.prior, noise)
    loss = reconstruction + kl + (beta - 1) * total_correlation(posterior, noise)
    return ObjectiveTerms(loss, reconstruction, kl, torch.zeros_like(kl))


def importance_weighted(
    model: VariationalAutoencoder, x: Tensor, noise: Tensor, beta: float | Tensor = 0.0
) -> ObjectiveTerms:
    """The negative importance-weighted bound (Burda, Grosse and Salakhutdinov 2016, equation 8).

    loss = -log 1/K sum_k p(x, z_k) / q(z_k | x) + beta KL(q(z | x) || p(z)) with K reparametrised draws. With
    ``beta = 0``, K = 1 is the ELBO with a Monte-Carlo KL, and with K the bound rises to log p(x). The bound cares
    little for the shape of q; a small ``beta`` keeps the codes near the prior.

    Args:
        model: The replicas; their posterior has a density.
        x: Features, shape (replicas, features, patients).
        noise: Standard normal numbers, shape (replicas, latent dimensions, K, patients).
        beta: Weight of the additional KL divergence.
    """
    posterior = model.encode(x)
    fit, log_ratio = log_weights(model, posterior, x, noise)
    bound = torch.logsumexp(fit + log_ratio, dim=1) - math.log(noise.shape[2])
    kl = kl_to_prior(posterior, model.prior, noise)
    return ObjectiveTerms(beta * kl - bound, -fit.mean(dim=1), kl, torch.zeros_like(kl))


def wake(model: VariationalAutoencoder, x: Tensor, noise: Tensor) -> ObjectiveTerms:
    """What q(z | x) misses of the decoder's posterior: the wake phase of the encoder (Bornschein and Bengio 2015).

    loss = -sum_k w_k log q(z_k | x), with w_k proportional to p(x, z_k) / q(z_k | x), summing to 1, and no gradient
    through draws and weights: up to a constant an estimate of KL(p(z | x) || q(z | x)), which the encoder alone can
    lower. The importance-weighted bound teaches an encoder the less, the more draws it has (Rainforth et al. 2018).

    Args:
        model: The replicas; their posterior has a density.
        x: Features, shape (replicas, features, patients).
        noise: Standard normal numbers, shape (replicas, latent dimensions, K, patients).
    """
    posterior = model.encode(x)
    with torch.no_grad():
        z = posterior.rsample(noise)
        fit, log_ratio = log_weights(model, posterior, x, noise)
        weights = (fit + log_ratio).softmax(dim=1)
    loss = -(weights * posterior.log_prob(z)).sum(dim=1)
    kl = kl_to_prior(posterior, model.prior, noise)
    return ObjectiveTerms(loss, -fit.mean(dim=1), kl, torch.zeros_like(kl))


def wake_wake(model: VariationalAutoencoder, x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
    """The importance-weighted loss for the decoder and the wake loss for the encoder (Bornschein and Bengio 2015).

    The values of :func:`importance_weighted` without a further KL divergence, and of :func:`wake`, from the same draws.
    No gradient goes through the draws, so the sum of both has the first's gradient with respect to the decoder and the
    second's with respect to the encoder.

    Args:
        model: The replicas; their posterior has a density.
        x: Features, shape (replicas, features, patients).
        noise: Standard normal numbers, shape (replicas, latent dimensions, K, patients), K of 2 at least.

    Returns:
        Both losses, each of shape (replicas, patients).
    """
    posterior = model.encode(x)
    with torch.no_grad():
        z = posterior.rsample(noise)
    log_q = posterior.log_prob(z)
    log_w = log_likelihood(model, z, x) + model.prior.log_prob(z) - log_q.detach()
    bound = torch.logsumexp(log_w, dim=1) - math.log(noise.shape[2])
    return -bound, -(log_w.detach().softmax(dim=1) * log_q).sum(dim=1)


def supervised(
    model: VariationalAutoencoder, x: Tensor, labels: Tensor, noise: Tensor, beta: float | Tensor, class_weight: float
) -> ObjectiveTerms:
    """The beta-ELBO and the classification of the patients from their posterior.

    loss = beta-ELBO + class_weight * -log Categorical(y | pi(mu, Sigma)): the latent code has to describe a patient
    and to tell the patient's class. A patient whose class is not known counts with the beta-ELBO alone.

    Args:
        model: The replicas, with a classifier.
        x: Features, shape (replicas, features, patients).
        labels: Class of each patient, counted from 0, shape (replicas, patients); -1 where it is not known.
        noise: Standard normal numbers, shape (replicas, latent dimensions, L, patients).
        beta: Weight of the KL divergence.
        class_weight: Weight of the cross-entropy.
    """
    posterior = model.encode(x)
    reconstruction = _reconstruction(model, posterior, x, noise)
    kl = kl_to_prior(posterior, model.prior, noise)
    cross_entropy = _cross_entropy(model, posterior, labels)
    loss = reconstruction + beta * kl + class_weight * cross_entropy
    return ObjectiveTerms(loss, reconstruction, kl, cross_entropy)


def classification(model: VariationalAutoencoder, x: Tensor, labels: Tensor, class_weight: float) -> ObjectiveTerms:
    """The cross-entropy of :func:`supervised` alone: an ordinary classifier, to hold the supervised model against.

    loss = class_weight * -log Categorical(y | pi(mu, Sigma)). Encoder and classifier are trained; the decoder has no
    gradient.

    Args:
        model: The replicas, with a classifier.
        x: Features, shape (replicas, features, patients).
        labels: As for :func:`supervised`; a patient whose class is not known adds nothing.
        class_weight: Weight of the cross-entropy.
    """
    cross_entropy = _cross_entropy(model, model.encode(x), labels)
    zeros = torch.zeros_like(cross_entropy)
    return ObjectiveTerms(class_weight * cross_entropy, zeros, zeros, cross_entropy)


def autoencoder(model: VariationalAutoencoder, x: Tensor, noise: Tensor) -> ObjectiveTerms:
    """The ordinary autoencoder's loss: reconstruction alone, -log p(x | z) at z from the posterior.

    Args:
        model: The replicas; with a point posterior the noise does not matter.
        x: Features, shape (replicas, features, patients).
        noise: As for :func:`beta_elbo`.
    """
    reconstruction = _reconstruction(model, model.encode(x), x, noise)
    zeros = torch.zeros_like(reconstruction)
    return ObjectiveTerms(reconstruction, reconstruction, zeros, zeros)


def objective_terms(
    name: str,
    model: VariationalAutoencoder,
    x: Tensor,
    labels: Tensor | None,
    noise: Tensor,
    beta: float | Tensor,
    class_weight: float,
) -> ObjectiveTerms:
    """The terms of the objective that ``vae.objective`` names, or of one that no run is trained with.

    These are ``wake``, of the refit, and ``classification``.

    Raises:
        ValueError: There is none of that name, or one that learns labels gets none.
    """
    if name == "elbo":
        return beta_elbo(model, x, noise, beta)
    if name == "beta_tc":
        return beta_tc(model, x, noise, beta)
    if name == "importance_weighted":
        return importance_weighted(model, x, noise, beta)
    if name == "wake":
        return wake(model, x, noise)
    if name == "autoencoder":
        return autoencoder(model, x, noise)
    if name == "supervised" and labels is not None:
        return supervised(model, x, labels, noise, beta, class_weight)
    if name == "classification" and labels is not None:
        return classification(model, x, labels, class_weight)
    raise ValueError(f"expected an objective, and labels where it is the supervised one, got {name!r}")


def log_weights(model: VariationalAutoencoder, posterior: Posterior, x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
    """log p(x | z) and log p(z) - log q(z | x) of draws from the posterior, each (replicas, draws, patients).

    Their sum is the logarithm of the importance weight, whose mean over the draws estimates p(x).
    """
    z = posterior.rsample(noise)
    ratio = model.prior.log_prob(z) - posterior.log_prob_of_draws(noise)
    return log_likelihood(model, z, x), ratio


def _cross_entropy(model: VariationalAutoencoder, posterior: Posterior, labels: Tensor) -> Tensor:
    """-log p(y | x) of each patient, shape (replicas, patients); 0 where the class is not known."""
    log_p = model.classify(posterior).gather(1, labels.clamp(min=0).unsqueeze(1)).squeeze(1)
    return -log_p.masked_fill(labels < 0, 0.0)


def _reconstruction(model: VariationalAutoencoder, posterior: Posterior, x: Tensor, noise: Tensor) -> Tensor:
    return -log_likelihood(model, posterior.rsample(noise), x).mean(dim=1)


def log_likelihood(model: VariationalAutoencoder, z: Tensor, x: Tensor) -> Tensor:
    """log p(x | z) in nats, summed over the observed columns, shape (replicas, draws, patients).

    Args:
        model: The replicas.
        z: Codes, shape (replicas, latent dimensions, draws, patients).
        x: Features, shape (replicas, features, patients).
    """
    draws = z.shape[2]
    targets = x if draws == 1 else x.repeat(1, 1, draws)
    return model.decode(z.flatten(2)).log_prob(targets).sum(dim=1).unflatten(1, (draws, -1))
