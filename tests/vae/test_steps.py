"""Steps on other devices than the CPU: where their tensors are, and that a graph changes nothing."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from retina_vae.cohort import fit_encoding
from retina_vae.cohort.image_shape import ImageShape
from retina_vae.settings import VaeSettings
from retina_vae.vae import Patients, VariationalAutoencoder, build_model, fit_replicas, replica_generators
from retina_vae.vae.steps import batch_terms, log_density_of_weights, no_garbage_collected
from tests.cohort.sequences import SEQUENCES, sequence_table

from .conftest import PLAIN, describe, encoding, typed_features
from .every_kind import every_kind_encoding, every_kind_patients
from .pictures import picture_encoding

ROUNDING = {"rtol": 1e-6, "atol": 1e-7}
"""Sums in another order, in double precision; Adam divides small gradients by themselves, and by 1e-7 at least."""
STEP_COUNT = {"rtol": 0, "atol": 1e-5}
"""On CUDA PyTorch corrects Adam's means by 1 - beta^t in single precision, whatever the weights are in. Over the steps
of a test that adds up to less than a hundredth of one step; other noise, batches or gradients would be whole steps."""

WAITS = ("aten::_local_scalar_dense", "aten::nonzero", "aten::is_nonzero", "aten::masked_select", "aten::equal")
COPIES = ("aten::_to_copy", "aten::copy_")


class OneDevice(TorchDispatchMode):
    """Fails at an operation that has tensors of two devices, copies between devices or waits for the device.

    It sees every operation, those of the backward pass too. A number without dimensions on the CPU is a constant to
    an operation and may stand beside tensors of another device, but a copy of it has to wait.

    A tensor that Python makes of numbers, as an index that is a list, is no operation and yet copied from the CPU. It
    is known by what it is not: after the step ``before`` it, which sees inputs and weights, every tensor must be one
    that was seen then or that an operation has made since.
    """

    def __init__(self, before: OneDevice | None = None) -> None:
        super().__init__()
        # The tensors are kept, so that no other gets the identity of one that is gone.
        self.seen: dict[int, Tensor] = {} if before is None else dict(before.seen)
        self.known = before is not None

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func._schema.name
        assert name not in WAITS, f"{name} waits for the device"
        given = self._placed(name, (args, kwargs))
        strangers = [tensor for tensor in given if id(tensor) not in self.seen]
        assert not (self.known and strangers), f"{name} has a tensor that was made of numbers on the CPU"
        result = func(*args, **(kwargs or {}))
        tensors = [*given, *self._placed(name, result)]
        self.seen |= {id(tensor): tensor for tensor in tensors}
        devices = {tensor.device for tensor in tensors}
        assert len(devices) <= 1, f"{name} has tensors on {sorted(map(str, devices))}"
        return result

    @staticmethod
    def _placed(name: str, tree: Any) -> list[Tensor]:
        tensors = [leaf for leaf in tree_leaves(tree) if isinstance(leaf, Tensor)]
        return [own for own in tensors if own.dim() > 0 or name in COPIES or own.device.type != "cpu"]


def step_on_one_device(model: VariationalAutoencoder, patients: Patients, noise: Tensor, settings: VaeSettings) -> None:
    """The second step, for the first may set things up, and its backward pass."""
    first = OneDevice()
    with first:
        batch_terms(model, patients, noise, settings, 0.5)
    with OneDevice(first):
        loss = batch_terms(model, patients, noise, settings, 0.5).loss.mean(dim=1).sum()
    with OneDevice():
        loss.backward()


def families() -> list[Any]:
    """Every objective, posterior, scale of numbers and kind of column, and gaps; typed and with sigmoid outputs."""
    objectives = ("elbo", "importance_weighted", "supervised", "wake")
    gaussians = [(objective, posterior, "predicted") for objective in objectives for posterior in ("diagonal", "full")]
    scales = [("elbo", "full", scale) for scale in ("fixed", "learned")]
    return [*gaussians, *scales, ("beta_tc", "diagonal", "predicted"), ("autoencoder", "point", "predicted")]


def every_kind(objective: str, posterior: str, scale: str) -> tuple[VariationalAutoencoder, VaeSettings]:
    """Three replicas of a model of every kind of column, with gaps."""
    description = describe(
        encoding=every_kind_encoding(missing=0.1),
        likelihood="typed",
        gaussian_scale=scale,
        posterior=posterior,
        classes=("A", "B", "C") if objective == "supervised" else (),
    )
    settings = VaeSettings(**PLAIN).model_copy(update={"objective": objective})
    return build_model(description), settings


def inputs(width: int, device: str) -> tuple[Patients, Tensor]:
    """Uninitialised features, labels and noise of 20 patients."""
    patients = Patients(torch.zeros(3, width, 20, device=device), torch.zeros(3, 20, dtype=torch.int64, device=device))
    return patients, torch.zeros(3, 2, 4, 20, device=device)


@pytest.mark.parametrize(("objective", "posterior", "scale"), families())
def test_a_step_stays_on_the_device_of_the_model(objective: str, posterior: str, scale: str) -> None:
    """On PyTorch's device without memory, which every machine has."""
    model, settings = every_kind(objective, posterior, scale)
    model.to("meta")
    patients, noise = inputs(every_kind_encoding(missing=0.1).width, "meta")
    step_on_one_device(model, patients, noise, settings)
    assert all(p.grad is None or p.grad.device.type == "meta" for p in model.parameters())


@pytest.mark.parametrize("likelihood", ["squared_error", "binary_cross_entropy"])
def test_a_step_with_sigmoid_outputs_stays_on_the_device_of_the_model(likelihood: str) -> None:
    model = build_model(describe(likelihood=likelihood)).to("meta")
    patients, noise = inputs(encoding().width, "meta")
    settings = VaeSettings(**PLAIN | {"likelihood": likelihood, "input_scaling": "raw", "posterior": "diagonal"})
    step_on_one_device(model, patients, noise, settings)


@pytest.mark.parametrize("channels", [(), (2, 3)])
def test_a_step_of_pictures_stays_on_the_device_of_the_model(channels: tuple[int, ...]) -> None:
    shape = ImageShape(height=5, width=4)
    description = describe(
        encoding=picture_encoding(shape, gaps=3), likelihood="typed", hidden_units=(8, 4), channels=channels
    )
    patients, noise = inputs(shape.pixels, "meta")
    step_on_one_device(build_model(description).to("meta"), patients, noise, VaeSettings(**PLAIN))


def test_a_step_of_sequences_stays_on_the_device_of_the_model() -> None:
    own = fit_encoding(sequence_table(20), SEQUENCES, "by_kind")
    description = describe(encoding=own, likelihood="typed", recurrent_units=5)
    patients, noise = inputs(own.width, "meta")
    step_on_one_device(build_model(description).to("meta"), patients, noise, VaeSettings(**PLAIN))


def test_a_tensor_on_another_device_is_seen() -> None:
    model, settings = every_kind("elbo", "full", "predicted")
    model.to("meta")
    patients, noise = inputs(every_kind_encoding(missing=0.1).width, "meta")
    with OneDevice(), pytest.raises((AssertionError, RuntimeError)):
        batch_terms(model, patients, noise.new_zeros(noise.shape, device="cpu"), settings, 0.5)
    with OneDevice(), pytest.raises(AssertionError, match="_to_copy has tensors on"):
        torch.zeros(3).to("meta")
    x = torch.zeros(3, 2, device="meta")
    first = OneDevice()
    with first:
        x[:, :1] + x
    for copied in (lambda: x[:, [0]], lambda: x + torch.tensor([1.0, 2.0], device="meta")):
        with OneDevice(first), pytest.raises(AssertionError, match="made of numbers on the CPU"):
            copied()
    with OneDevice(), pytest.raises(AssertionError, match="waits for the device"):
        torch.zeros(3).sum().item()


@pytest.mark.parametrize("objective", ["elbo", "importance_weighted", "supervised", "beta_tc"])
def test_a_graph_trains_the_same_model(objective: str, device: torch.device) -> None:
    """Batches of 8, 8 and 4, a weight of the KL divergence that rises, a step size that falls, and a refit."""
    if device.type != "cuda":
        pytest.skip("graphs are for CUDA devices: pytest --device cuda")
    posterior = "diagonal" if objective == "beta_tc" else "full"
    changes = {"epochs": 6, "batch_size": 8, "objective": objective, "posterior": posterior, "draws_per_patient": 4}
    changes |= {"kl_warmup_epochs": 3, "learning_rate_schedule": "cosine"}
    refit = {"refit_epochs": 3, "refit_draws": 5} if objective == "importance_weighted" else {}
    settings = VaeSettings(**PLAIN | changes | refit)
    classes = ("A", "B", "C") if objective == "supervised" else ()
    description = describe(
        encoding=every_kind_encoding(missing=0.1), likelihood="typed", posterior=posterior, classes=classes
    )
    encoded = every_kind_encoding(missing=0.1).encode(every_kind_patients(20, missing=0.1))
    features = torch.from_numpy(encoded).T.contiguous().double()
    patients = Patients(features.to(device), torch.arange(20, device=device) % 3)
    graph, history = fit_replicas(patients, description, settings, device)
    plain, same = fit_replicas(patients, description, settings.model_copy(update={"cuda_graph": False}), device)
    for (name, values), other in zip(plain.named_parameters(), graph.parameters(), strict=True):
        torch.testing.assert_close(other, values, msg=name, **ROUNDING)
    torch.testing.assert_close(history.loss, same.loss, **ROUNDING)


def test_a_model_trained_on_cuda_is_that_of_the_cpu(device: torch.device) -> None:
    """A seed means the same numbers everywhere."""
    settings = VaeSettings(**PLAIN | {"epochs": 5, "batch_size": 8, "posterior": "full", "draws_per_patient": 4})
    there, _ = fit_replicas(
        Patients(typed_features(20, device)), describe(likelihood="typed", posterior="full"), settings, device
    )
    cpu = torch.device("cpu")
    here, _ = fit_replicas(
        Patients(typed_features(20, cpu)), describe(likelihood="typed", posterior="full"), settings, cpu
    )
    for (name, values), other in zip(here.named_parameters(), there.parameters(), strict=True):
        torch.testing.assert_close(other.cpu(), values, msg=lambda text, name=name: f"{name}: {text}", **STEP_COUNT)


def test_nothing_is_freed_during_a_capture() -> None:
    """Two objects that refer to each other are freed by the collector alone: before a capture, or after."""

    class Graph:
        def __init__(self) -> None:
            self.itself = self

    before = weakref.ref(Graph())
    assert gc.isenabled()
    with no_garbage_collected():
        assert before() is None
        assert not gc.isenabled()
    with pytest.raises(ValueError, match="fails"), no_garbage_collected():
        raise ValueError("a step fails")
    assert gc.isenabled()


def test_the_prior_of_weights_is_a_normal_density_but_for_its_constant() -> None:
    model = build_model(describe((1, 2), likelihood="typed")).double()
    model.initialize("glorot_uniform", replica_generators([1, 2]))
    weights = torch.cat([model.decoder.hidden.weight.flatten(1), model.decoder.output.weight.flatten(1)], dim=1)
    prior = torch.distributions.Normal(torch.zeros((), dtype=torch.float64), 0.7)
    constant = weights.shape[1] * prior.log_prob(torch.zeros((), dtype=torch.float64))
    torch.testing.assert_close(log_density_of_weights(model, 0.7), prior.log_prob(weights).sum(dim=1) - constant)


def test_the_fewer_patients_the_more_the_prior_holds_the_weights() -> None:
    """The same patients ten times have the same mean loss, and the prior counts once for all of them."""

    def shrunk(times: int) -> float:
        """The squared weights with the prior, as a share of those without."""
        x = typed_features(40, torch.device("cpu")).repeat(1, times)
        asked = VaeSettings(epochs=100 // times, batch_size=40, refit_epochs=0, learning_rate=0.01)
        densities = []
        for prior in (asked.weight_prior, None):
            settings = asked.model_copy(update={"weight_prior": prior})
            model, _ = fit_replicas(Patients(x), describe((1,), likelihood="typed"), settings, torch.device("cpu"))
            densities.append(log_density_of_weights(model, 1.0).item())
        return densities[0] / densities[1]

    few, many = shrunk(1), shrunk(10)
    assert few < 0.75 * many
    assert many < 1
