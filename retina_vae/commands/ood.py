"""The command that asks how well other patients are told from the cohort."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from retina_vae.commands.options import RunFolder, TableOutput, Threads, example
from retina_vae.commands.saying import say
from retina_vae.errors import InputError
from retina_vae.files import write_table
from retina_vae.opening import open_run
from retina_vae.outputs import require_output, writing
from retina_vae.words import amount_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from retina_vae.run import Run
    from retina_vae.weights import Weights

app = typer.Typer()

_ROWS = 10_000
_FRESH_PER_GROUP = 1000
_REFERENCE = 1000


class _Read(NamedTuple):
    """Patients of a table: their features, shape (patients, width), and how many rows have a fault."""

    features: NDArray[np.float64]
    refused: int


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
    threads: Threads = 1,
) -> None:
    """Measure how well each score of unlikeness tells the patients of a table from those like the cohort.

    Exit code 0: no row was refused; 3: some were, and the others are measured; 2: nothing is written.
    """
    import torch

    from retina_vae.commands.assign import SOME_ROWS_REFUSED
    from retina_vae.evaluation.unlike import Measuring, unlikeness_table
    from retina_vae.vae.memory import keep_freed_memory
    from retina_vae.weights import load_weights

    require_output(output, (".csv", ".parquet"))
    torch.set_num_threads(threads)
    keep_freed_memory()
    opened = open_run(run).dimensioned()
    chosen = load_weights(opened, weights or opened.settings.vae.weights)
    other, own, said = _read(opened, chosen, against), *_like(opened, chosen, like)
    say(f"ood: {len(other.features)} patients of {against.name} against {len(own.features)} {said}, by {chosen.words}")
    asked = (_cohort(opened, chosen, seed), own.features, other.features)
    (cohort, _), (near, near_out), (others, others_out) = (_evidences(chosen, own, draws, seed) for own in asked)
    table = unlikeness_table(cohort, near, others, Measuring(resamples, seed), chosen.source)
    table.insert(4, "like", said)
    with writing(output):
        write_table(table, output)
    print(table[["score", "auroc", "auroc_low", "auroc_high", "auprc", "fpr_at_95"]].round(3).to_string(index=False))
    refused = other.refused + own.refused + near_out + others_out
    if refused:
        say(f"ood: {amount_of(refused, 'row')} refused; `retina-vae assign` on the same table says why")
        raise typer.Exit(SOME_ROWS_REFUSED)


def _like(run: Run, weights: Weights, table: Path | None) -> tuple[_Read, str]:
    """The patients like the cohort, and what they are called."""
    from retina_vae.cohort.simulated import load_epidemiology
    from retina_vae.evaluation import fresh_patients

    if table is not None:
        return _read(run, weights, table), f"patients of {table.name}"
    settings, (patients, schema) = run.settings, run.patients()
    statistics, encoding = settings.found_cohort.epidemiology, weights.description.encoding
    if settings.source.simulated and statistics is not None:
        changed = settings.evaluation.model_copy(update={"patients_per_group": _FRESH_PER_GROUP})
        fresh = fresh_patients(load_epidemiology(Path(statistics), schema), schema, changed)
        return _Read(encoding.encode(fresh.patients), 0), "fresh patients"
    say(
        "ood: warning: the patients like the cohort are those that the run was trained on, which it knows better than "
        "others like them: areas are too high. Name others with --like."
    )
    return _Read(encoding.encode(patients), 0), "training patients"


def _cohort(run: Run, weights: Weights, seed: int) -> NDArray[np.float64]:
    """Features of training patients, at most a thousand by chance, whose mean typicality is measured from."""
    import numpy as np

    patients, _ = run.patients()
    if len(patients) > _REFERENCE:
        chosen = np.random.default_rng([seed, _REFERENCE]).choice(len(patients), _REFERENCE, replace=False)
        patients = patients.iloc[np.sort(chosen)]
    return weights.description.encoding.encode(patients)


def _read(run: Run, weights: Weights, path: Path) -> _Read:
    """The patients of a table that the model can read.

    Raises:
        InputError: The table cannot be read, is of another schema, or has no patient without a fault.
    """
    import numpy as np

    from retina_vae.assign.cells import reader_of
    from retina_vae.assign.opened import open_by_schema
    from retina_vae.assign.screen import Screen
    from retina_vae.assign.trained import run_table_schema

    encoding, schema = weights.description.encoding, run.patients()[1]
    document = run_table_schema(run, schema)
    table = open_by_schema(path, None, schema, document, strict=False)
    gaps, none = ([own.name for own in encoding.columns if getattr(own, name)] for name in ("gaps", "not_applicable"))
    screen = Screen(schema, gaps, reader_of(document), none)
    features, refused = [], 0
    for chunk in table.chunks(_ROWS):
        _, patients, faults = screen.check(chunk)
        refused += len({fault.row for fault in faults})
        if len(patients):
            features.append(encoding.encode(patients))
    if not features:
        raise InputError(
            f"{path}: expected patients that the model can read, found none among {amount_of(refused, 'row')}; "
            "`retina-vae assign` on the same table says why."
        )
    return _Read(np.concatenate(features), refused)


def _evidences(
    weights: Weights, features: NDArray[np.float64], draws: int, seed: int
) -> tuple[NDArray[np.float64], int]:
    """The log-evidences, and how many patients are left out, whose numbers are too far for the model to compute.

    Raises:
        InputError: All are.
    """
    import numpy as np

    from retina_vae.evaluation.unlike import evidence_matrix
    from retina_vae.progress import progress

    with progress("ood, weights", weights.description.replicas) as advance:
        matrix = evidence_matrix(weights, features, draws, seed, advance)
    computed = np.isfinite(matrix).all(axis=0)
    if not computed.any():
        raise InputError(
            "expected patients with numbers that the model can compute, found all too far from the cohort."
        )
    return matrix[:, computed], int((~computed).sum())
