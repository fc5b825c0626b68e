"""Second stage: the variational autoencoder, its objective and its training, many replicas at once.

Tensors are laid out as (replica, feature, patient). With the patients on the last axis the thin matrix products of
this small network run up to three times faster on a CPU than with features last; docs/benchmarks.md has the figures.
"""

from retina_vae.vae.description import ModelDescription
from retina_vae.vae.diagnostics import PosteriorDiagnostics, aggregate_kl, posterior_diagnostics
from retina_vae.vae.evidence import Evidence, estimate_evidence, log_evidence
from retina_vae.vae.gaussians import gaussian_kl, monte_carlo_kl
from retina_vae.vae.likelihoods import (
    FAMILIES,
    Bernoulli,
    Categorical,
    ClippedBernoulli,
    Gaussian,
    Likelihood,
    LogNormal,
    NegativeBinomial,
    OrderedLogistic,
    SquaredError,
    TypedLikelihood,
    ZeroInflatedLogNormal,
)
from retina_vae.vae.model import VariationalAutoencoder, build_model
from retina_vae.vae.networks import BatchedLinear, BatchedPerceptron
from retina_vae.vae.objectives import (
    ObjectiveTerms,
    autoencoder,
    beta_elbo,
    beta_tc,
    elbo,
    importance_weighted,
    supervised,
)
from retina_vae.vae.patients import Patients
from retina_vae.vae.posteriors import DiagonalGaussian, FullGaussian, Point, Posterior
from retina_vae.vae.priors import Prior, StandardNormal, kl_to_prior
from retina_vae.vae.replicas import replica_generators, replica_seeds, select_replica
from retina_vae.vae.storage import load_model, save_model
from retina_vae.vae.training import (
    History,
    fit_replicas,
    join_replicas,
    replicas_per_pass,
    resolve_device,
    train,
)

__all__ = [
    "FAMILIES",
    "BatchedLinear",
    "BatchedPerceptron",
    "Bernoulli",
    "Categorical",
    "ClippedBernoulli",
    "DiagonalGaussian",
    "Evidence",
    "FullGaussian",
    "Gaussian",
    "History",
    "Likelihood",
    "LogNormal",
    "ModelDescription",
    "NegativeBinomial",
    "ObjectiveTerms",
    "OrderedLogistic",
    "Patients",
    "Point",
    "Posterior",
    "PosteriorDiagnostics",
    "Prior",
    "SquaredError",
    "StandardNormal",
    "TypedLikelihood",
    "VariationalAutoencoder",
    "ZeroInflatedLogNormal",
    "aggregate_kl",
    "autoencoder",
    "beta_elbo",
    "beta_tc",
    "build_model",
    "elbo",
    "estimate_evidence",
    "fit_replicas",
    "gaussian_kl",
    "importance_weighted",
    "join_replicas",
    "kl_to_prior",
    "load_model",
    "log_evidence",
    "monte_carlo_kl",
    "posterior_diagnostics",
    "replica_generators",
    "replica_seeds",
    "replicas_per_pass",
    "resolve_device",
    "save_model",
    "select_replica",
    "supervised",
    "train",
]
