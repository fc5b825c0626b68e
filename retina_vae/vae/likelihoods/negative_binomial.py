"""Whole numbers from 0 on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import special
from torch import Tensor
from torch.nn import functional

from retina_vae.cohort.encoding import ColumnEncoding
from retina_vae.cohort.kinds import Coding
from retina_vae.vae.likelihoods.base import codings
from retina_vae.vae.likelihoods.quantiles import Components, Level, cantelli, invert

__all__ = ["NegativeBinomial"]

_SMALLEST_MEAN = 1e-3
"""The mean count that a decoder starts from is no smaller, even where a column holds zeros alone."""

_LARGEST_RATE = 1e15
"""Beyond it no Poisson number fits in 64 bits; no column holds such counts."""

_LARGEST_LOG_RATE = math.log(_LARGEST_RATE)

_SMALL = 200
"""Counts up to here are looked at one after the other."""

_SAME_LEVEL = 1e-9
"""A level is reached by probabilities that fall short of it by rounding."""

_SAME_COUNT = 1e-3
"""A quantile of large counts that lies no further above a count is that count."""


@dataclass(frozen=True)
class NegativeBinomial:
    r"""Counts with mean :math:`\mu` and dispersion :math:`\alpha`: variance :math:`\mu + \alpha \mu^2`.

    .. math:: P(k) = \frac{\Gamma(k + r)}{\Gamma(r)\, k!}
              \left(\frac{\mu}{\mu + r}\right)^k \left(\frac{r}{\mu + r}\right)^r, \quad r = 1 / \alpha

    Poisson counts whose rate is itself gamma-distributed (Cameron and Trivedi, Regression analysis of count data,
    2013, section 3.3); with :math:`\alpha \to 0` they are Poisson. Features are z-scores of log(1 + k), from which the
    count is read off, so probabilities are those of the counts and need no Jacobian.

    Attributes:
        log_mean: log mu, shape (replicas, columns, patients).
        log_dispersion: log alpha, which broadcasts against it.
        center: Of the columns' coding, shape (columns, 1), in double precision.
        scale: Likewise.
    """

    shared: ClassVar[bool] = True
    scales: ClassVar[int] = 1

    log_mean: Tensor
    log_dispersion: Tensor
    center: Tensor
    scale: Tensor

    @classmethod
    def from_numbers(cls, numbers: Tensor, log_scale: Tensor, columns: Sequence[ColumnEncoding]) -> Self:
        r"""Mean and dispersion on the scale of the features.

        With c and s the mean and standard deviation of log(1 + k), a number n of the decoder says
        :math:`\mu = e^{s n} (e^{c + s^2 / 2} - 1)`: at 0 about the column's mean count, which it would be exactly if
        1 + k were log-normal. And :math:`\alpha = (s \sigma)^2`, because log k varies by about
        :math:`\sqrt\alpha` where counts are large: sigma is, as for the other numbers, in standard deviations of the
        column, and bounded as theirs is.
        """
        center, scale = codings(columns, numbers)
        start = torch.expm1(center + scale.square() / 2).clamp(min=_SMALLEST_MEAN).log()
        log_mean = start.to(numbers.dtype) + scale.to(numbers.dtype) * numbers
        return cls(log_mean, 2 * (log_scale + scale.log().to(numbers.dtype)), center, scale)

    @property
    def mean(self) -> Tensor:
        r"""E[(log(1 + k) - c) / s], by quadrature.

        With the probability-generating function :math:`G(u) = (1 + \alpha \mu (1 - u))^{-1 / \alpha}`, and from
        :math:`\log(1 + k) = \int_0^\infty (e^{-t} - e^{-(1 + k) t}) / t \, dt`,

        .. math:: E[\log(1 + k)] = \int_0^\infty e^{-t}\, \frac{1 - G(e^{-t})}{t} \, dt

        The trapezoidal rule over log t converges exponentially; the error is below 1e-8 for any mean below 1e6.
        """
        rate, dispersion = self.log_mean.double().exp(), self.log_dispersion.double().exp()
        step, total = 0.5, torch.zeros_like(rate)
        for position in np.arange(-36.0, 4.5, step):
            t = math.exp(position)
            tail = -torch.expm1(-torch.log1p(-dispersion * rate * math.expm1(-t)) / dispersion)
            total += step * math.exp(-t) * tail
        return ((total - self.center) / self.scale).to(self.log_mean.dtype)

    def log_prob(self, x: Tensor) -> Tensor:
        """The logarithm of the probability of the counts, per column.

        In double precision: log-gamma functions of large counts and small dispersions leave single precision no
        digit of their difference.
        """
        count = self._counts(x)
        log_dispersion = self.log_dispersion.double()
        size, logits = (-log_dispersion).exp(), self.log_mean.double() + log_dispersion
        ways = torch.lgamma(count + size) - torch.lgamma(size) - torch.lgamma(count + 1)
        terms = ways + count * functional.logsigmoid(logits) + size * functional.logsigmoid(-logits)
        return terms.to(self.log_mean.dtype)

    def sample(self, generators: Sequence[torch.Generator]) -> Tensor:
        """Features of Poisson counts with gamma-distributed rates."""
        mean, size = self._mean_and_size()
        draws = [_gamma_poisson(*each) for each in zip(mean, size, generators, strict=True)]
        counts = torch.from_numpy(np.stack(draws)).to(self.center.device)
        return ((counts.log1p() - self.center) / self.scale).to(self.log_mean.dtype)

    def expectation(self, columns: Sequence[ColumnEncoding]) -> Tensor:
        """mu."""
        return self.log_mean.double().exp()

    def parameters(self, column: int) -> tuple[Tensor, ...]:
        """mu and alpha."""
        dispersion = self.log_dispersion.expand_as(self.log_mean)
        # Codes far from the cohort may expect more than a number of the computer can hold.
        return self.log_mean[:, column].clamp(max=_LARGEST_LOG_RATE).exp(), dispersion[:, column].exp()

    @classmethod
    def mixture_quantile(cls, level: Level, parameters: Components, weights: Tensor, coding: Coding) -> Tensor:
        r"""The smallest count that is not exceeded with a probability of at least ``level``.

        :math:`P(K \le k) = I_{r / (r + \mu)}(r, k + 1)`, the regularised incomplete beta function, rises
        continuously between the counts, too.
        """
        mean, dispersion = (values.double() for values in parameters)
        small = _small_quantile(level, mean, dispersion, weights)
        large = small.isnan()
        if large.any():
            own = level[large] if isinstance(level, Tensor) else level
            small[large] = _large_quantile(own, mean[:, large], dispersion[:, large], weights[:, large])
        return small

    @classmethod
    def limited_mean(cls, parameters: Components, coding: Coding, low: Tensor, high: Tensor) -> Tensor:
        """mu, or the end that it lies beyond."""
        return parameters[0].double().clamp(low, high)

    def _counts(self, x: Tensor) -> Tensor:
        """The whole numbers whose features these are, as :meth:`retina_vae.cohort.kinds.Kind.from_features`."""
        return torch.expm1(x.double() * self.scale + self.center).round().clamp(min=0.0)

    def _mean_and_size(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        mean, size = torch.broadcast_tensors(self.log_mean.double().exp(), (-self.log_dispersion.double()).exp())
        return mean.detach().cpu().numpy(), size.detach().cpu().numpy()


def _small_quantile(level: Level, mean: Tensor, dispersion: Tensor, weights: Tensor) -> Tensor:
    """Quantiles up to ``_SMALL`` counts, one count after the other; not a number where it is larger, shape (cells,).

    A component whose probability of 0 is too small for a number of the computer has none of such counts.
    """
    size = 1 / dispersion
    ratio = mean / (mean + size)
    chance = weights * (-size * torch.log1p(dispersion * mean)).exp()
    reached = chance.sum(dim=0)
    found = torch.full_like(reached, math.nan)
    for count in range(_SMALL + 1):
        found = torch.where(found.isnan() & (reached >= level - _SAME_LEVEL), float(count), found)
        if not found.isnan().any():
            break
        chance = chance * ratio * ((count + size) / (count + 1))
        reached = reached + chance.sum(dim=0)
    return found


def _large_quantile(level: Level, mean: Tensor, dispersion: Tensor, weights: Tensor) -> Tensor:
    """Quantiles of any size, shape (cells,), by inverting the distribution function."""
    size = 1 / dispersion
    chance = (size / (size + mean)).numpy()

    def cdf(at: Tensor) -> Tensor:
        own = special.betainc(size.numpy(), (at + 1).clamp(min=0).numpy(), chance)
        return (weights * torch.from_numpy(own)).sum(dim=0)

    center = (weights * mean).sum(dim=0)
    variance = (weights * ((mean - center).square() + mean + dispersion * mean.square())).sum(dim=0)
    _, high = cantelli(level, center, variance.sqrt())
    found = invert(cdf, level, torch.full_like(high, -1.0), high.clamp(min=1.0))
    return (found - _SAME_COUNT).ceil().clamp(min=0.0)


def _gamma_poisson(
    mean: NDArray[np.float64], size: NDArray[np.float64], generator: torch.Generator
) -> NDArray[np.float64]:
    """Counts with these means; NumPy's gamma and Poisson numbers, seeded by the stream, which has none of its own."""
    rng = np.random.default_rng(int(torch.randint(2**63 - 1, (), generator=generator)))
    rate = rng.standard_gamma(size) / size * mean
    return rng.poisson(np.minimum(rate, _LARGEST_RATE)).astype(np.float64)
