"""Adam with decoupled weight decay, without PyTorch's compiler."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.optim.adamw import adamw

from retina_vae.settings import VaeSettings

__all__ = ["AdamW", "shorten"]


class AdamW:
    """AdamW (Loshchilov and Hutter 2019), which is Adam where nothing decays: PyTorch's function and its state.

    ``torch.optim.AdamW`` takes the same steps, but loads ``torch.compile`` with some 800 modules when it is made, which
    takes as long as PyTorch itself, and nothing here is compiled.

    Args:
        parameters: The weights to train, all on one device.
        settings: Learning rate, second decay rate of the means, weight decay, longest gradient.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], settings: VaeSettings) -> None:
        self.parameters = list(parameters)
        self.on_cuda = self.parameters[0].is_cuda
        self.beta2, self.weight_decay = settings.adam_beta2, settings.weight_decay
        self.max_norm = settings.max_gradient_norm
        self._rate: float | Tensor = settings.learning_rate
        if self.on_cuda:
            # A graph reads the learning rate from the device's memory.
            first = self.parameters[0]
            self._rate = torch.tensor(settings.learning_rate, dtype=first.dtype, device=first.device)
        self._means = [torch.zeros_like(weight) for weight in self.parameters]
        self._mean_squares = [torch.zeros_like(weight) for weight in self.parameters]
        self._steps = [torch.zeros((), dtype=torch.float32, device=weight.device) for weight in self.parameters]

    def set_learning_rate(self, rate: float) -> None:
        """The step size from here on."""
        if isinstance(self._rate, Tensor):
            self._rate.fill_(rate)
        else:
            self._rate = rate

    def forget_gradients(self) -> None:
        """Before a backward pass: its gradients are then kept as they come, and added to none."""
        for weight in self.parameters:
            weight.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Change the weights that have a gradient."""
        state = zip(self.parameters, self._means, self._mean_squares, self._steps, strict=True)
        moved = [(weight, weight.grad, *rest) for weight, *rest in state if weight.grad is not None]
        weights, gradients, means, mean_squares, steps = (list(tensors) for tensors in zip(*moved, strict=True))
        if self.max_norm is not None:
            shorten(gradients, self.max_norm)
        adamw(
            weights,
            gradients,
            means,
            mean_squares,
            [],
            steps,
            # PyTorch's fused kernel for CUDA turns a mean of squared gradients that has overflown into NaN; the others
            # keep it, so that the numbers it belongs to stand still.
            fused=not self.on_cuda,
            foreach=self.on_cuda,
            capturable=self.on_cuda,
            amsgrad=False,
            beta1=0.9,
            beta2=self.beta2,
            lr=self._rate,
            weight_decay=self.weight_decay,
            # Keras's epsilon, so that models made with Keras can be trained again as they were.
            eps=1e-7,
            maximize=False,
        )


def shorten(gradients: Sequence[Tensor], longest: float) -> None:
    """Shorten each replica's gradient, all its numbers together, to a length (Pascanu, Mikolov and Bengio 2013).

    Args:
        gradients: Of the weights, the replicas first in each; changed in place.
        longest: The largest Euclidean length.
    """
    squares = torch.stack([gradient.flatten(1).square().sum(dim=1) for gradient in gradients])
    shares = (longest / squares.sum(dim=0).sqrt()).clamp(max=1.0)
    for gradient in gradients:
        gradient.mul_(shares.view(-1, *[1] * (gradient.dim() - 1)))
