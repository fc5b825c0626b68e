"""The command that asks whether batches of new patients are like the cohort of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retina_vae.commands.options import RunFolder, example
from retina_vae.commands.saying import say
from retina_vae.words import amount_of

app = typer.Typer()

FEW = 20
"""Patients of a batch below which little can be seen."""


@app.command("batch-test", epilog=example("batch-test assigned.csv --run results/mine --by site --in new.csv"))
def batch_test(
    assigned: Annotated[Path, typer.Argument(metavar="ASSIGNED", help="The table that `assign` wrote.")],
    run: RunFolder,
    by: Annotated[
        str | None, typer.Option("--by", metavar="COLUMN", help="Test each value of this column, such as a site.")
    ] = None,
    table: Annotated[
        Path | None, typer.Option("--in", metavar="TABLE", help="The table with that column, by default ASSIGNED.")
    ] = None,
    unlike_below: Annotated[
        float, typer.Option("--unlike-below", min=0, max=100, metavar="PERCENT", help="As `assign` was given it.")
    ] = 1.0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="By default <ASSIGNED>.batches.csv.")
    ] = None,
) -> None:
    """Test whether new patients, as a whole or by batches, are less typical than the cohort of a run.

    A permutation test against patients whom the model was not trained on. Small batches have little power: that
    nothing was found says little of ten patients.
    """
    import pandas as pd

    from retina_vae.assign.batch_table import (
        WHOLE_FILE,
        batch_table,
        held_out_calibration,
        read_assigned,
        read_batches,
    )
    from retina_vae.assign.outputs import require_another_file, require_outside
    from retina_vae.errors import ConfigurationError
    from retina_vae.files import write_table
    from retina_vae.opening import load_run
    from retina_vae.outputs import require_output, writing

    if table is not None and by is None:
        raise ConfigurationError("--in: expected also --by, the column of that table that says the batch.")
    output = assigned.with_suffix(".batches.csv") if output is None else output
    require_another_file(assigned, output)
    require_outside(run, output)
    require_output(output, (".csv", ".parquet"))
    opened = load_run(run, lambda _: ["cohort/schema.yaml", "cohort/patients.parquet"])
    identifier = opened.patients()[1].identifier
    calibration = held_out_calibration(opened)
    patients = read_assigned(assigned, identifier, calibration)
    everybody = pd.Series([WHOLE_FILE] * len(patients.identifiers))
    batch = everybody if by is None else read_batches(patients, by, identifier, table)
    found = batch_table(patients, batch, calibration, unlike_below)
    with writing(output):
        write_table(found, output)
    small, unlike = int((found["patients"] < FEW).sum()), int((found["q_value"] <= 0.05).sum())
    say(
        f"batch-test: {amount_of(len(found), 'batch', 'batches')} of {amount_of(len(batch), 'new patient')} in "
        f"{output}; {unlike} less typical than the cohort (q <= 0.05), smallest p = {found['p_value'].min():.2g}"
    )
    if small:
        say(f"batch-test: {small} with fewer than {FEW} patients, of which only strong differences are seen")
