"""Proposals of the importance correction: calibration, patients who change cluster over noise seeds, and seconds.

    retina-vae cohort --config config/typed.yaml
    retina-vae vae --config config/typed.yaml --model d3          (and d2, d4 ..)
    python benchmarks/calibration.py config/typed.yaml --models d2 d3 d4

A row per model and way to propose: ``q``, as many independent draws from q(z | x) with their plain weights, as before
the mixture; ``mixture``, what `latent` does. ``passed`` counts dimensions of all replicas whose ranks a chi-squared
test does not reject at 0.01, on --patients simulated patients of each replica. ``changed`` counts the training patients
who are not in the same cluster under five noise seeds, by the k-means of the first one: the median of the replicas.
``seconds`` are those of the codes of all training patients under one seed, per replica, on one thread.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from retina_vae.clusters.partitions import KMeansPartition
from retina_vae.cohort import read_cohort
from retina_vae.config_files import load_configuration
from retina_vae.latent.calibration import rank_test, ranks
from retina_vae.latent.correct import corrected_codes
from retina_vae.latent.encode import patient_features
from retina_vae.vae import VariationalAutoencoder, load_model, replica_generators, replica_seeds
from retina_vae.vae.likelihoods import TypedLikelihood
from retina_vae.vae.objectives import log_weights
from retina_vae.vae.replicas import replica_noise

_SEED, _LEVEL, _DRAWS, _NOISE_SEEDS = 20, 0.01, 99, 5
_PATIENTS_AT_ONCE = 2**13

Found = tuple[NDArray[np.float32], NDArray[np.float32]]


@torch.no_grad()
def plain_codes(model: VariationalAutoencoder, x: Tensor, proposals: int, draws: int, seeds: Sequence[int]) -> Found:
    """Means (replicas, patients, d) and draws (replicas, draws, patients, d) by plain weights on draws from q alone."""
    generators, size = replica_generators(seeds), max(1, _PATIENTS_AT_ONCE // proposals)
    means, drawn = [], []
    for start in range(0, x.shape[-1], size):
        batch = x[..., start : start + size].expand(model.replicas, -1, -1)
        noise = replica_noise((model.latent_dim, proposals, batch.shape[2]), generators, x.dtype)
        posterior = model.encode(batch)
        z, (fit, ratio) = posterior.rsample(noise), log_weights(model, posterior, batch, noise)
        weights = (fit + ratio).softmax(dim=1)
        means.append(torch.einsum("rdkn,rkn->rnd", z, weights))
        flat = weights.mT.reshape(-1, proposals)
        chosen = torch.multinomial(flat, draws, replacement=True, generator=generators[0])
        chosen = chosen.view(model.replicas, -1, draws).mT.unsqueeze(1).expand(-1, z.shape[1], -1, -1)
        drawn.append(z.gather(2, chosen).permute(0, 2, 3, 1))
    return torch.cat(means, dim=1).numpy(), torch.cat(drawn, dim=2).numpy()


def mixture_codes(model: VariationalAutoencoder, x: Tensor, proposals: int, draws: int, seeds: Sequence[int]) -> Found:
    codes = corrected_codes(model, x, proposals, draws, seeds).codes
    return codes.mean, codes.draws


WAYS = {"q": plain_codes, "mixture": mixture_codes}


@torch.no_grad()
def calibrated(model: VariationalAutoencoder, way: str, proposals: int, patients: int) -> tuple[int, float]:
    """Dimensions of all replicas that pass, and the mean dispersion of their ranks."""
    seeds = replica_seeds(_SEED, model.replicas)
    generators = replica_generators([seed + 2**31 for seed in seeds])
    z = model.prior.sample((model.latent_dim, patients), generators, torch.float32)
    likelihood = model.decode(z)
    if not isinstance(likelihood, TypedLikelihood):
        raise SystemExit("expected a typed likelihood")
    x = likelihood.sample(generators)
    _, draws = WAYS[way](model, x, proposals, _DRAWS, seeds)
    tests = [rank_test(ranks(code, own), _DRAWS) for code, own in zip(z.mT.numpy(), draws, strict=True)]
    passed = sum(int((test.p_value > _LEVEL).sum()) for test in tests)
    return passed, float(np.mean([test.dispersion for test in tests]))


def changed(model: VariationalAutoencoder, x: Tensor, way: str, proposals: int, k: int) -> tuple[float, float]:
    """Patients who change cluster over the noise seeds, and seconds per replica."""
    start, means = time.perf_counter(), []
    for seed in range(_NOISE_SEEDS):
        means.append(WAYS[way](model, x, proposals, 1, replica_seeds(1000 * seed + 1, model.replicas))[0])
    seconds = (time.perf_counter() - start) / _NOISE_SEEDS / model.replicas
    moved = []
    for own in np.stack(means, axis=1):
        partition = KMeansPartition.fit(own[0], k, 4, 1)
        labels = np.stack([partition.predict(mean) for mean in own])
        moved.append((labels != labels[0]).any(axis=0).sum())
    return float(np.median(moved)), seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path)
    parser.add_argument("--models", nargs="+", default=["d2", "d3", "d4"])
    parser.add_argument("--patients", type=int, default=2000)
    parser.add_argument("--proposals", nargs="+", default=["q:64", "q:512", "mixture:64", "mixture:256", "mixture:512"])
    given = parser.parse_args()
    torch.set_num_threads(1)
    settings = load_configuration(given.config)
    patients, _ = read_cohort(settings.folder)
    rows = []
    for name in given.models:
        model, description = load_model(settings.folder / "vae" / name)
        x = patient_features(description.encoding, patients)
        for way, proposals in (entry.split(":") for entry in given.proposals):
            passed, dispersion = calibrated(model, way, int(proposals), given.patients)
            moved, seconds = changed(model, x, way, int(proposals), settings.clusters.number)
            about = {"model": name, "way": way, "proposals": int(proposals)}
            counted = {"dimensions": model.replicas * model.latent_dim, "passed": passed, "dispersion": dispersion}
            rows.append({**about, **counted, "changed": moved, "seconds": seconds})
            print(
                pd.DataFrame(rows[-1:]).to_string(index=False, header=len(rows) == 1, float_format="%.3f"), flush=True
            )


if __name__ == "__main__":
    main()
