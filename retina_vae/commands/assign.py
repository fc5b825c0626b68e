"""The command that gives new patients the clusters of a finished run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from retina_vae.commands.options import RunFolder, TableOutput, Threads, example
from retina_vae.commands.saying import say
from retina_vae.errors import ConfigurationError
from retina_vae.outputs import writing
from retina_vae.words import amount_of

if TYPE_CHECKING:
    from retina_vae.assign.conformal import Calibration
    from retina_vae.assign.run import Summary
    from retina_vae.assign.sureness import Sureness

app = typer.Typer()

SOME_ROWS_REFUSED = 3
"""Exit code where some rows were refused and the assignments of the others were written."""


@app.command("assign", epilog=example("assign new.csv --run results/typed -o assigned.csv"))
def assign(
    patients: Annotated[
        Path,
        typer.Argument(metavar="TABLE", help="The new patients, in the form of the table that the run was made from."),
    ],
    run: RunFolder,
    output: TableOutput,
    sheet: Annotated[
        str | None, typer.Option("--sheet", help="Which sheet of a workbook, where several hold tables.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse the file if any row has a fault.")] = False,
    unlike_below: Annotated[
        float,
        typer.Option(
            "--unlike-below",
            min=0,
            max=100,
            metavar="PERCENT",
            help="Flag so many of a hundred patients like the cohort: those whose p-value is at most that.",
        ),
    ] = 1.0,
    as_new: Annotated[
        bool, typer.Option("--as-new", help="Score patients of the training cohort like any other.")
    ] = False,
    explain: Annotated[
        int | None,
        typer.Option(
            "--explain",
            min=1,
            metavar="N",
            help="Say why: what each column speaks for the cluster against the next one, in nats, with the N that say "
            "most in words.",
        ),
    ] = None,
    sure: Annotated[
        bool,
        typer.Option(
            "--sure", help="Say how sure the model is of each patient: how far its weights disagree; takes longer."
        ),
    ] = False,
    part: Annotated[
        str | None, typer.Option("--part", help="Assign one part of the rows, such as 3/16; see assign-gather.")
    ] = None,
    threads: Threads = 1,
) -> None:
    """Assign new patients to the clusters of a run: probabilities, codes, and how unlike the cohort they are.

    A patient like the cohort has a p-value of at most 1 % in one case of a hundred; among the flagged patients with a
    q-value of at most 0.1 about one in ten is like the cohort.

    Exit code 0: no row was refused; 3: some were, and the others are written; 2: nothing is written.
    """
    import torch

    from retina_vae.assign import assign_file, load_run
    from retina_vae.assign.outputs import prepare_outputs
    from retina_vae.assign.parts import parse_part
    from retina_vae.assign.sureness import load_sureness
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
    sureness = load_sureness(run, trained.known.features, threads) if sure else None
    with writing(output), progress("assign", 100) as advance:
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
            explain=explain,
            sureness=sureness,
        )
    _say_summary(summary, output)
    if own_part is None:
        _say_unlike(summary, trained.calibration, unlike_below)
    if sureness is not None:
        _say_sure(summary, sureness)
    if summary.refused:
        _end_with_refused("assign", summary.refused, summary.refused + summary.assigned, output)


def _say_summary(summary: Summary, output: Path) -> None:
    patients = amount_of(summary.assigned, "patient")
    flagged = "1 is" if summary.unlike == 1 else f"{summary.unlike} are"
    kept = (
        "1 of the training cohort keeps its"
        if summary.known == 1
        else f"{summary.known} of the training cohort keep their"
    )
    say(f"assign: {patients} in {output}; {kept} assignment, {flagged} flagged as unlike the cohort")
    if summary.ignored:
        say(f"assign: columns that were not read: {list(summary.ignored)!r}")
    if summary.changed:
        carry, were = ("carries", "it was") if summary.changed == 1 else ("carry", "they were")
        say(
            f"assign: {amount_of(summary.changed, 'row')} {carry} the identifier of a training patient with other "
            f"values; {were} assigned as new"
        )


def _say_unlike(summary: Summary, calibration: Calibration, unlike_below: float) -> None:
    """What the flags are worth: how many come by chance, and what the p-values rest on."""
    from retina_vae.assign.conformal import DISCOVERED

    new, reference = summary.assigned - summary.known, amount_of(len(calibration.scores), "patient")
    if not new:
        return
    if 100 * calibration.smallest > unlike_below:
        chance = f"none can be: with {reference} to compare with no p-value is below {calibration.smallest:.2g}"
    else:
        chance = f"{new * unlike_below / 100:.1f} expected by chance"
    say(
        f"assign: of {amount_of(new, 'new patient')} {summary.unlike} flagged at {unlike_below:g} %, {chance}; "
        f"{summary.discovered} with a q-value of at most {DISCOVERED:g}"
    )
    if calibration.held_out:
        say(f"assign: p-values among {reference}, each scored by a model that was not trained on it")
    else:
        say(
            f"assign: p-values among {reference} that the model was trained on, so they are too small for fresh "
            "patients where the cohort is small: more are flagged than expected"
        )


def _say_sure(summary: Summary, sureness: Sureness) -> None:
    """Of how many patients the model is less sure than of nearly all of the cohort, and how many that would be."""
    from retina_vae.assign.sureness import LESS_SURE

    chance = summary.assigned * (100 - LESS_SURE) / 100
    say(
        f"assign: of {amount_of(summary.unsure, 'patient')} the model is less sure than of {LESS_SURE} in 100 of the "
        f"cohort, {chance:.1f} expected of its own patients; by {sureness.weights} weights on {len(sureness.reference)}"
    )


@app.command("assign-gather", epilog=example("assign-gather part1.parquet part2.parquet -o assigned.csv"))
def assign_gather(
    parts: Annotated[
        list[Path], typer.Argument(metavar="PART", help="All parts of a table, as `assign --part` wrote them.")
    ],
    output: TableOutput,
) -> None:
    """Put the parts of a table of assignments together, as if they had been assigned in one run.

    Exit code 3: some rows of the parts were refused, as with `assign`.
    """
    from retina_vae.assign.conformal import DISCOVERED, PValues
    from retina_vae.assign.gather import gather_parts
    from retina_vae.assign.outputs import prepare_outputs

    prepare_outputs(output, parts[0])
    with writing(output):
        patients, refused = gather_parts(parts, output, counted := PValues())
    say(
        f"assign-gather: {amount_of(patients, 'patient')} of {amount_of(len(parts), 'part')} in {output}; "
        f"{counted.discovered(DISCOVERED)} of {amount_of(counted.patients, 'new patient')} with a q-value of at most "
        f"{DISCOVERED:g}"
    )
    if refused:
        _end_with_refused("assign-gather", refused, patients + refused, output)


def _end_with_refused(command: str, refused: int, rows: int, output: Path) -> NoReturn:
    """Say in the last line how many rows were refused, and end with the exit code that says so to a program.

    Raises:
        Exit: Always.
    """
    from retina_vae.assign.outputs import refused_path

    say(f"{command}: {refused} of {amount_of(rows, 'row')} refused (see {refused_path(output)})")
    raise typer.Exit(SOME_ROWS_REFUSED)
