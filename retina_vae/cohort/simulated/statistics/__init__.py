"""What a column's distribution within a group is: one file for each, and one registration by kind of column here."""

from retina_vae.cohort.simulated.statistics.base import Expected, Statistic
from retina_vae.cohort.simulated.statistics.binomial import BinomialStatistic
from retina_vae.cohort.simulated.statistics.categories import CategoryStatistic
from retina_vae.cohort.simulated.statistics.log_normal import LogNormalStatistic
from retina_vae.cohort.simulated.statistics.negative_binomial import NegativeBinomialStatistic
from retina_vae.cohort.simulated.statistics.normal import NormalStatistic
from retina_vae.cohort.simulated.statistics.zero_inflated import ZeroInflatedStatistic

__all__ = [
    "STATISTICS",
    "BinomialStatistic",
    "CategoryStatistic",
    "Expected",
    "LogNormalStatistic",
    "NegativeBinomialStatistic",
    "NormalStatistic",
    "Statistic",
    "ZeroInflatedStatistic",
]

STATISTICS: dict[str, type[Statistic]] = {
    "nominal": CategoryStatistic,
    "binary": CategoryStatistic,
    "ordinal": CategoryStatistic,
    "continuous": NormalStatistic,
    "positive": LogNormalStatistic,
    "zero_inflated": ZeroInflatedStatistic,
    "count": NegativeBinomialStatistic,
    "level": BinomialStatistic,
}
"""The statistic of every kind of column (:data:`retina_vae.cohort.kinds.KINDS`)."""
