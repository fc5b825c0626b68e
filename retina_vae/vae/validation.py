"""Patients that are kept out of training, and the epoch that fits them best."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from retina_vae.vae.replicas import replica_orders

__all__ = ["BestEpoch", "split_patients"]


def split_patients(count: int, fraction: float, generators: Sequence[torch.Generator]) -> tuple[Tensor, Tensor]:
    """Positions of each replica's training and validation patients, shapes (replicas, n) and (replicas, count - n).

    With ``fraction`` 0 nothing is drawn, so that the streams stay as they are. Otherwise at least one patient is on
    each side.
    """
    if fraction == 0:
        everyone = torch.arange(count).expand(len(generators), -1)
        return everyone, everyone[:, :0]
    held_out = min(max(round(count * fraction), 1), count - 1)
    orders = replica_orders(count, generators)
    return orders[:, held_out:], orders[:, :held_out]


class BestEpoch:
    """Early stopping without stopping: each replica's weights of the epoch with the smallest validation loss."""

    def __init__(self, model: nn.Module, replicas: int) -> None:
        self.model = model
        self.loss = torch.full((replicas,), torch.inf)
        self.weights = {name: values.detach().clone() for name, values in model.named_parameters()}

    @torch.no_grad()
    def see(self, loss: Tensor) -> None:
        """Keep the weights of the replicas whose validation loss, shape (replicas,), is smaller than ever before."""
        loss = loss.cpu()
        better = loss < self.loss
        self.loss = torch.where(better, loss, self.loss)
        for name, values in self.model.named_parameters():
            chosen = better.to(values.device).view(-1, *[1] * (values.dim() - 1))
            self.weights[name] = torch.where(chosen, values, self.weights[name])

    @torch.no_grad()
    def restore(self) -> None:
        """Give the model the weights that were kept."""
        for name, values in self.model.named_parameters():
            values.copy_(self.weights[name])
