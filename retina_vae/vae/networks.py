"""Networks that hold the weights of R replicas and apply each replica to its own patients."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

__all__ = ["INITIALIZATIONS", "BatchedLinear", "BatchedPerceptron", "Network", "draw_weights", "layers"]

INITIALIZATIONS = {
    "glorot_uniform": lambda fan_in, fan_out: math.sqrt(6 / (fan_in + fan_out)),
    "he_uniform": lambda fan_in, fan_out: math.sqrt(6 / fan_in),
    "lecun_uniform": lambda fan_in, fan_out: math.sqrt(3 / fan_in),
}
"""Half-width of the uniform distribution of the initial weights, by the number of inputs and outputs.

Glorot and Bengio (2010), He et al. (2015), LeCun et al. (1998); the names are those of Keras.
"""


@torch.no_grad()
def draw_weights(weight: Tensor, half_width: float, generators: Sequence[torch.Generator]) -> None:
    """Draw replica i's weights evenly between ``-half_width`` and ``half_width`` from ``generators[i]``."""
    for own, generator in zip(weight, generators, strict=True):
        uniform = torch.rand(own.shape, generator=generator, dtype=own.dtype)
        own.copy_((2 * uniform - 1) * half_width)


@runtime_checkable
class Network(Protocol):
    """What a part of a model is: a map whose initial weights are drawn."""

    def initialize(self, method: str, generators: Sequence[torch.Generator]) -> None:
        """Draw replica i's weights from ``generators[i]``, by the name of :data:`INITIALIZATIONS`."""
        ...


def layers(modules: Iterable[nn.Module]) -> Iterator[Network]:
    """The modules whose initial weights are drawn, in their order."""
    for module in modules:
        if isinstance(module, Network):
            yield module


class BatchedLinear(nn.Module):
    """An affine map per replica: (replicas, inputs, patients) to (replicas, outputs, patients).

    Args:
        replicas: R.
        inputs: Numbers per patient that it reads.
        outputs: Numbers per patient that it gives.
        stacked: Of how many layers the outputs are, one behind the other; weights are drawn of each as of itself alone.
    """

    def __init__(self, replicas: int, inputs: int, outputs: int, stacked: int = 1) -> None:
        super().__init__()
        self.stacked = stacked
        self.weight = nn.Parameter(torch.zeros(replicas, outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(replicas, outputs, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Map ``x`` with every replica's own weights."""
        return torch.baddbmm(self.bias, self.weight, x)

    @torch.no_grad()
    def initialize(self, method: str, generators: Sequence[torch.Generator]) -> None:
        """Draw replica i's weights from ``generators[i]``; biases become 0."""
        outputs, inputs = self.weight.shape[1:]
        draw_weights(self.weight, INITIALIZATIONS[method](inputs, outputs // self.stacked), generators)
        self.bias.zero_()


class BatchedPerceptron(nn.Module):
    """Hidden layers of ReLU units, then an affine map; each replica has its own weights.

    Args:
        replicas: R.
        inputs: Numbers per patient that it reads.
        hidden: Units of the one hidden layer, or of each from the inputs on.
        outputs: Numbers per patient that it gives.
    """

    def __init__(self, replicas: int, inputs: int, hidden: int | Sequence[int], outputs: int) -> None:
        super().__init__()
        sizes = [hidden] if isinstance(hidden, int) else list(hidden)
        self.hidden = BatchedLinear(replicas, inputs, sizes[0])
        # The first layer has a name of its own, under which the weights of networks with one are stored.
        self.deeper = nn.ModuleList(BatchedLinear(replicas, *pair) for pair in pairwise(sizes))
        self.output = BatchedLinear(replicas, sizes[-1], outputs)

    @property
    def layers(self) -> tuple[nn.Module, ...]:
        """The affine maps from the inputs to the outputs; all but the last are followed by ReLU."""
        return (self.hidden, *self.deeper, self.output)

    def forward(self, x: Tensor) -> Tensor:
        """Map (replicas, inputs, patients) to (replicas, outputs, patients)."""
        for layer in self.layers[:-1]:
            # In place: the activations are the largest tensors here, and fresh memory for a copy costs more than ReLU.
            x = layer(x).relu_()
        return self.output(x)

    def initialize(self, method: str, generators: Sequence[torch.Generator]) -> None:
        """Draw the initial weights of every layer, from the inputs on."""
        for layer in layers(self.layers):
            layer.initialize(method, generators)
