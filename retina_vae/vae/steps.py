"""One step of training: on any device operation by operation, on a CUDA device as one graph."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor

from retina_vae.settings import VaeSettings
from retina_vae.vae.adamw import AdamW
from retina_vae.vae.model import VariationalAutoencoder
from retina_vae.vae.objectives import ObjectiveTerms, objective_terms
from retina_vae.vae.patients import Patients

__all__ = ["GraphedStep", "Step", "batch_terms", "build_step", "log_density_of_weights", "no_garbage_collected"]

Step = Callable[[Patients, Tensor, float], Tensor]
"""From a batch, its noise and the weight of the KL divergence to the sums of the terms over the patients.

The noise has shape (replicas, latent dimensions, draws, patients), the sums (terms, replicas); the step changes the
weights.
"""


def batch_terms(
    model: VariationalAutoencoder, patients: Patients, noise: Tensor, settings: VaeSettings, beta: float | Tensor
) -> ObjectiveTerms:
    """The terms of the settings' objective for these patients."""
    return objective_terms(settings.objective, model, patients.x, patients.labels, noise, beta, settings.class_weight)


def log_density_of_weights(model: VariationalAutoencoder, scale: float) -> Tensor:
    """Logarithm of the normal density of each replica's decoder weights, without its constant, shape (replicas,).

    MacKay 1992, A practical Bayesian framework for backpropagation networks. Biases, which say where a column lies,
    have no prior.

    Args:
        model: The replicas.
        scale: Standard deviation of a weight.
    """
    own = [weight for name, weight in model.decoder.named_parameters() if name.endswith("weight")]
    return -torch.stack([weight.square().flatten(1).sum(dim=1) for weight in own]).sum(dim=0) / (2 * scale**2)


def build_step(model: VariationalAutoencoder, settings: VaeSettings, optimizer: AdamW, trained_on: int) -> Step:
    """The step that suits the model's device and ``vae.cuda_graph``.

    Args:
        model: The replicas.
        settings: Objective and prior of the weights.
        optimizer: Of their weights.
        trained_on: N, how many patients a replica is trained on. The most probable weights minimise the sum of the
            patients' losses less the log-density of the weights, so the mean loss less 1/N of that.
    """

    def step(patients: Patients, noise: Tensor, beta: float | Tensor) -> Tensor:
        terms = batch_terms(model, patients, noise, settings, beta)
        loss = terms.loss.mean(dim=1)
        if settings.weight_prior is not None:
            loss = loss - log_density_of_weights(model, settings.weight_prior) / trained_on
        optimizer.forget_gradients()
        loss.sum().backward()
        optimizer.step()
        return torch.stack([term.detach().sum(dim=1) for term in terms])

    return GraphedStep(step) if settings.cuda_graph and next(model.parameters()).is_cuda else step


class _Captured(NamedTuple):
    """A graph, the memory that it reads and the memory that it writes."""

    graph: torch.cuda.CUDAGraph
    inputs: list[Tensor]
    beta: Tensor
    sums: Tensor


class GraphedStep:
    """A step whose operations are launched together, which saves most of the time that small ones take.

    A graph is for one number of patients. The first batch of a size is computed operation by operation, which lets
    the libraries set themselves up; the second is captured, and from then on the graph runs again on new numbers in
    the same memory. The step must neither wait for the device nor copy from the CPU.
    """

    def __init__(self, step: Callable[[Patients, Tensor, float | Tensor], Tensor]) -> None:
        self.step = step
        self._captured: dict[int, _Captured | None] = {}

    def __call__(self, patients: Patients, noise: Tensor, beta: float) -> Tensor:
        """As :data:`Step`; the next call for as many patients writes the sums anew."""
        count = patients.count
        if count not in self._captured:
            self._captured[count] = None
            return self._aside(patients, noise, beta)
        captured = self._captured[count] or self._capture(patients, noise)
        self._captured[count] = captured
        for place, values in zip(captured.inputs, _tensors(patients, noise), strict=True):
            place.copy_(values)
        captured.beta.fill_(beta)
        captured.graph.replay()
        return captured.sums

    def _aside(self, patients: Patients, noise: Tensor, beta: float) -> Tensor:
        """The step on a stream of its own, as capturing it will be."""
        aside, here = torch.cuda.Stream(), torch.cuda.current_stream()
        aside.wait_stream(here)
        with torch.cuda.stream(aside):
            sums = self.step(patients, noise, beta)
        here.wait_stream(aside)
        return sums

    def _capture(self, patients: Patients, noise: Tensor) -> _Captured:
        inputs = [values.clone() for values in _tensors(patients, noise)]
        own = Patients(inputs[0], None if patients.labels is None else inputs[2])
        beta, graph = noise.new_zeros(()), torch.cuda.CUDAGraph()
        with no_garbage_collected(), torch.cuda.graph(graph):
            sums = self.step(own, inputs[1], beta)
        return _Captured(graph, inputs, beta, sums)


@contextmanager
def no_garbage_collected() -> Iterator[None]:
    """Collect what nobody refers to any more, and nothing further until the end.

    CUDA ends a capture during which the graph of a model that is done with is freed.
    """
    gc.collect()
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _tensors(patients: Patients, noise: Tensor) -> list[Tensor]:
    labels = [] if patients.labels is None else [patients.labels]
    return [patients.x, noise, *labels]
