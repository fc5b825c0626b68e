"""The command that measures the models."""

from __future__ import annotations

from pathlib import Path

import typer

from retina_vae.commands.options import ConfigPath, Threads
from retina_vae.commands.saying import say
from retina_vae.config import load_configuration
from retina_vae.files import write_table

app = typer.Typer()


@app.command("evaluate")
def evaluate(config: ConfigPath, threads: Threads = 1) -> None:
    """Measure every model of the run, on fresh patients where the run simulates them."""
    from retina_vae.cohort import read_cohort
    from retina_vae.cohort.simulated import load_epidemiology
    from retina_vae.evaluation import evaluate_run, fresh_patients, model_summary, unreliable_models
    from retina_vae.progress import progress
    from retina_vae.vae.memory import keep_freed_memory

    settings = load_configuration(config)
    folder = settings.folder / "vae"
    keep_freed_memory()
    patients, schema = read_cohort(settings.folder)
    fresh, statistics = None, settings.cohort.epidemiology
    if settings.source.simulated and statistics is not None:
        fresh = fresh_patients(load_epidemiology(Path(statistics), schema), schema, settings.evaluation)
    with progress("evaluate, models", len(settings.models)) as advance:
        tables = evaluate_run(settings, patients, schema, fresh, threads, advance)
    write_table(tables.models, folder / "evaluation.csv")
    write_table(tables.dimensions, folder / "posterior.csv")
    if tables.calibration is not None:
        for table_name, table in tables.calibration._asdict().items():
            write_table(table, folder / f"{table_name}.csv")
        for model in unreliable_models(tables.calibration.proposals):
            say(
                f"evaluate: warning: the weights of the corrected codes of {model} cannot be relied on (k-hat above "
                f"0.7) for more than 1 % of the patients of a replica; {folder / 'proposals.csv'} says how many. Raise "
                "latent.proposals, or train the model so that its encoder fits its decoder (vae.refit_epochs)."
            )
    print(model_summary(tables.models).to_string(index=False, na_rep="-"))
