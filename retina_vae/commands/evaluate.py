"""The command that measures the models."""

from __future__ import annotations

from pathlib import Path

import typer

from retina_vae.commands.options import ConfigPath, Threads, example
from retina_vae.commands.saying import say
from retina_vae.opening import open_run
from retina_vae.run import Content

app = typer.Typer()


@app.command("evaluate", epilog=example("evaluate --run results/typed --threads 2"))
def evaluate(config: ConfigPath, threads: Threads = 1) -> None:
    """Measure every model of the run, on fresh patients where the run simulates them."""
    from retina_vae.cohort.simulated import load_epidemiology
    from retina_vae.evaluation import evaluate_run, fresh_patients, model_summary, unreliable_models
    from retina_vae.progress import progress
    from retina_vae.vae.memory import keep_freed_memory

    run = open_run(config).dimensioned()
    settings = run.settings
    keep_freed_memory()
    patients, schema = run.patients()
    fresh, statistics = None, settings.found_cohort.epidemiology
    if settings.source.simulated and statistics is not None:
        fresh = fresh_patients(load_epidemiology(Path(statistics), schema), schema, settings.evaluation)
    with progress("evaluate, models", len(settings.models)) as advance:
        tables = evaluate_run(run, patients, schema, fresh, threads, advance)
    contents: dict[str, Content] = {
        "evaluation/evaluation.csv": tables.models,
        "evaluation/posterior.csv": tables.dimensions,
    }
    if tables.calibration is not None:
        contents |= {f"evaluation/{name}.csv": table for name, table in tables.calibration._asdict().items()}
    run.write("evaluate", contents)
    if tables.calibration is not None:
        for model in unreliable_models(tables.calibration.proposals):
            say(
                f"evaluate: warning: the weights of the corrected codes of {model} cannot be relied on (k-hat above "
                f"0.7) for more than 1 % of the patients of a replica; {run.path('evaluation/proposals.csv')} says how "
                "many. Raise latent.proposals, or train the model so that its encoder fits its decoder "
                "(vae.refit_epochs)."
            )
    print(model_summary(tables.models).to_string(index=False, na_rep="-"))
