"""Seconds per model for 1,000 epochs: the package's replicas beside a plain PyTorch loop, measured in one run.

    python benchmarks/training_speed.py

Both train the default configuration's 3-D model on the same 3,000 simulated patients, each on one thread; the plain
loop trains one model at a time with nn.Linear and Adam. Times are scaled from ``--epochs`` epochs. The two take turns,
and the median of ``--rounds`` rounds is printed.
"""

from __future__ import annotations

import argparse
import platform
import time
from pathlib import Path
from statistics import median

import torch
from torch import Tensor, nn

from retina_vae.cohort import fit_encoding, load_epidemiology, simulate
from retina_vae.config import VaeSettings, load_configuration
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
    model = PlainVae(settings.hidden_units, 3)
    optimizer = torch.optim.Adam(model.parameters(), lr=settings.learning_rate)
    for _ in range(epochs):
        for batch in x[torch.randperm(len(x))].split(settings.batch_size):
            optimizer.zero_grad()
            model.loss(batch, settings).backward()
            optimizer.step()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--group-megabytes", type=float, default=training.GROUP_BYTES / 2**20)
    parser.add_argument("--batch-size", type=int, default=PAPER.vae.batch_size)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    keep_freed_memory()
    training.GROUP_BYTES = int(arguments.group_megabytes * 2**20)
    patients = simulate(load_epidemiology(ROOT / "data/epidemiology.yaml", MACULAR), MACULAR, 1000, 1)
    changes = {"epochs": arguments.epochs, "batch_size": arguments.batch_size}
    settings = PAPER.vae.model_copy(update=changes)
    encoding = fit_encoding(patients, MACULAR, settings.input_scaling)
    x = torch.from_numpy(encoding.encode(patients)).float()
    seeds = replica_seeds(1, settings.replicas)
    description = ModelDescription.from_settings(settings, 3, seeds, encoding, "cpu")
    seconds: dict[str, list[float]] = {"plain": [], "replicas": []}
    for _ in range(arguments.rounds):
        started = time.perf_counter()
        plain_loop(x, settings, arguments.epochs)
        seconds["plain"].append(time.perf_counter() - started)
        started = time.perf_counter()
        fit_replicas(Patients(x.T.contiguous()), description, settings, torch.device("cpu"))
        seconds["replicas"].append((time.perf_counter() - started) / len(seeds))
    scale = 1000 / arguments.epochs
    plain, replicas = (scale * median(times) for times in seconds.values())
    print(f"{platform.processor() or platform.machine()}, torch {torch.__version__}, {arguments.threads} thread(s)")
    print(f"batch size {settings.batch_size}, seconds per model for 1,000 epochs, median of {arguments.rounds} rounds")
    print(f"plain PyTorch loop, one model:  {plain:6.1f} s")
    print(f"{len(seeds)} replicas in one pass:       {replicas:6.1f} s per model ({plain / replicas:.1f} times faster)")


if __name__ == "__main__":
    main()
