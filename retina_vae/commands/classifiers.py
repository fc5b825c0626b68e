"""The command that holds the supervised model of a run against a plain classifier."""

from __future__ import annotations

import typer

from retina_vae.commands.options import ConfigPath, Threads, example
from retina_vae.commands.saying import say
from retina_vae.errors import ConfigurationError
from retina_vae.opening import open_run

app = typer.Typer()


@app.command("classifiers", epilog=example("classifiers --run results/digits"))
def classifiers(config: ConfigPath, threads: Threads = 1) -> None:
    """Hold the supervised model against a plain classifier of the same size, on folds that neither was trained on.

    Of simulated items whose labels' probabilities are known, the table has the best that there can be as well.
    """
    import torch

    from retina_vae.classifiers.artefacts import CLASSIFIERS, supervised_model
    from retina_vae.classifiers.comparison import compare_classifiers
    from retina_vae.progress import progress
    from retina_vae.vae import resolve_device
    from retina_vae.vae.memory import keep_freed_memory

    run = open_run(config)
    settings, name = run.settings, supervised_model(run.settings)
    if name is None:
        raise ConfigurationError(
            "classifiers: expected a run of items with labels whose family has a member with the objective "
            "'supervised'; this one has none. Add one to `family`, as config/digits.yaml does."
        )
    torch.set_num_threads(threads)
    keep_freed_memory()
    device = resolve_device(settings.device)
    patients, schema = run.patients()
    study = settings.own_study
    known = (
        None if study is None or study.label_probabilities is None else study.label_probabilities(settings, patients)
    )
    with progress("classifiers, trainings", 6) as advance:
        table = compare_classifiers(patients, schema, settings.model(name), settings.held_out, device, advance, known)
    run.write("classifiers", {CLASSIFIERS: table})
    for row in table[table["accuracy_gain"].notna()].itertuples():
        say(
            f"classifiers: {row.known} labels: supervised VAE {row.accuracy:.3f}, which is {row.accuracy_gain:+.3f} "
            f"({row.accuracy_gain_error:.3f}) against the plain classifier"
        )
