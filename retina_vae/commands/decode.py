"""The step that tabulates what a model makes of its codes."""

from __future__ import annotations

import typer

from retina_vae.commands.decoding import largest_deviation, open_model, redrawn_in_words
from retina_vae.commands.options import ConfigPath, ModelName, example
from retina_vae.commands.saying import say

app = typer.Typer()


@app.command("decode", epilog=example("decode --run results/typed --model d3"))
def decode_model(config: ConfigPath, model: ModelName) -> None:
    """Tabulate what replica 1 of a model makes of its codes, and as many new patients as the cohort has."""
    from retina_vae.latent.check import check_generated
    from retina_vae.latent.decode import interpolate, interpolation_ends, posterior_table, traverse
    from retina_vae.latent.generate import generate
    from retina_vae.progress import progress

    opened = open_model(config, model, replica=1)
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
    say(f"decode: {len(tables)} tables in {folder}{redrawn_in_words(made)}; {largest_deviation(check)}")
