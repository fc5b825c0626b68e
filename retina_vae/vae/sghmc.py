"""Stochastic-gradient Hamiltonian Monte Carlo: an update rule under which weights are draws from their posterior."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

__all__ = ["SGHMC"]


_NOISE_SHARE = 1 / 8
"""The most that the noise of a gradient may have of the noise 2 a h that keeps the velocity."""


class SGHMC:
    """The sampler of Chen, Fox and Guestrin (2014, equation 15), its scales found as by Springenberg et al. (2016).

    With the energy U = N times the mean loss plus theta^2 / (2 s^2), its gradient g from a batch, the friction a and a
    step h of each weight,

        v <- (1 - a) v - h g + sqrt(h (2 a - h D)) n,    theta <- theta + v,    n ~ N(0, 1),

    leaves exp(-U) invariant but for terms of the order of h U''. D is the variance that g has from batches and draws;
    it heats the weights by itself, so that the added noise is as much less. During the burn-in

        h = min(e V^(-1/2), a / (4 D)),

    with running means V of g^2 and D of a sixth of the squared second difference of successive gradients, whose drift
    is small beside their noise (Gasser, Sroka and Jennen-Steinmetz 1986); their windows are those of Springenberg et
    al. The second bound keeps the noise of the gradient at an eighth of all noise, for only its variances
    are known: what two weights' gradients have in common heats them. V is taken to be no smaller than 1 / s^2, which
    the prior alone gives. After the burn-in V, D and h stay as they are.

    The rule acts on each number by itself and on a batch that is independent of the one before; it waits for no device.

    Args:
        parameters: The weights, replicas first, all on one device.
        scales: Standard deviation s of each tensor's normal prior around 0.
        count: N, how many patients a replica has.
        step_size: e, the step before it is scaled, of the size of a learning rate.
        friction: a, the share of the velocity that a step takes away.
    """

    def __init__(
        self,
        parameters: Sequence[nn.Parameter],
        scales: Sequence[float],
        count: int,
        step_size: float,
        friction: float,
    ) -> None:
        self.parameters = list(parameters)
        self.count, self.step_size, self.friction = count, step_size, friction
        self.adapting = True
        first = self.parameters[0]
        self._sizes = [weight[0].numel() for weight in self.parameters]
        shape = (len(first), sum(self._sizes))
        self.precision = torch.cat(
            [first.new_full((size,), scale**-2) for size, scale in zip(self._sizes, scales, strict=True)]
        ).detach()
        zeros = torch.zeros(shape, dtype=first.dtype, device=first.device)
        self.kicks = zeros.clone()
        """Standard normal numbers n, which the caller draws anew before every step, shape (replicas, numbers)."""
        self._velocity, self._step = zeros.clone(), zeros.clone()
        self._last, self._drift = zeros.clone(), zeros.clone()
        self._mean, self._square, self._noise, self._window = (zeros.clone() for _ in range(4))

    def forget_gradients(self) -> None:
        """Before a backward pass: its gradients are then kept as they come, and added to none."""
        for weight in self.parameters:
            weight.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Move the weights; their ``grad`` is that of each replica's mean loss."""
        gradient = self._flat([_gradient(weight) for weight in self.parameters]).mul_(self.count)
        gradient.addcmul_(self._flat([weight.detach() for weight in self.parameters]), self.precision)
        if self.adapting:
            self._adapt(gradient)
        heat = self._step * (2 * self.friction - self._step * self._noise)
        self._velocity.mul_(1 - self.friction).addcmul_(self._step, gradient, value=-1)
        self._velocity.addcmul_(heat.sqrt_(), self.kicks)
        moves = self._velocity.split(self._sizes, dim=1)
        for weight, move in zip(self.parameters, moves, strict=True):
            weight.add_(move.view_as(weight))

    @torch.no_grad()
    def log_prior(self) -> Tensor:
        """Logarithm of the weights' normal density without its constant, shape (replicas,)."""
        own = self._flat([weight.detach() for weight in self.parameters])
        return -(own.square() * self.precision).sum(dim=1) / 2

    def _adapt(self, gradient: Tensor) -> None:
        share = 1 / (self._window + 1)
        self._mean.lerp_(gradient, share)
        self._square.lerp_(gradient.square(), share)
        drift = gradient - self._last
        self._noise.lerp_((drift - self._drift).square_().div_(6), share)
        self._drift.copy_(drift)
        self._last.copy_(gradient)
        square = torch.maximum(self._square, self.precision)
        self._window.mul_(1 - self._mean.square() / square).add_(1)
        # Where the noise is 0 the second bound is none: 1 / 0 is infinite.
        quiet = 2 * _NOISE_SHARE * self.friction / self._noise
        torch.minimum(self.step_size * square.rsqrt(), quiet, out=self._step)

    def _flat(self, tensors: Sequence[Tensor]) -> Tensor:
        return torch.cat([tensor.flatten(1) for tensor in tensors], dim=1)


def _gradient(weight: nn.Parameter) -> Tensor:
    return torch.zeros_like(weight) if weight.grad is None else weight.grad
