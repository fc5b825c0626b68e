"""The command that gives new patients the clusters of a finished run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retina_vae.commands.options import Threads
from retina_vae.commands.saying import say
from retina_vae.errors import ConfigurationError

app = typer.Typer()


@app.command("assign")
def assign(
    patients: Annotated[
        Path, typer.Argument(help="The new patients, in the form of the table that the run was made from.")
    ],
    run: Annotated[Path, typer.Option("--run", help="Folder of a finished run: results/<run>.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The table to write: .csv or .parquet.")],
    sheet: Annotated[
        str | None, typer.Option("--sheet", help="Which sheet of a workbook, where several hold tables.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse the file if any row has a fault.")] = False,
    unlike_below: Annotated[
        float, typer.Option("--unlike-below", min=0, max=100, help="Flag patients below this percentile (per cent).")
    ] = 0.1,
    as_new: Annotated[
        bool, typer.Option("--as-new", help="Score patients of the training cohort like any other.")
    ] = False,
    part: Annotated[
        str | None, typer.Option("--part", help="Assign one part of the rows, such as 3/16; see assign-gather.")
    ] = None,
    threads: Threads = 1,
) -> None:
    """Assign new patients to the clusters of a run: probabilities, codes, and how unlike the cohort they are."""
    import torch

    from retina_vae.assign import assign_file, load_run
    from retina_vae.assign.outputs import prepare_outputs, refused_path
    from retina_vae.assign.parts import parse_part
    from retina_vae.progress import progress
    from retina_vae.vae.memory import keep_freed_memory

    own_part = None if part is None else parse_part(part)
    if own_part is not None and output.suffix != ".parquet":
        raise ConfigurationError(f"--output: expected a file that ends in .parquet for a part, got {output}.")
    prepare_outputs(output, patients, run)
    # Batches are small and run side by side; more threads within one would only wait for each other.
    torch.set_num_threads(1)
    keep_freed_memory()
    trained = load_run(run, threads)
    try:
        with progress("assign", 100) as advance:
            summary = assign_file(
                trained,
                patients,
                output,
                advance,
                sheet=sheet,
                unlike_below=unlike_below,
                strict=strict,
                threads=threads,
                as_new=as_new,
                part=own_part,
            )
    except ConfigurationError as error:
        # Its remedy, another folder of results, is none for a path from the command line.
        raise ConfigurationError(
            f"--output: expected a file that can be written, got {output}: {error.__cause__}."
        ) from None
    say(
        f"assign: {summary.assigned} patients in {output}; {summary.known} of the training cohort keep their "
        f"assignment, {summary.unlike} are flagged as unlike the cohort"
    )
    if summary.ignored:
        say(f"assign: columns that were not read: {list(summary.ignored)!r}")
    if summary.changed:
        say(
            f"assign: {summary.changed} rows carry the identifier of a training patient with other values; "
            "they were assigned as new patients"
        )
    if summary.refused:
        say(f"assign: {summary.refused} rows were refused; {refused_path(output)} says which and why")


@app.command("assign-gather")
def assign_gather(
    parts: Annotated[list[Path], typer.Argument(help="All parts of a table, as `assign --part` wrote them.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The table to write: .csv or .parquet.")],
) -> None:
    """Put the parts of a table of assignments together, as if they had been assigned in one run."""
    from retina_vae.assign.gather import gather_parts
    from retina_vae.assign.outputs import prepare_outputs, refused_path

    prepare_outputs(output, parts[0])
    try:
        patients = gather_parts(parts, output)
    except ConfigurationError as error:
        raise ConfigurationError(
            f"--output: expected a file that can be written, got {output}: {error.__cause__}."
        ) from None
    say(f"assign-gather: {patients} patients of {len(parts)} parts in {output}")
    if refused_path(output).exists():
        say(f"assign-gather: some rows were refused; {refused_path(output)} says which and why")
