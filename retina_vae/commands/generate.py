"""The commands that ask a model of a run for patients: new ones, some like a given one, and paths through the codes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retina_vae.commands.decoding import largest_deviation, open_model, redrawn_in_words
from retina_vae.commands.options import RunFolder, TableOutput, example
from retina_vae.commands.saying import say
from retina_vae.files import write_table
from retina_vae.outputs import require_output, writing
from retina_vae.words import amount_of

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer()

TABLES = (".csv", ".parquet")

Model = Annotated[
    str | None,
    typer.Option("--model", help="A model of the run: d<D>, or one of its family; the clustered one without."),
]
Replica = Annotated[int, typer.Option("--replica", help="Which of the model's replicas, from 1.")]
Number = Annotated[int, typer.Option("--patients", min=1, help="How many patients to make.")]
Seed = Annotated[int, typer.Option("--seed", min=0, max=2**31 - 1, help="The same seed gives the same patients.")]
Steps = Annotated[int, typer.Option("--steps", min=2, help="Codes along each path, both ends among them.")]


@app.command("generate", epilog=example("generate --run results/typed --patients 1000 -o new.csv"))
def generate_patients(
    run: RunFolder, patients: Number, output: TableOutput, model: Model = None, seed: Seed = 1, replica: Replica = 1
) -> None:
    """Make new patients from the prior and compare them with the cohort."""
    from retina_vae.latent.check import check_generated
    from retina_vae.latent.generate import generate

    require_output(output, TABLES)
    opened = open_model(run, model, replica)
    made = generate(opened.model, opened.description, opened.schema, patients, seed)
    _write(made.patients, output)
    check = check_generated(made.patients, opened.patients, opened.schema)
    say(f"generate: {amount_of(patients, 'patient')} in {output}{redrawn_in_words(made)}; {largest_deviation(check)}")


@app.command("similar", epilog=example("similar --run results/typed --patient P0001 --patients 9 -o new.csv"))
def similar_patients(
    run: RunFolder,
    patient: Annotated[str, typer.Option("--patient", help="The identifier of a patient of the cohort.")],
    patients: Number,
    output: TableOutput,
    model: Model = None,
    seed: Seed = 1,
    replica: Replica = 1,
) -> None:
    """Make patients like a given one: codes from its posterior, decoded."""
    from retina_vae.latent.generate import similar

    require_output(output, TABLES)
    opened = open_model(run, model, replica)
    features = opened.features(patient, "--patient")[:, 0]
    made = similar(opened.model, opened.description, opened.schema, features, patients, seed)
    _write(made.patients, output)
    say(f"similar: {amount_of(patients, 'patient')} in {output}{redrawn_in_words(made)}")


@app.command("traverse", epilog=example("traverse --run results/typed -o traversal.csv"))
def traverse_codes(
    run: RunFolder, output: TableOutput, model: Model = None, steps: Steps = 25, replica: Replica = 1
) -> None:
    """Move one coordinate of the code at a time and write what the decoder says."""
    from retina_vae.latent.decode import traverse

    require_output(output, TABLES)
    opened = open_model(run, model, replica)
    _write(traverse(opened.model, opened.description, opened.posterior(opened.features()), steps), output)
    dimensions = amount_of(opened.description.latent_dim, "dimension")
    say(f"traverse: {steps} codes along each of {dimensions} in {output}")


@app.command("interpolate", epilog=example("interpolate --run results/typed --from P0001 --to P2001 -o line.csv"))
def interpolate_codes(
    run: RunFolder,
    start: Annotated[str, typer.Option("--from", help="The identifier of the patient at the one end.")],
    end: Annotated[str, typer.Option("--to", help="The identifier of the patient at the other end.")],
    output: TableOutput,
    model: Model = None,
    steps: Steps = 21,
    replica: Replica = 1,
) -> None:
    """Walk in a straight line from one patient's code to another's and write what the decoder says."""
    from retina_vae.latent.decode import interpolate

    require_output(output, TABLES)
    opened = open_model(run, model, replica)
    ends = [
        opened.posterior(opened.features(name, option)).mean[0, :, 0]
        for name, option in ((start, "--from"), (end, "--to"))
    ]
    _write(interpolate(opened.model, opened.description, ends[0], ends[1], steps), output)
    say(f"interpolate: {steps} codes between two patients in {output}")


def _write(table: pd.DataFrame, output: Path) -> None:
    with writing(output):
        write_table(table, output)
