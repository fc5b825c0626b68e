"""Seconds per model for 1,000 epochs: the package's replicas beside a plain PyTorch loop, measured in one run.

    python benchmarks/training_speed.py
    python benchmarks/training_speed.py --device cuda --replicas 256 --epochs 100 --input-scaling unit_interval

All train the default configuration's 3-D model on the same 3,000 simulated patients; the plain loop trains one model at
a time with nn.Linear and Adam. Times are scaled from ``--epochs`` epochs. The ways take turns, and the median of
``--rounds`` rounds is printed, after one round that is not counted. On a CUDA device the replicas are trained with
and without graphs of the steps.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Annotated

import torch
import typer
from torch import Tensor, nn

from retina_vae.cohort import fit_encoding, load_epidemiology, simulate
from retina_vae.config import VaeSettings
from retina_vae.config_files import load_configuration
from retina_vae.studies.macular.schema import MACULAR
from retina_vae.vae import ModelDescription, Patients, fit_replicas, replica_seeds, training
from retina_vae.vae.memory import keep_freed_memory

ROOT = Path(__file__).parent.parent
PAPER = load_configuration(ROOT / "config/config.yaml")


class PlainVae(nn.Module):
    """The paper's network as a tutorial writes it."""

    def __init__(self, hidden: int, latent_dim: int) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(6, hidden), nn.ReLU(), nn.Linear(hidden, 2 * latent_dim))
        self.decoder = nn.Sequential(nn.Linear(latent_dim, hidden), nn.ReLU(), nn.Linear(hidden, 6), nn.Sigmoid())

    def loss(self, x: Tensor, settings: VaeSettings) -> Tensor:
        """The mean objective of a batch of shape (patients, 6)."""
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        p = self.decoder(mean + torch.exp(log_variance / 2) * torch.randn_like(mean))
        if settings.likelihood == "squared_error":
            reconstruction = (x - p).square().sum(dim=1)
        else:
            p = p.clamp(settings.probability_floor, 1 - settings.probability_floor)
            reconstruction = -(x * p.log() + (1 - x) * (1 - p).log()).sum(dim=1)
        kl = -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum(dim=1)
        return (reconstruction + settings.kl_weight * kl).mean()


def plain_loop(x: Tensor, settings: VaeSettings, epochs: int) -> None:
    if not isinstance(settings.hidden_units, int):
        raise ValueError(f"expected one hidden layer, got {settings.hidden_units}")
    model = PlainVae(settings.hidden_units, 3).to(x.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=settings.learning_rate)
    for _ in range(epochs):
        for batch in x[torch.randperm(len(x), device=x.device)].split(settings.batch_size):
            optimizer.zero_grad()
            model.loss(batch, settings).backward()
            optimizer.step()


def seconds_of(work: Callable[[], object], device: torch.device) -> float:
    """Seconds until the device has done the work."""
    started = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - started


def ways(
    x: Tensor, description: ModelDescription, settings: VaeSettings, device: torch.device
) -> dict[str, tuple[Callable[[], object], int]]:
    """What is measured, and how many models each trains."""
    features, patients = x.to(device), Patients(x.T.contiguous())

    def replicas(graph: bool) -> Callable[[], object]:
        own = settings.model_copy(update={"cuda_graph": graph})
        return lambda: fit_replicas(patients, description, own, device)

    found: dict[str, tuple[Callable[[], object], int]] = {
        "plain PyTorch loop": (lambda: plain_loop(features, settings, settings.epochs), 1),
        f"{description.replicas} replicas in one pass": (replicas(graph=False), description.replicas),
    }
    if device.type == "cuda":
        found[f"{description.replicas} replicas in one pass, graphs"] = (replicas(graph=True), description.replicas)
    return found


def main(
    epochs: Annotated[int, typer.Option(min=1)] = 40,
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    threads: Annotated[int, typer.Option(min=1, help="Of the CPU.")] = 1,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    replicas: Annotated[int, typer.Option(min=1)] = PAPER.vae.replicas,
    group_megabytes: Annotated[float, typer.Option(help="On a CPU.")] = training.GROUP_BYTES / 2**20,
    batch_size: Annotated[int, typer.Option(min=1)] = PAPER.vae.batch_size,
    input_scaling: Annotated[str, typer.Option(help="From raw ages a few of hundreds of seeds diverge.")] = "raw",
) -> None:
    """Measure and print."""
    torch.set_num_threads(threads)
    keep_freed_memory()
    training.GROUP_BYTES = int(group_megabytes * 2**20)
    where, on_cuda = torch.device(device), device == "cuda"
    settings = PAPER.vae.model_copy(update={"epochs": epochs, "batch_size": batch_size, "input_scaling": input_scaling})
    patients = simulate(load_epidemiology(ROOT / "data/epidemiology.yaml", MACULAR), MACULAR, 1000, 1)
    encoding = fit_encoding(patients, MACULAR, settings.input_scaling)
    x = torch.from_numpy(encoding.encode(patients)).float()
    description = ModelDescription.from_settings(settings, 3, replica_seeds(settings.seed, replicas), encoding, device)
    measured = ways(x, description, settings, where)
    seconds: dict[str, list[float]] = {name: [] for name in measured}
    for _ in range(rounds + 1):
        for name, (work, models) in measured.items():
            seconds[name].append(seconds_of(work, where) / models)
    card = torch.cuda.get_device_name() if on_cuda else f"{threads} thread(s)"
    print(f"{platform.processor() or platform.machine()}, torch {torch.__version__}, {card}")
    print(f"batch size {batch_size}, seconds per model for 1,000 epochs, median of {rounds} rounds")
    found = {name: 1000 / epochs * median(times[1:]) for name, times in seconds.items()}
    for name, value in found.items():
        print(f"{name:40}{value:10.3f} s per model ({found['plain PyTorch loop'] / value:.1f} times as fast)")
    if on_cuda:
        print(f"most memory of the device at a time: {torch.cuda.max_memory_allocated() / 2**20:.0f} MB")


if __name__ == "__main__":
    typer.run(main)
