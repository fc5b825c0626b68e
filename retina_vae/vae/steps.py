"""One step of training: on any device operation by operation, on a CUDA device as one graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from retina_vae.settings import VaeSettings
from retina_vae.vae.adamw import AdamW
from retina_vae.vae.model import VariationalAutoencoder
from retina_vae.vae.objectives import ObjectiveTerms, objective_terms
from retina_vae.vae.patients import Patients

__all__ = ["GraphedStep", "Step", "batch_terms", "build_step"]

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


def build_step(model: VariationalAutoencoder, settings: VaeSettings, optimizer: AdamW) -> Step:
    """The step that suits the model's device and ``vae.cuda_graph``."""

    def step(patients: Patients, noise: Tensor, beta: float | Tensor) -> Tensor:
        terms = batch_terms(model, patients, noise, settings, beta)
        optimizer.forget_gradients()
        terms.loss.mean(dim=1).sum().backward()
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
        with torch.cuda.graph(graph):
            sums = self.step(own, inputs[1], beta)
        return _Captured(graph, inputs, beta, sums)


def _tensors(patients: Patients, noise: Tensor) -> list[Tensor]:
    labels = [] if patients.labels is None else [patients.labels]
    return [patients.x, noise, *labels]
