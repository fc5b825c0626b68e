"""The command that trains the clustered model again on resamples of the patients."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from typing import TYPE_CHECKING

import typer

from retina_vae.chunks import Chunk
from retina_vae.commands.gathering import part_of
from retina_vae.commands.options import ChunkNumber, ConfigPath, example
from retina_vae.commands.saying import say
from retina_vae.commands.training import training_cohort
from retina_vae.config import Configuration
from retina_vae.errors import ConfigurationError, NonFiniteLossError
from retina_vae.opening import open_run
from retina_vae.run import WRITTEN, Run
from retina_vae.words import amount_of

if TYPE_CHECKING:
    import torch

    from retina_vae.training import TrainingCohort
    from retina_vae.vae import ModelDescription, Patients, VariationalAutoencoder

app = typer.Typer()


CHUNKS = "latent/resamples"
"""Where the chunks lie, below the run's folder, until they are gathered."""


@app.command("resamples", epilog=example("resamples --run results/paper"))
def resamples(config: ConfigPath, chunk: ChunkNumber = None) -> None:
    """Train the clustered model again on resamples of the patients, and encode all patients with each.

    It computes on one thread, so that a seed gives the same bytes on every machine with the same versions. A chunk of
    the resamples is only trained: all are encoded when the chunks are gathered.
    """
    import torch

    from retina_vae.vae import ModelDescription, resolve_device, save_model
    from retina_vae.vae.memory import keep_freed_memory

    run = open_run(config).dimensioned()
    chosen, latent_dim, _ = run.settings.model(run.clustered)
    torch.set_num_threads(1)
    keep_freed_memory()
    seeds, device = resample_seeds(run.settings), resolve_device(run.settings.device)
    cohort = training_cohort(run, chosen)
    whole = ModelDescription.from_settings(chosen, latent_dim, seeds, cohort.encoding, str(device), cohort.classes)
    trained, description = _train(cohort, whole, run.settings, device, chunk)
    if chunk is None:
        write_resamples(run, trained, description, cohort)
    else:
        save_model(trained, description, run.folder / CHUNKS / chunk.name)


def resample_seeds(settings: Configuration) -> list[int]:
    """The seeds of the models that are trained on resamples: those of the replicas in turn.

    The start differs as it does between replicas, and from none of these starts did the training of the run diverge.

    Raises:
        ConfigurationError: None is to be trained.
    """
    from retina_vae.vae import replica_seeds

    asked = settings.stability.retrained
    if asked == 0:
        raise ConfigurationError("stability.retrained: expected at least 1 resample to train on, got 0.")
    return list(islice(cycle(replica_seeds(settings.vae.seed, settings.vae.replicas)), asked))


def write_resamples(
    run: Run, trained: VariationalAutoencoder, description: ModelDescription, cohort: TrainingCohort
) -> None:
    """Encode all patients with the model of each resample, and write the codes with whom it drew."""
    import numpy as np

    from retina_vae.latent.resampled import write_resampled
    from retina_vae.latent.sample import codes_by_replica
    from retina_vae.resamples import drawn_patients

    asked, count = run.settings.stability, cohort.patients.count
    drawn = [drawn_patients(asked.scheme, count, asked.seed, resample) for resample in range(asked.retrained)]
    times = np.stack([np.bincount(one, minlength=count) for one in drawn])
    codes = codes_by_replica(trained.cpu(), description, cohort.patients.x, run.settings.latent)
    path = run.path("latent/resamples.parquet")
    write_resampled(path, codes, times, cohort.ids, cohort.identifier)
    run.write("resamples", {"latent/resamples.parquet": WRITTEN})
    say(
        f"resamples: the model was trained again on {amount_of(asked.retrained, 'resample')} ({asked.scheme}) of "
        f"{amount_of(count, 'patient')}; {path}"
    )


def _train(
    cohort: TrainingCohort, whole: ModelDescription, settings: Configuration, device: torch.device, chunk: Chunk | None
) -> tuple[VariationalAutoencoder, ModelDescription]:
    """Train on all resamples, or on those of a chunk."""
    from retina_vae.progress import progress
    from retina_vae.vae import fit_replicas, join_replicas, replicas_per_pass
    from retina_vae.vae.resampled import resampled_patients

    asked = settings.stability

    def draw(count: int, first: int) -> Patients:
        return resampled_patients(cohort.patients, cohort.encoding, asked.scheme, count, asked.seed, first)[0]

    first = draw(1, 0)
    chosen = settings.vae.of_cohort(first.count)
    per_pass = replicas_per_pass(first, whole, chosen, device)
    part = part_of(chunk, asked.retrained, per_pass, "resamples")
    description = whole.of_replicas(part)
    if description.replicas == 0:
        return join_replicas([], description), description
    own, epochs = draw(description.replicas, part.start), (chosen.epochs + chosen.refit_epochs) * description.replicas
    with _named_resamples(), progress("resamples, epochs over replicas", epochs) as advance:

        def report(done: int, loss: torch.Tensor) -> None:
            advance(done, f"loss {loss.mean().item():.4f}")

        trained, _ = fit_replicas(own, description, chosen, device, report, per_pass, part.start)
    return trained, description


@contextmanager
def _named_resamples() -> Iterator[None]:
    """Say of a training that diverges that it is one on a resample, and what leaves it out."""
    try:
        yield
    except NonFiniteLossError as error:
        raise NonFiniteLossError(
            f"training on resamples, each a replica: {error} Or set stability.retrained to 0, which leaves it out."
        ) from None
