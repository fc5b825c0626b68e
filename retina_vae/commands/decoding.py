"""The commands that ask a model's decoder: new patients, patients like a given one, and paths through the codes.

They compute on one thread, so that a seed gives the same bytes on every machine with the same versions.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from retina_vae.commands.options import ConfigPath, ModelName
from retina_vae.commands.saying import say
from retina_vae.errors import ConfigurationError, InputError
from retina_vae.files import write_table
from retina_vae.run import Run, open_run

if TYPE_CHECKING:
    import pandas as pd
    import torch

    from retina_vae.cohort import CohortSchema
    from retina_vae.latent.generate import GeneratedPatients
    from retina_vae.vae import ModelDescription, Posterior, VariationalAutoencoder

app = typer.Typer()

Replica = Annotated[int, typer.Option("--replica", help="Which of the model's replicas, from 1.")]
Number = Annotated[int, typer.Option("--patients", min=1, help="How many patients to make.")]
Seed = Annotated[int, typer.Option("--seed", min=0, max=2**31 - 1, help="The same seed gives the same patients.")]
Steps = Annotated[int, typer.Option("--steps", min=2, help="Codes along each path, both ends among them.")]
Output = Annotated[Path, typer.Option("--output", help="The table to write: .csv or .parquet.")]


class _Opened(NamedTuple):
    """A run's cohort and one replica of one of its models."""

    run: Run
    patients: pd.DataFrame
    schema: CohortSchema
    model: VariationalAutoencoder
    description: ModelDescription

    def features(self, patient_id: str | None = None, option: str = "") -> torch.Tensor:
        """What the model reads of one patient, or of all; shape (features, patients).

        Raises:
            InputError: The cohort has no such patient.
        """
        from retina_vae.latent.encode import patient_features

        chosen, name = self.patients, self.schema.identifier
        if patient_id is not None:
            chosen = chosen[chosen[name] == patient_id]
        if chosen.empty:
            table = self.run.path("cohort/patients.parquet")
            raise InputError(
                f"{option}: expected the {name} of a patient in {table}, got {patient_id!r}. Look it up there."
            )
        return patient_features(self.description.encoding, chosen)

    def posterior(self, features: torch.Tensor) -> Posterior:
        """q(z | x) of patients with these features."""
        from retina_vae.latent.encode import encode_patients

        return encode_patients(self.model, features)


@app.command("decode")
def decode_model(config: ConfigPath, model: ModelName) -> None:
    """Tabulate what replica 1 of a model makes of its codes, and as many new patients as the cohort has."""
    from retina_vae.latent.check import check_generated
    from retina_vae.latent.decode import interpolate, interpolation_ends, posterior_table, traverse
    from retina_vae.latent.generate import generate
    from retina_vae.progress import progress

    opened = _open(config, model, replica=1)
    patients, schema, own = opened.patients, opened.schema, (opened.model, opened.description)
    posterior = opened.posterior(opened.features())
    means = posterior.mean[0]
    outcome = None if schema.outcome is None else patients[schema.outcome.name]
    start, end = interpolation_ends(means.T.numpy(), outcome)
    with progress(f"decode {model}", 3) as advance:
        made = generate(*own, schema, len(patients), opened.run.settings.latent.seed)
        advance(1, "new patients")
        check = check_generated(made.patients, patients, schema)
        advance(2, "held against the cohort")
        tables = {
            "latent/{model}/posterior.parquet": posterior_table(posterior, patients[schema.identifier]),
            "latent/{model}/traversals.csv": traverse(*own, posterior),
            "latent/{model}/interpolation.csv": interpolate(*own, means[:, start], means[:, end]),
            "latent/{model}/generated.parquet": made.patients,
            "latent/{model}/generated_check.csv": check,
        }
        advance(3, "paths through the codes")
    opened.run.write("decode", tables, model)
    folder = opened.run.folder / "latent" / model
    say(f"decode: {len(tables)} tables in {folder}{_redrawn(made)}; {_largest_deviation(check)}")


@app.command("generate")
def generate_patients(
    config: ConfigPath, model: ModelName, patients: Number, output: Output, seed: Seed = 1, replica: Replica = 1
) -> None:
    """Make new patients from the prior and compare them with the cohort."""
    from retina_vae.latent.check import check_generated
    from retina_vae.latent.generate import generate

    _require_table(output)
    run = _open(config, model, replica)
    made = generate(run.model, run.description, run.schema, patients, seed)
    _write(made.patients, output)
    check = check_generated(made.patients, run.patients, run.schema)
    say(f"generate: {patients} patients in {output}{_redrawn(made)}; {_largest_deviation(check)}")


@app.command("similar")
def similar_patients(
    config: ConfigPath,
    model: ModelName,
    patient: Annotated[str, typer.Option("--patient", help="The identifier of a patient of the cohort.")],
    patients: Number,
    output: Output,
    seed: Seed = 1,
    replica: Replica = 1,
) -> None:
    """Make patients like a given one: codes from its posterior, decoded."""
    from retina_vae.latent.generate import similar

    _require_table(output)
    run = _open(config, model, replica)
    features = run.features(patient, "--patient")[:, 0]
    made = similar(run.model, run.description, run.schema, features, patients, seed)
    _write(made.patients, output)
    say(f"similar: {patients} patients in {output}{_redrawn(made)}")


@app.command("traverse")
def traverse_codes(
    config: ConfigPath, model: ModelName, output: Output, steps: Steps = 25, replica: Replica = 1
) -> None:
    """Move one coordinate of the code at a time and write what the decoder says."""
    from retina_vae.latent.decode import traverse

    _require_table(output)
    run = _open(config, model, replica)
    _write(traverse(run.model, run.description, run.posterior(run.features()), steps), output)
    say(f"traverse: {steps} codes along each of {run.description.latent_dim} dimensions in {output}")


@app.command("interpolate")
def interpolate_codes(
    config: ConfigPath,
    model: ModelName,
    start: Annotated[str, typer.Option("--from", help="The identifier of the patient at the one end.")],
    end: Annotated[str, typer.Option("--to", help="The identifier of the patient at the other end.")],
    output: Output,
    steps: Steps = 21,
    replica: Replica = 1,
) -> None:
    """Walk in a straight line from one patient's code to another's and write what the decoder says."""
    from retina_vae.latent.decode import interpolate

    _require_table(output)
    run = _open(config, model, replica)
    ends = [
        run.posterior(run.features(name, option)).mean[0, :, 0] for name, option in ((start, "--from"), (end, "--to"))
    ]
    _write(interpolate(run.model, run.description, ends[0], ends[1], steps), output)
    say(f"interpolate: {steps} codes between two patients in {output}")


def _open(config: Path, name: str, replica: int) -> _Opened:
    import torch

    from retina_vae.latent.decode import take_replica
    from retina_vae.vae import load_model

    run = open_run(config)
    run.settings.model(name)
    torch.set_num_threads(1)
    single, description = take_replica(*load_model(run.model_folder(name)), replica)
    return _Opened(run, *run.patients(), single, description)


def _require_table(output: Path) -> None:
    """Refuse what would not be a table, before anything is computed."""
    if output.suffix not in (".csv", ".parquet"):
        raise ConfigurationError(f"--output: expected a file that ends in .csv or .parquet, got {output}.")


def _write(table: pd.DataFrame, output: Path) -> None:
    try:
        write_table(table, output)
    except ConfigurationError as error:
        # Its remedy, another folder of results, is none for a path from the command line.
        raise ConfigurationError(
            f"--output: expected a file that can be written, got {output}: {error.__cause__}."
        ) from None


def _redrawn(made: GeneratedPatients) -> str:
    return f"; {made.redrawn} more were outside the schema's bounds and drawn again" if made.redrawn else ""


def _largest_deviation(check: pd.DataFrame) -> str:
    """The row of the check that is the most standard errors from the cohort, in words."""
    compared = check.dropna(subset="z")
    if compared.empty:
        return "too few patients to compare them with the cohort"
    row, others = compared.iloc[int(compared["z"].abs().argmax())], len(check) - len(compared)
    left_out = f"; {others} more would need more patients, or patients that vary" if others else ""
    return (
        f"the largest of {len(compared)} deviations from the cohort: {row['column']}, {row['statistic']}: "
        f"{row['generated']:.4g} against {row['cohort']:.4g}, {abs(row['z']):.1f} standard errors{left_out}"
    )
