"""The command that asks how well other patients are told from the cohort."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from retina_vae.commands.options import RunFolder, TableOutput, Threads, example
from retina_vae.commands.saying import say
from retina_vae.files import write_table
from retina_vae.opening import open_run
from retina_vae.outputs import require_output, writing
from retina_vae.words import amount_of

app = typer.Typer()


@app.command("ood", epilog=example("ood --run results/typed --against other.csv -o ood.csv"))
def ood(
    run: RunFolder,
    against: Annotated[
        Path, typer.Option("--against", metavar="TABLE", help="Patients unlike the cohort, in the form of its table.")
    ],
    output: TableOutput,
    like: Annotated[
        Path | None,
        typer.Option(
            "--like",
            metavar="TABLE",
            help="Patients like the cohort that the run has not seen; without it, fresh ones where they are simulated, "
            "else those that it was trained on.",
        ),
    ] = None,
    weights: Annotated[
        Literal["point", "ensemble", "sghmc"] | None,
        typer.Option("--weights", help="Which weights; those of vae.weights without it."),
    ] = None,
    draws: Annotated[
        int, typer.Option("--draws", min=8, help="Draws that estimate each patient's log-evidence.")
    ] = 256,
    resamples: Annotated[int, typer.Option("--resamples", min=1, help="Bootstrap resamples of the intervals.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**31 - 1, help="Of draws and resamples.")] = 1,
    regret: Annotated[
        bool,
        typer.Option("--regret", help="Measure likelihood regret as well, which fits a posterior to each patient."),
    ] = False,
    threads: Threads = 1,
) -> None:
    """Measure how well each score of unlikeness tells the patients of a table from those like the cohort.

    Exit code 0: no row was refused; 3: some were, and the others are measured; 2: nothing is written.
    """
    import torch

    from retina_vae.commands.assign import SOME_ROWS_REFUSED
    from retina_vae.commands.comparing import Asked, Comparison
    from retina_vae.vae.memory import keep_freed_memory
    from retina_vae.weights import load_weights

    require_output(output, (".csv", ".parquet"))
    torch.set_num_threads(threads)
    keep_freed_memory()
    opened = open_run(run).dimensioned()
    chosen = load_weights(opened, weights or opened.settings.vae.weights)
    comparison = Comparison(opened, chosen, like, Asked(draws, resamples, seed, regret), "ood")
    table, refused = comparison.against(against)
    refused += comparison.refused
    with writing(output):
        write_table(table, output)
    print(table[["score", "auroc", "auroc_low", "auroc_high", "auprc", "fpr_at_95"]].round(3).to_string(index=False))
    if refused:
        say(f"ood: {amount_of(refused, 'row')} refused; `retina-vae assign` on the same table says why")
        raise typer.Exit(SOME_ROWS_REFUSED)
