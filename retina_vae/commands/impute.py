"""The command that fills the gaps of patients."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retina_vae.commands.assign import SOME_ROWS_REFUSED
from retina_vae.commands.options import RunFolder, TableOutput, Threads, example
from retina_vae.commands.saying import say
from retina_vae.errors import ConfigurationError
from retina_vae.outputs import writing
from retina_vae.words import amount_of

if TYPE_CHECKING:
    from retina_vae.assign.filling import FillSummary

app = typer.Typer()


@app.command("impute", epilog=example("impute --run results/typed -o filled.csv"))
def impute(
    run: RunFolder,
    output: TableOutput,
    patients: Annotated[
        Path | None,
        typer.Argument(metavar="[TABLE]", help="A table in the form of the run's; without one, the run's patients."),
    ] = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", help="Which sheet of a workbook, where several hold tables.")
    ] = None,
    interval: Annotated[
        float, typer.Option("--interval", help="How probable the intervals are, between 0 and 1.")
    ] = 0.9,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse the file if any row has a fault.")] = False,
    threads: Threads = 1,
) -> None:
    """Fill the gaps of patients from what each has, with intervals, by all replicas of the clustered model.

    A number gets its mean, a grade its median, another category the most probable one. Gaps where nothing applies, and
    values that are there, stay as they are.

    Exit code 0: no row was refused; 3: some were, and the others are written; 2: nothing is written.
    """
    import torch

    from retina_vae.assign.filling import fill_cohort, fill_file, load_filling_run
    from retina_vae.assign.outputs import prepare_outputs
    from retina_vae.progress import progress
    from retina_vae.vae.memory import keep_freed_memory

    if not 0 < interval < 1:
        raise ConfigurationError(f"--interval: expected a number between 0 and 1, such as 0.9, got {interval:g}.")
    prepare_outputs(output, run / "cohort" / "patients.parquet" if patients is None else patients, run)
    torch.set_num_threads(threads)
    keep_freed_memory()
    opened = load_filling_run(run)
    with writing(output), progress("impute", 100) as advance:
        if patients is None:
            summary = fill_cohort(opened, output, advance, interval)
        else:
            summary = fill_file(opened, patients, output, advance, sheet=sheet, interval=interval, strict=strict)
    _say_summary(summary, output)


def _say_summary(summary: FillSummary, output: Path) -> None:
    """Say how much was filled, and end with the exit code that says whether rows were refused."""
    from retina_vae.assign.outputs import refused_path

    say(f"impute: {amount_of(summary.cells, 'gap')} of {amount_of(summary.patients, 'patient')} filled in {output}")
    if summary.ignored:
        say(f"impute: columns that were not read: {list(summary.ignored)!r}")
    if summary.refused:
        rows = amount_of(summary.refused + summary.patients, "row")
        say(f"impute: {summary.refused} of {rows} refused (see {refused_path(output)})")
        raise typer.Exit(SOME_ROWS_REFUSED)
