"""The command that measures how well the tables that a configuration names are told from the cohort."""

from __future__ import annotations

from pathlib import Path

import typer

from retina_vae.commands.options import ConfigPath, Threads, example
from retina_vae.commands.saying import say
from retina_vae.errors import ConfigurationError
from retina_vae.opening import open_run
from retina_vae.words import amount_of

app = typer.Typer()


@app.command("unlike", epilog=example("unlike --run results/typed"))
def unlike(config: ConfigPath, threads: Threads = 1) -> None:
    """Measure how well each score tells the patients of unlike.tables from those like the cohort.

    Of a table that no configuration names, `ood` says the same.
    """
    import pandas as pd
    import torch

    from retina_vae.commands.comparing import Asked, Comparison
    from retina_vae.vae.memory import keep_freed_memory
    from retina_vae.weights import load_weights

    run = open_run(config).dimensioned()
    asked = run.settings.unlike
    if not asked.tables:
        raise ConfigurationError("unlike.tables: expected a table of other patients, got none. Name one, or use `ood`.")
    asked.check()
    torch.set_num_threads(threads)
    keep_freed_memory()
    weights = load_weights(run, run.settings.vae.weights)
    like = None if asked.like is None else Path(asked.like)
    how = Asked(asked.draws, asked.resamples, asked.seed, asked.regret)
    comparison, parts = Comparison(run, weights, like, how, "unlike"), []
    refused = 0
    for name, path in asked.tables.items():
        found = comparison.against(Path(path))
        found.table.insert(0, "table", name)
        parts.append(found.table)
        refused += found.refused
    refused += comparison.refused
    table = pd.concat(parts, ignore_index=True)
    run.write("unlike", {"evaluation/unlike.csv": table})
    if refused:
        say(f"unlike: {amount_of(refused, 'row')} left out; `retina-vae assign` on the same tables says why")
    print(table[["table", "score", "auroc", "auroc_low", "auroc_high"]].round(3).to_string(index=False))
