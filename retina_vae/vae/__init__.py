"""Second stage: the variational autoencoder, its objective and its training, many replicas at once.

Tensors are laid out as (replica, feature, patient). With the patients on the last axis the thin matrix products of
this small network run up to three times faster on a CPU than with features last; docs/benchmarks.md has the figures.
"""

from retina_vae.vae.description import ModelDescription
from retina_vae.vae.likelihoods import ClippedBernoulli, SquaredError, likelihood
from retina_vae.vae.model import VariationalAutoencoder, build_model
from retina_vae.vae.networks import BatchedLinear, BatchedPerceptron
from retina_vae.vae.objectives import ObjectiveTerms, beta_elbo
from retina_vae.vae.posteriors import DiagonalGaussian
from retina_vae.vae.replicas import replica_generators, replica_seeds, select_replica
from retina_vae.vae.storage import load_model, save_model
from retina_vae.vae.training import History, fit_replicas, resolve_device, train

__all__ = [
    "BatchedLinear",
    "BatchedPerceptron",
    "ClippedBernoulli",
    "DiagonalGaussian",
    "History",
    "ModelDescription",
    "ObjectiveTerms",
    "SquaredError",
    "VariationalAutoencoder",
    "beta_elbo",
    "build_model",
    "fit_replicas",
    "likelihood",
    "load_model",
    "replica_generators",
    "replica_seeds",
    "resolve_device",
    "save_model",
    "select_replica",
    "train",
]
