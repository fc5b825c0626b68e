"""The command that trains the clustered model again on resamples of the patients."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice

import typer

from retina_vae.commands.options import ConfigPath
from retina_vae.commands.saying import say
from retina_vae.commands.training import training_cohort
from retina_vae.errors import ConfigurationError, NonFiniteLossError
from retina_vae.run import WRITTEN, open_run

app = typer.Typer()


@app.command("resamples")
def resamples(config: ConfigPath) -> None:
    """Train the clustered model again on resamples of the patients, and encode all patients with each.

    It computes on one thread, so that a seed gives the same bytes on every machine with the same versions.
    """
    import numpy as np
    import torch

    from retina_vae.latent.resampled import write_resampled
    from retina_vae.latent.sample import codes_by_replica
    from retina_vae.progress import progress
    from retina_vae.vae import ModelDescription, fit_replicas, replica_seeds, resolve_device
    from retina_vae.vae.memory import keep_freed_memory
    from retina_vae.vae.resampled import resampled_patients

    run = open_run(config)
    settings = run.settings
    asked, (chosen, latent_dim, replicas) = settings.stability, settings.model(settings.clustered_model)
    if asked.retrained == 0:
        raise ConfigurationError("stability.retrained: expected at least 1 resample to train on, got 0.")
    torch.set_num_threads(1)
    keep_freed_memory()
    device = resolve_device(settings.device)
    cohort = training_cohort(run, chosen)
    own, drawn = resampled_patients(cohort.patients, cohort.encoding, asked.scheme, asked.retrained, asked.seed)
    # The seeds of the replicas in turn: the start differs as it does between them, and from none of these starts did
    # the training of the run diverge.
    seeds = list(islice(cycle(replica_seeds(chosen.seed, replicas)), asked.retrained))
    description = ModelDescription.from_settings(
        chosen, latent_dim, seeds, cohort.encoding, str(device), cohort.classes
    )
    epochs = (chosen.epochs + chosen.refit_epochs) * asked.retrained
    with _named_resamples(), progress("resamples, epochs over replicas", epochs) as advance:
        trained, _ = fit_replicas(
            own, description, chosen, device, lambda done, loss: advance(done, f"loss {loss.mean().item():.4f}")
        )
    times = np.stack([np.bincount(one, minlength=cohort.patients.count) for one in drawn])
    codes = codes_by_replica(trained.cpu(), description, cohort.patients.x, settings.latent)
    path = run.path("latent/resamples.parquet")
    write_resampled(path, codes, times, cohort.ids, cohort.identifier)
    run.write("resamples", {"latent/resamples.parquet": WRITTEN})
    say(
        f"resamples: the model was trained again on {asked.retrained} resamples ({asked.scheme}) of "
        f"{cohort.patients.count} patients; {path}"
    )


@contextmanager
def _named_resamples() -> Iterator[None]:
    """Say of a training that diverges that it is one on a resample, and what leaves it out."""
    try:
        yield
    except NonFiniteLossError as error:
        raise NonFiniteLossError(
            f"training on resamples, each a replica: {error} Or set stability.retrained to 0, which leaves it out."
        ) from None
