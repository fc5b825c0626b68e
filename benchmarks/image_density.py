"""How probable are digits that were not trained on: the 200-200-50 network of Burda, Grosse and Salakhutdinov (2016).

    python benchmarks/image_density.py MNIST-FOLDER -o results/image-density.csv
    python benchmarks/image_density.py MNIST-FOLDER --device cuda --draws 5 --times 3 -o results/long.csv

MNIST with pixels that are black or white anew in every epoch, two hidden layers of 200 units on each side, 50 latent
dimensions; the ELBO, and the importance-weighted bound of K = 5 draws. Their units are tanh, those of the engine ReLU.
The folder holds the four IDX files of MNIST, gzipped, or ``train.npz`` and ``test.npz`` with ``images`` and ``labels``.

log p(x) of a test picture is estimated as theirs, by the importance-weighted bound of 5,000 draws from q(z | x), which
lies below it. That is done for some of the test pictures; of all there is the bound of 50 draws, to which the mean
difference of the two on the former is added. What stands in the table already is not measured again.
"""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import pandas as pd
import torch
import typer
from images import Binarised, Bytes, Pictures, features_of, pixel_encoding, read_pictures
from torch import Tensor

from retina_vae.config import VaeSettings
from retina_vae.files import write_table
from retina_vae.vae import ModelDescription, VariationalAutoencoder, fit_replicas
from retina_vae.vae.memory import keep_freed_memory
from retina_vae.vae.objectives import log_weights

LATENT_DIM, SEED = 50, 1
FEW_DRAWS, MANY_DRAWS = 50, 5000
CODES_AT_ONCE = 1000


class Trial(NamedTuple):
    """A model and how it is trained; ``draws`` is K, with 1 the ELBO."""

    name: str
    draws: int
    epochs: int
    warmup: int


TRIALS = (Trial("VAE", 1, 220, 20), Trial("importance-weighted", 5, 110, 0))


def settings_of(trial: Trial) -> VaeSettings:
    """Adam with steps that fall along half a cosine, from 0.002, in batches of 100."""
    weighted = trial.draws > 1
    return VaeSettings(
        replicas=1,
        hidden_units=[200, 200],
        decoder_units=None,
        epochs=trial.epochs,
        max_steps=None,
        draws_per_patient=trial.draws,
        posterior="diagonal",
        objective="importance_weighted" if weighted else "elbo",
        kl_weight=0.0 if weighted else 1.0,
        kl_warmup_epochs=trial.warmup,
        batch_size=100,
        learning_rate=0.002,
        adam_beta2=0.999,
        max_gradient_norm=None,
        weight_prior=None,
        refit_epochs=0,
        seed=SEED,
    )


@torch.no_grad()
def bound(model: VariationalAutoencoder, x: Tensor, draws: int, generator: torch.Generator) -> Tensor:
    """The importance-weighted bound of log p(x) in nats, every picture with draws of its own, shape (pictures,).

    Args:
        model: One replica.
        x: Pixels, shape (pixels, pictures).
        draws: From q(z | x), a multiple of ``CODES_AT_ONCE`` where they are more.
        generator: Of the draws.
    """
    found, part = [], min(draws, CODES_AT_ONCE)
    for batch in x.split(CODES_AT_ONCE // part, dim=1):
        features = batch.unsqueeze(0).contiguous()
        posterior, sums = model.encode(features), []
        for _ in range(draws // part):
            noise = torch.randn(1, LATENT_DIM, part, batch.shape[1], generator=generator, device=x.device)
            log_w = torch.add(*log_weights(model, posterior, features, noise))
            sums.append(log_w.double().logsumexp(dim=1))
        found.append(torch.cat(sums).logsumexp(dim=0) - math.log(draws))
    return torch.cat(found)


def measured(model: VariationalAutoencoder, test: Bytes, pictures: int, device: torch.device) -> dict[str, float]:
    """Mean log p(x) of the test pictures with its standard errors.

    ``error_of_difference`` is that of the mean over these test pictures, which only the difference between many and
    few draws has; ``error_over_pictures`` that of the mean over all pictures of which these are a sample.
    """
    generator = torch.Generator().manual_seed(SEED)
    x = torch.bernoulli(Pictures.of(features_of(test)).x.contiguous(), generator=generator)
    chosen = torch.randperm(x.shape[1], generator=generator)[:pictures].to(device)
    x = x.to(device)
    if device.type != "cpu":
        generator = torch.Generator(device).manual_seed(SEED)
    few, many = bound(model, x, FEW_DRAWS, generator), bound(model, x[:, chosen], MANY_DRAWS, generator)
    difference = many - few[chosen]
    return {
        "bound_50": few.mean().item(),
        "log_likelihood": (few.mean() + difference.mean()).item(),
        "error_of_difference": difference.std().item() / math.sqrt(pictures),
        "error_over_pictures": few.std().item() / math.sqrt(x.shape[1]),
        "elbo": bound(model, x, 1, generator).mean().item(),
    }


def measure(trial: Trial, folder: Path, pictures: int, device: torch.device) -> dict[str, object]:
    """Train one model and measure it; one row of the table."""
    digits, settings = read_pictures(folder), settings_of(trial)
    described = ModelDescription.from_settings(settings, LATENT_DIM, [SEED], pixel_encoding(1), device.type)
    drawn, wall, cpu = Binarised.of(digits.train, SEED), time.perf_counter(), time.process_time()

    def report(epoch: int, loss: Tensor) -> None:
        if epoch % 10 == 0:
            spent = f"{time.process_time() - cpu:.0f} CPU s, {time.perf_counter() - wall:.0f} s"
            print(f"{trial.name}: epoch {epoch}, loss {loss.item():.2f}, {spent}", flush=True)

    model, history = fit_replicas(drawn, described, settings, device, report)
    trained = {"training_cpu_s": time.process_time() - cpu, "training_wall_s": time.perf_counter() - wall}
    cpu = time.process_time()
    found = measured(model, digits.test, pictures, device)
    return {
        **trial._asdict(),
        "training_loss": history.loss[-1].item(),
        "kl": history.kl[-1].item(),
        "test_pictures": len(digits.test),
        "with_5000_draws": pictures,
        **found,
        **trained,
        "measuring_cpu_s": time.process_time() - cpu,
    }


def main(
    folder: Path,
    output: Annotated[Path, typer.Option("-o", "--output")] = Path("results/image-density.csv"),
    pictures: int = 500,
    device: str = "cpu",
    times: Annotated[int, typer.Option(help="Epochs, in times those of the table in docs/method.md.")] = 1,
    draws: Annotated[int | None, typer.Option(help="Only the trial with so many draws.")] = None,
) -> None:
    torch.set_num_threads(1)
    keep_freed_memory()
    chosen = (own._replace(epochs=times * own.epochs) for own in TRIALS if draws in (None, own.draws))
    for trial in chosen:
        done = pd.read_csv(output) if output.is_file() else pd.DataFrame({"name": []})
        if np.isin(trial.name, done["name"]):
            continue
        row = pd.DataFrame([measure(trial, folder, pictures, torch.device(device))])
        write_table(pd.concat([done, row], ignore_index=True).round(3), output)
    print(pd.read_csv(output).T.to_string())


if __name__ == "__main__":
    typer.run(main)
