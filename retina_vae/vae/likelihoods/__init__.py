"""Likelihoods p(x | z): what the decoder returns, one factor per column.

``ClippedBernoulli`` and ``SquaredError`` belong to sigmoid outputs, a loss rather than a density on raw codes.
``TypedLikelihood`` is a density: the product of the columns' factors, each of the family that ``FAMILIES`` has
for the column's kind. A new kind is one file in ``cohort/kinds``, one file here, and a registration in both.
"""

from retina_vae.vae.likelihoods.base import (
    ColumnLikelihood,
    Family,
    Likelihood,
    NumberLikelihood,
    Observed,
    TypedLikelihood,
)
from retina_vae.vae.likelihoods.bernoulli import Bernoulli
from retina_vae.vae.likelihoods.categorical import Categorical
from retina_vae.vae.likelihoods.gaussian import Gaussian
from retina_vae.vae.likelihoods.log_normal import LogNormal
from retina_vae.vae.likelihoods.negative_binomial import NegativeBinomial
from retina_vae.vae.likelihoods.ordered_logistic import OrderedLogistic
from retina_vae.vae.likelihoods.sigmoid import ClippedBernoulli, SquaredError
from retina_vae.vae.likelihoods.zero_inflated import ZeroInflatedLogNormal

__all__ = [
    "FAMILIES",
    "Bernoulli",
    "Categorical",
    "ClippedBernoulli",
    "ColumnLikelihood",
    "Family",
    "Gaussian",
    "Likelihood",
    "LogNormal",
    "NegativeBinomial",
    "NumberLikelihood",
    "Observed",
    "OrderedLogistic",
    "SquaredError",
    "TypedLikelihood",
    "ZeroInflatedLogNormal",
]

FAMILIES: dict[str, Family] = {
    "nominal": Categorical,
    "binary": Bernoulli,
    "ordinal": OrderedLogistic,
    "continuous": Gaussian,
    "positive": LogNormal,
    "zero_inflated": ZeroInflatedLogNormal,
    "count": NegativeBinomial,
}
"""The family of each kind of column, by the kind's name."""
