"""Pareto-smoothed importance sampling: weights without the largest ones' noise, and whether they can be relied on."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["GOOD_BELOW", "GeneralizedPareto", "SmoothedWeights", "fit_generalized_pareto", "smooth_weights"]

GOOD_BELOW = 0.7
"""k-hat up to which the weighted draws can be relied on (Vehtari et al. 2024, section 3)."""

_FEWEST_IN_TAIL = 5
_PRIOR_SCALE, _PRIOR_WEIGHT, _PRIOR_SHAPE = 3, 10, 0.5


class GeneralizedPareto(NamedTuple):
    """Shape k and scale sigma of generalised Pareto distributions, each of the samples' leading shape."""

    shape: Tensor
    scale: Tensor


class SmoothedWeights(NamedTuple):
    """Weights that sum to 1 over the draws, shape (replicas, draws, patients), and k-hat, (replicas, patients)."""

    weights: Tensor
    shape: Tensor


def fit_generalized_pareto(sample: Tensor) -> GeneralizedPareto:
    """The empirical Bayes estimate of Zhang and Stephens (2009), of many samples at once.

    The density is 1/sigma (1 + k x / sigma)^(-1/k - 1): k > 0 has a heavy tail, k = 0 is exponential, k < 0 ends.
    theta = -k / sigma is averaged over a grid by its profile likelihood; k is the mean of log(1 - theta x). k is then
    drawn to 0.5 as by ten more observations (Vehtari et al. 2024, appendix G).

    Args:
        sample: Positive numbers in ascending order along the last axis, shape (..., n).
    """
    count = sample.shape[-1]
    steps = 30 + math.isqrt(count)
    grid = torch.arange(1, steps + 1, dtype=sample.dtype, device=sample.device) - 0.5
    quarter, largest = sample[..., int(count / 4 + 0.5) - 1, None], sample[..., -1:]
    theta = 1 / largest + (1 - (steps / grid).sqrt()) / (_PRIOR_SCALE * quarter)
    shape = torch.log1p(-theta.unsqueeze(-1) * sample.unsqueeze(-2)).mean(dim=-1)
    log_profile = count * ((-theta / shape).log() - shape - 1)
    best = (log_profile.softmax(dim=-1) * theta).sum(dim=-1, keepdim=True)
    found = torch.log1p(-best * sample).mean(dim=-1)
    scale = -found / best.squeeze(-1)
    return GeneralizedPareto((found * count + _PRIOR_WEIGHT * _PRIOR_SHAPE) / (count + _PRIOR_WEIGHT), scale)


def smooth_weights(log_weights: Tensor) -> SmoothedWeights:
    """Replace the largest weights by expected order statistics of the distribution fitted to them.

    Vehtari, Simpson, Gelman, Yao and Gabry 2024 (JMLR 25(72)), algorithm 1: of S weights the largest min(S / 5,
    3 sqrt S) are the tail; none becomes larger than the largest was. k-hat above 0.7 says that the weights have no
    useful variance and that the draws must not be relied on.

    Args:
        log_weights: Logarithms up to a constant of each patient, shape (replicas, draws, patients).

    Returns:
        The weights; and k-hat, 0 where the tail has no spread or too few weights, so that nothing was smoothed.
    """
    draws = log_weights.shape[1]
    tail = math.ceil(min(draws / 5, 3 * math.sqrt(draws)))
    relative = (log_weights - log_weights.amax(dim=1, keepdim=True)).double().exp()
    if tail < _FEWEST_IN_TAIL:
        weights = relative / relative.sum(dim=1, keepdim=True)
        return SmoothedWeights(weights.to(log_weights.dtype), torch.zeros_like(log_weights[:, 0]))
    largest, places = relative.topk(tail + 1, dim=1)
    # Ascending along the last axis; the smallest one is where the tail begins.
    values = largest.permute(0, 2, 1).flip(2)
    cutoff, exceedances = values[..., :1], values[..., 1:] - values[..., :1]
    spread = exceedances[..., -1] > 0
    fit = fit_generalized_pareto(exceedances.clamp(min=1e-30).where(spread.unsqueeze(-1), _even(exceedances)))
    smoothed = (cutoff + _order_statistics(fit, tail)).clamp(max=1.0)
    replaced = smoothed.where(spread.unsqueeze(-1), values[..., 1:]).flip(2).permute(0, 2, 1)
    weights = relative.scatter(1, places[:, :tail], replaced)
    weights = weights / weights.sum(dim=1, keepdim=True)
    shape = fit.shape.where(spread, torch.zeros_like(fit.shape))
    return SmoothedWeights(weights.to(log_weights.dtype), shape.to(log_weights.dtype))


def _order_statistics(fit: GeneralizedPareto, count: int) -> Tensor:
    """Quantiles at (i - 1/2) / n, i = 1 .. n, on a last axis: sigma / k ((1 - p)^-k - 1)."""
    levels = (torch.arange(count, dtype=fit.shape.dtype, device=fit.shape.device) + 0.5) / count
    shape, scale = fit.shape.unsqueeze(-1), fit.scale.unsqueeze(-1)
    # At k = 0 the limit is that of an exponential distribution; a tiny k has it to all digits.
    shape = shape.where(shape.abs() > 1e-9, torch.full_like(shape, 1e-9))
    return scale * torch.expm1(-shape * torch.log1p(-levels)) / shape


def _even(like: Tensor) -> Tensor:
    """A harmless sample in place of one without spread, whose fit would not be a number."""
    return torch.arange(1, like.shape[-1] + 1, dtype=like.dtype, device=like.device).expand_as(like)
