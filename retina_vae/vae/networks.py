"""Networks that hold the weights of R replicas and apply each replica to its own patients."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

__all__ = ["INITIALIZATIONS", "BatchedLinear", "BatchedPerceptron"]

INITIALIZATIONS = {
    "glorot_uniform": lambda fan_in, fan_out: math.sqrt(6 / (fan_in + fan_out)),
    "he_uniform": lambda fan_in, fan_out: math.sqrt(6 / fan_in),
    "lecun_uniform": lambda fan_in, fan_out: math.sqrt(3 / fan_in),
}
"""Half-width of the uniform distribution of the initial weights, by the number of inputs and outputs.

Glorot and Bengio (2010), He et al. (2015), LeCun et al. (1998); the names are those of Keras.
"""


class BatchedLinear(nn.Module):
    """An affine map per replica: (replicas, inputs, patients) to (replicas, outputs, patients)."""

    def __init__(self, replicas: int, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(replicas, outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(replicas, outputs, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Map ``x`` with every replica's own weights."""
        return torch.baddbmm(self.bias, self.weight, x)

    @torch.no_grad()
    def initialize(self, method: str, generators: Sequence[torch.Generator]) -> None:
        """Draw replica i's weights from ``generators[i]``; biases become 0."""
        outputs, inputs = self.weight.shape[1:]
        half_width = INITIALIZATIONS[method](inputs, outputs)
        for weight, generator in zip(self.weight, generators, strict=True):
            uniform = torch.rand(outputs, inputs, generator=generator, dtype=weight.dtype)
            weight.copy_((2 * uniform - 1) * half_width)
        self.bias.zero_()


class BatchedPerceptron(nn.Module):
    """One hidden layer of ReLU units, then an affine map; each replica has its own weights."""

    def __init__(self, replicas: int, inputs: int, hidden: int, outputs: int) -> None:
        super().__init__()
        self.hidden = BatchedLinear(replicas, inputs, hidden)
        self.output = BatchedLinear(replicas, hidden, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Map (replicas, inputs, patients) to (replicas, outputs, patients)."""
        # In place: the activations are the largest tensors here, and fresh memory for a copy costs more than ReLU.
        return self.output(self.hidden(x).relu_())

    def initialize(self, method: str, generators: Sequence[torch.Generator]) -> None:
        """Draw the initial weights of both layers."""
        self.hidden.initialize(method, generators)
        self.output.initialize(method, generators)
