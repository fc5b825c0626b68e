"""Convolutional networks that hold the weights of R replicas: a small pair for pictures.

Each layer halves, or doubles, height and width by a stride of 2 with kernels of 3 x 3 (Radford, Metz and Chintala 2016
take strides in place of pooling, too). Replicas are groups of one convolution: replica i equals the same network alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from retina_vae.cohort.image_shape import ImageShape
from retina_vae.vae.networks import INITIALIZATIONS, BatchedPerceptron, draw_weights, layers

__all__ = ["BatchedConvolution", "ConvolutionalDecoder", "ConvolutionalEncoder"]

_KERNEL = 3
_STRIDE = 2


class BatchedConvolution(nn.Module):
    """A convolution per replica with a stride of 2, or its transpose.

    It maps (pictures, replicas * inputs, rows, columns) to (pictures, replicas * outputs, rows, columns).

    Args:
        replicas: R.
        inputs: Channels of each replica that it reads.
        outputs: Channels of each replica that it gives.
        size: Height and width that the transpose gives; None for the convolution, which gives half of what it reads,
            rounded up.
    """

    def __init__(self, replicas: int, inputs: int, outputs: int, size: tuple[int, int] | None = None) -> None:
        super().__init__()
        self.size = size
        channels = (outputs, inputs) if size is None else (inputs, outputs)
        self.weight = nn.Parameter(torch.zeros(replicas, *channels, _KERNEL, _KERNEL))
        self.bias = nn.Parameter(torch.zeros(replicas, outputs))

    def forward(self, x: Tensor) -> Tensor:
        """Map ``x`` with every replica's own kernels."""
        weight, bias, replicas = self.weight.flatten(0, 1), self.bias.flatten(), len(self.weight)
        if self.size is None:
            return functional.conv2d(x, weight, bias, _STRIDE, padding=1, groups=replicas)
        # As many rows and columns as the layer of the encoder had that this one turns around.
        more = tuple(wanted - (_STRIDE * (found - 1) + 1) for wanted, found in zip(self.size, x.shape[2:], strict=True))
        return functional.conv_transpose2d(x, weight, bias, _STRIDE, padding=1, output_padding=more, groups=replicas)

    @torch.no_grad()
    def initialize(self, method: str, generators: Sequence[torch.Generator]) -> None:
        """Draw replica i's kernels from ``generators[i]``; biases become 0."""
        field = _KERNEL**2
        first, second = self.weight.shape[1:3]
        inputs, outputs = (second, first) if self.size is None else (first, second)
        draw_weights(self.weight, INITIALIZATIONS[method](inputs * field, outputs * field), generators)
        self.bias.zero_()


class ConvolutionalEncoder(nn.Module):
    """Convolutions, each followed by ReLU, then a perceptron.

    Args:
        replicas: R.
        shape: Of the pictures, whose pixels are the first inputs.
        more: Inputs behind the pixels, which the perceptron reads beside the last layer of channels.
        channels: Of each convolution.
        hidden: Units of the perceptron's hidden layers.
        outputs: Numbers per picture that it gives.
    """

    def __init__(
        self,
        replicas: int,
        shape: ImageShape,
        more: int,
        channels: Sequence[int],
        hidden: int | Sequence[int],
        outputs: int,
    ) -> None:
        super().__init__()
        self.shape = shape
        pairs = pairwise([shape.channels, *channels])
        self.convolutions = nn.ModuleList(BatchedConvolution(replicas, *pair) for pair in pairs)
        height, width = shape.halved(len(channels))[-1]
        self.head = BatchedPerceptron(replicas, channels[-1] * height * width + more, hidden, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Map (replicas, pixels and more inputs, pictures) to (replicas, outputs, pictures)."""
        replicas, pixels = len(x), self.shape.pixels
        found = _to_grid(x[:, :pixels], self.shape.axes)
        for layer in self.convolutions:
            found = layer(found).relu_()
        flat = found.unflatten(1, (replicas, -1)).flatten(2).permute(1, 2, 0)
        numbers: Tensor = self.head(torch.cat([flat, x[:, pixels:]], dim=1) if x.shape[1] > pixels else flat)
        return numbers

    def initialize(self, method: str, generators: Sequence[torch.Generator]) -> None:
        """Draw the initial weights of every layer, from the pixels on."""
        for layer in layers(self.convolutions):
            layer.initialize(method, generators)
        self.head.initialize(method, generators)


class ConvolutionalDecoder(nn.Module):
    """The way back: a perceptron, then transposed convolutions, ReLU before each.

    Args:
        replicas: R.
        latent_dim: Numbers per picture that it reads.
        shape: Of the pictures.
        channels: Of each layer from the picture on, as of the encoder.
        hidden: Units of the perceptron's hidden layers.
    """

    def __init__(
        self, replicas: int, latent_dim: int, shape: ImageShape, channels: Sequence[int], hidden: int | Sequence[int]
    ) -> None:
        super().__init__()
        steps = shape.halved(len(channels))
        self.start = (channels[-1], *steps[-1])
        self.body = BatchedPerceptron(replicas, latent_dim, hidden, channels[-1] * steps[-1][0] * steps[-1][1])
        pairs = pairwise([*reversed(channels), shape.channels])
        self.convolutions = nn.ModuleList(
            BatchedConvolution(replicas, *pair, size) for pair, size in zip(pairs, reversed(steps[:-1]), strict=True)
        )

    def forward(self, z: Tensor) -> Tensor:
        """Map (replicas, latent dimensions, pictures) to (replicas, pixels, pictures)."""
        found = _to_grid(self.body(z), self.start)
        for layer in self.convolutions:
            found = layer(found.relu())
        return found.unflatten(1, (len(z), -1)).flatten(2).permute(1, 2, 0)

    def initialize(self, method: str, generators: Sequence[torch.Generator]) -> None:
        """Draw the initial weights of every layer, from the code on."""
        self.body.initialize(method, generators)
        for layer in layers(self.convolutions):
            layer.initialize(method, generators)


def _to_grid(x: Tensor, axes: tuple[int, int, int]) -> Tensor:
    """From (replicas, channels * rows * columns, pictures) to (pictures, replicas * channels, rows, columns)."""
    return x.permute(2, 0, 1).unflatten(2, axes).flatten(1, 2)
