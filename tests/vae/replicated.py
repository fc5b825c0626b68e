"""What every network of several replicas must do, whatever its layers are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from retina_vae.settings import VaeSettings
from retina_vae.vae import (
    ModelDescription,
    Patients,
    VariationalAutoencoder,
    fit_replicas,
    load_model,
    replica_generators,
    save_model,
)

__all__ = [
    "SEEDS",
    "assert_gradients",
    "assert_same_alone",
    "assert_seeds_alone",
    "assert_stored",
    "drawn",
    "random",
]

SEEDS = [4, 5, 6]


def drawn(network: nn.Module, device: torch.device, seeds: list[int] = SEEDS) -> nn.Module:
    """The network with initial weights and random biases, in double precision."""
    network.double().initialize("he_uniform", replica_generators(seeds))
    generator = torch.Generator().manual_seed(9)
    with torch.no_grad():
        for name, own in network.named_parameters():
            if name.endswith("bias"):
                own.copy_(torch.randn(own.shape, generator=generator, dtype=own.dtype))
    return network.to(device)


def random(*shape: int, seed: int = 0) -> Tensor:
    """Standard normal numbers in double precision."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def assert_same_alone(network: Callable[[int], nn.Module], inputs: int, device: torch.device) -> None:
    """The second of three replicas has the weights and the outputs of its seed alone, and sees no other's inputs.

    Args:
        network: Makes one of so many replicas.
        inputs: Numbers per patient that it reads.
        device: Where it computes.
    """
    together, alone = network(3).double(), network(1).double()
    together.initialize("glorot_uniform", replica_generators(SEEDS))
    alone.initialize("glorot_uniform", replica_generators(SEEDS[1:2]))
    for values, own in zip(together.parameters(), alone.parameters(), strict=True):
        assert torch.equal(values[1:2], own)
    x = random(3, inputs, 7).to(device).requires_grad_()
    found = together.to(device)(x)
    torch.testing.assert_close(found[1:2], alone.to(device)(x[1:2]))
    found[1].sum().backward()
    assert x.grad is not None
    assert x.grad[1].abs().sum() > 0
    assert x.grad[[0, 2]].abs().sum() == 0


def assert_gradients(network: nn.Module, inputs: int) -> None:
    """Those of two replicas' outputs by inputs and weights are those of finite differences."""
    names = [name for name, _ in network.named_parameters()]

    def apply(x: Tensor, *values: Tensor) -> Tensor:
        return torch.func.functional_call(network, dict(zip(names, values, strict=True)), (x,))

    assert torch.autograd.gradcheck(apply, (random(2, inputs, 3).requires_grad_(), *network.parameters()))


def assert_seeds_alone(
    x: Tensor,
    describe: Callable[[tuple[int, ...]], ModelDescription],
    settings: VaeSettings,
    device: torch.device,
    falls_to: float,
) -> None:
    """Training lowers every replica's loss to this share at least, and a replica equals its seed trained alone."""
    together, history = fit_replicas(Patients(x.to(device)), describe((1, 2, 3)), settings, device)
    alone, alone_history = fit_replicas(Patients(x.to(device)), describe((2,)), settings, device)
    assert (history.loss[-5:].mean(dim=0) < falls_to * history.loss[0]).all()
    for (name, values), single in zip(together.named_parameters(), alone.parameters(), strict=True):
        torch.testing.assert_close(values[1:2], single, rtol=1e-7, atol=1e-9, msg=name)
    torch.testing.assert_close(history.loss[:, 1:2], alone_history.loss, rtol=1e-9, atol=1e-9)


def assert_stored(description: ModelDescription, model: VariationalAutoencoder, x: Tensor, folder: Path) -> None:
    """A model that was saved loads to identical codes and log-probabilities of ``x``, shape (features, patients)."""
    model.float()
    save_model(model, description, folder)
    loaded, found = load_model(folder)
    assert found == description
    own = x.float().expand(description.replicas, -1, -1)
    code = model.encode(own).mean
    assert torch.equal(code, loaded.encode(own).mean)
    assert torch.equal(model.decode(code).log_prob(own), loaded.decode(code).log_prob(own))
