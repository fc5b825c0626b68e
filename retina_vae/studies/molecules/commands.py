"""The study's commands: what they load, call and save."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retina_vae.commands.options import ConfigPath, RunFolder, example
from retina_vae.commands.saying import say
from retina_vae.files import write_table
from retina_vae.opening import open_run
from retina_vae.outputs import require_output, writing
from retina_vae.studies.molecules.artefacts import MODELS

if TYPE_CHECKING:
    import pandas as pd

    from retina_vae.studies.molecules.asking import Asked

__all__ = ["app"]

_TABLES = (".csv", ".parquet")
_SHOWN = (
    "smiles",
    "similarity",
    "radius",
    "step",
    "similarity_start",
    "similarity_end",
    "in_cohort",
    "weight",
    "logp",
    "qed",
)

Model = Annotated[
    str | None,
    typer.Option("--model", help="A model of the run: d<D>, or one of its family; the clustered one without."),
]
Replica = Annotated[int, typer.Option("--replica", help="Which of the model's replicas, from 1.")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="A table to write: .csv or .parquet.")
]

app = typer.Typer(no_args_is_help=True)


@app.callback()
def molecules() -> None:
    """Steps of the study of molecules, and molecules near a given one."""


@app.command("measure", epilog=example("molecules measure --run results/molecules"))
def measure(config: ConfigPath) -> None:
    """Measure how models write molecules again, what lies near one, and what moves along a property."""
    from retina_vae.drawing.models import compared_models
    from retina_vae.progress import progress
    from retina_vae.studies.molecules.chemistry import require_packages
    from retina_vae.studies.molecules.run import molecule_tables

    require_packages()
    run = open_run(config).numbered()
    with progress("molecules, models", len(compared_models(run.settings))) as advance:
        tables = molecule_tables(run, advance)
    run.write("molecules", dict(tables))
    for row in tables[MODELS].itertuples():
        say(
            f"molecules: {row.model}, replica {row.replica}: {row.reconstruction:.1%} of {row.held_out:,} held-out "
            f"molecules written again, {row.valid:.1%} of {row.draws:,} draws valid, {row.unique:.1%} unique"
        )


@app.command("similar", epilog=example("molecules similar --run results/molecules --molecule CCOC=O"))
def similar(
    run: RunFolder,
    molecule: Annotated[
        str, typer.Option("--molecule", help="In SMILES, or in SELFIES: symbols in brackets and nothing else.")
    ],
    radius: Annotated[
        list[float] | None, typer.Option("--radius", help="Of the steps; 1 is as far as codes are spread.")
    ] = None,
    count: Annotated[int, typer.Option("--count", min=1, help="The most molecules.")] = 20,
    model: Model = None,
    replica: Replica = 1,
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**31 - 1)] = 1,
    output: Output = None,
) -> None:
    """Find molecules near a given one in the latent space, the most similar first."""
    asked = _open(run, model, replica, output)
    given = asked.molecule(molecule, "--molecule")
    radii = radius or [0.1, 0.2, 0.3]
    table, valid = asked.similar(given, radii, seed, count)
    _give(table, output)
    say(f"molecules similar: {len(table)} different ones near {given}, {valid:.1%} of what was decoded is a molecule")


@app.command("path", epilog=example("molecules path --run results/molecules --from CCOC=O --to CCN"))
def path(
    run: RunFolder,
    start: Annotated[str, typer.Option("--from", help="The molecule at the one end, in SMILES or SELFIES.")],
    end: Annotated[str, typer.Option("--to", help="The molecule at the other end.")],
    steps: Annotated[int, typer.Option("--steps", min=2, help="Codes on the way, both ends among them.")] = 11,
    model: Model = None,
    replica: Replica = 1,
    output: Output = None,
) -> None:
    """Walk in a straight line from one molecule's code to another's and decode what lies there."""
    asked = _open(run, model, replica, output)
    table = asked.path(asked.molecule(start, "--from"), asked.molecule(end, "--to"), steps)
    _give(table, output)
    valid = float(table["smiles"].notna().mean())
    say(f"molecules path: {table['smiles'].nunique()} different molecules, {valid:.1%} of what was decoded is one")


def _open(run: Path, model: str | None, replica: int, output: Path | None) -> Asked:
    import torch

    from retina_vae.studies.molecules.asking import open_molecules

    if output is not None:
        require_output(output, _TABLES)
    torch.set_num_threads(1)
    return open_molecules(open_run(run).dimensioned(), model, replica)


def _give(table: pd.DataFrame, output: Path | None) -> None:
    """Write the table where a file is named, else show it."""
    if output is None:
        shown = [name for name in _SHOWN if name in table]
        print(table[shown].round(2).to_string(index=False, na_rep="-"))
        return
    with writing(output):
        write_table(table, output)
