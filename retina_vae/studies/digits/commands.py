"""The study's commands: what they load, call and save."""

from __future__ import annotations

import typer

from retina_vae.commands.options import ConfigPath, Threads, example
from retina_vae.commands.saying import say
from retina_vae.errors import ConfigurationError
from retina_vae.opening import open_run
from retina_vae.studies.digits.artefacts import supervised_model

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


@app.callback()
def digits() -> None:
    """Steps of the study of pictures."""


@app.command("pictures", epilog=example("digits pictures --run results/digits"))
def pictures(config: ConfigPath) -> None:
    """Draw the images of the clusters and what the models make of codes, and measure both."""
    from retina_vae.drawing.models import compared_models
    from retina_vae.drawing.run import picture_tables
    from retina_vae.progress import progress

    run = open_run(config).numbered()
    with progress("pictures, models", len(compared_models(run.settings))) as advance:
        tables = picture_tables(run, advance)
    run.write("pictures", dict(tables))
    say(f"pictures: {', '.join(tables)} in {run.folder}")


@app.command("classifiers", epilog=example("digits classifiers --run results/digits"))
def classifiers(config: ConfigPath, threads: Threads = 1) -> None:
    """Hold the supervised model against a plain classifier of the same size, on folds that neither was trained on."""
    import torch

    from retina_vae.progress import progress
    from retina_vae.studies.digits.classifiers import compare_classifiers
    from retina_vae.vae import resolve_device
    from retina_vae.vae.memory import keep_freed_memory

    run = open_run(config)
    settings, name = run.settings, supervised_model(run.settings)
    if name is None:
        raise ConfigurationError(
            "digits classifiers: expected a run of pictures with labels whose family has a member with the objective "
            "'supervised'; this one has none. Add one to `family`, as config/digits.yaml does."
        )
    torch.set_num_threads(threads)
    keep_freed_memory()
    device = resolve_device(settings.device)
    patients, schema = run.patients()
    with progress("classifiers, trainings", 6) as advance:
        table = compare_classifiers(patients, schema, settings.model(name), settings.held_out, device, advance)
    run.write("classifiers", {"pictures/classifiers.csv": table})
    for row in table[table["accuracy_gain"].notna()].itertuples():
        say(
            f"classifiers: {row.known} labels: supervised VAE {row.accuracy:.3f}, which is {row.accuracy_gain:+.3f} "
            f"({row.accuracy_gain_error:.3f}) against the plain classifier"
        )
