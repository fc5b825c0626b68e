"""A decoder of sequences that holds the weights of R replicas: a recurrent layer that reads the code at each position.

As the decoder of Gómez-Bombarelli et al. (2018, doi:10.1021/acscentsci.7b00572) it never reads the symbols that it has
written, so that positions are independent given the code and p(x | z) is a product over them, as of a perceptron. What
differs is that all positions share their weights. A decoder that reads its own symbols could write sequences without
asking the code (Bowman et al. 2016, arXiv 1511.06349).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from retina_vae.vae.networks import BatchedLinear, BatchedPerceptron

__all__ = ["BatchedGru", "RecurrentDecoder"]


class BatchedGru(nn.Module):
    """A gated recurrent unit per replica (Cho et al. 2014, arXiv 1406.1078), in the form of ``torch.nn.GRU``.

    From an input x and the state h before it the next state is ``(1 - u) n + u h`` with the gates
    ``r = sigmoid(W_r x + V_r h)``, ``u = sigmoid(W_u x + V_u h)`` and ``n = tanh(W_n x + r (V_n h))``, each product
    with a bias; rows of the weights in the order r, u, n.

    Args:
        replicas: R.
        inputs: Numbers per patient that it reads.
        units: Numbers of the state.
    """

    def __init__(self, replicas: int, inputs: int, units: int) -> None:
        super().__init__()
        self.read = BatchedLinear(replicas, inputs, 3 * units, stacked=3)
        self.recur = BatchedLinear(replicas, units, 3 * units, stacked=3)

    def forward(self, x: Tensor, state: Tensor, steps: int) -> Tensor:
        """The states after each of so many steps with the same input.

        Args:
            x: Shape (replicas, inputs, patients).
            state: Before the first step, shape (replicas, units, patients).
            steps: L.

        Returns:
            Shape (replicas, units, L, patients).
        """
        # The input never changes, so its products are computed once.
        of_input, states = self.read(x), []
        read_gates, read_new = of_input.tensor_split([2 * state.shape[1]], dim=1)
        for _ in range(steps):
            gates, new = self.recur(state).tensor_split([2 * state.shape[1]], dim=1)
            reset, update = (read_gates + gates).sigmoid().chunk(2, dim=1)
            proposed = (read_new + reset * new).tanh()
            state = proposed + update * (state - proposed)
            states.append(state)
        return torch.stack(states, dim=2)

    def initialize(self, method: str, generators: Sequence[torch.Generator]) -> None:
        """Draw the initial weights, of each gate as of a layer of its own: those of the input first."""
        for part in (self.read, self.recur):
            part.initialize(method, generators)


class RecurrentDecoder(nn.Module):
    """A perceptron gives the first state of a recurrent layer, of which each state gives a position's numbers.

    Args:
        replicas: R.
        latent_dim: Numbers per sequence that it reads.
        hidden: Units of the perceptron's hidden layers.
        units: Of the recurrent layer.
        length: L, the positions.
        symbols: C, numbers per position that it gives.
    """

    def __init__(
        self, replicas: int, latent_dim: int, hidden: int | Sequence[int], units: int, length: int, symbols: int
    ) -> None:
        super().__init__()
        self.length = length
        self.start = BatchedPerceptron(replicas, latent_dim, hidden, units)
        self.layer = BatchedGru(replicas, latent_dim, units)
        self.output = BatchedLinear(replicas, units, symbols)

    def forward(self, z: Tensor) -> Tensor:
        """Map (replicas, latent dimensions, sequences) to (replicas, L C, sequences), the first position first."""
        states = self.layer(z, self.start(z).tanh(), self.length)
        numbers: Tensor = self.output(states.flatten(2)).unflatten(2, (self.length, -1))
        return numbers.transpose(1, 2).flatten(1, 2)

    def initialize(self, method: str, generators: Sequence[torch.Generator]) -> None:
        """Draw the initial weights of every layer, from the code on."""
        for part in (self.start, self.layer, self.output):
            part.initialize(method, generators)
