"""Likelihoods p(x | z): what the decoder returns, one factor per column.

``ClippedBernoulli`` and ``SquaredError`` belong to sigmoid outputs, a loss rather than a density on raw codes.
``TypedLikelihood`` is a density: the product of the columns' factors, each of the family that ``FAMILIES`` has
for the column's kind. A new kind is one file in ``cohort/kinds``, one file here, and a registration in both.
``Censored`` and ``Applicable`` wrap the factor of a column with remarks.
"""

from retina_vae.cohort.encoding import ColumnEncoding
from retina_vae.vae.likelihoods.applicable import Applicable, ApplicableFamily
from retina_vae.vae.likelihoods.base import (
    ColumnLikelihood,
    Family,
    Likelihood,
    NumberLikelihood,
    Observed,
    TypedLikelihood,
)
from retina_vae.vae.likelihoods.bernoulli import Bernoulli
from retina_vae.vae.likelihoods.binomial import Binomial
from retina_vae.vae.likelihoods.categorical import Categorical
from retina_vae.vae.likelihoods.censored import Censored, CensoredFamily
from retina_vae.vae.likelihoods.gaussian import Gaussian
from retina_vae.vae.likelihoods.log_normal import LogNormal
from retina_vae.vae.likelihoods.negative_binomial import NegativeBinomial
from retina_vae.vae.likelihoods.ordered_logistic import OrderedLogistic
from retina_vae.vae.likelihoods.positions import Positions
from retina_vae.vae.likelihoods.sigmoid import ClippedBernoulli, SquaredError
from retina_vae.vae.likelihoods.zero_inflated import ZeroInflatedLogNormal

__all__ = [
    "FAMILIES",
    "Applicable",
    "ApplicableFamily",
    "Bernoulli",
    "Binomial",
    "Categorical",
    "Censored",
    "CensoredFamily",
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
    "Positions",
    "SquaredError",
    "TypedLikelihood",
    "ZeroInflatedLogNormal",
    "family_of",
]

FAMILIES: dict[str, Family] = {
    "nominal": Categorical,
    "binary": Bernoulli,
    "ordinal": OrderedLogistic,
    "continuous": Gaussian,
    "positive": LogNormal,
    "zero_inflated": ZeroInflatedLogNormal,
    "count": NegativeBinomial,
    "level": Binomial,
}
"""The family of each kind of column, by the kind's name."""


def family_of(column: ColumnEncoding) -> Family:
    """The family of a column: that of its kind, wrapped by what its remarks ask for."""
    family = FAMILIES[column.kind]
    if column.censored:
        family = CensoredFamily(family)
    return ApplicableFamily(family) if column.not_applicable else family
