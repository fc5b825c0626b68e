"""The command that tells groups from a continuum, and finds the number of groups."""

from __future__ import annotations

import typer

from retina_vae.commands.options import ConfigPath, Threads, example
from retina_vae.commands.saying import say
from retina_vae.opening import open_run

app = typer.Typer()


@app.command("latent-structure", epilog=example("latent-structure --run results/paper --threads 2"))
def latent_structure(config: ConfigPath, threads: Threads = 1) -> None:
    """Ask what describes unseen patients best: one bell, a continuum, or separate groups, and how many."""
    from retina_vae.clusters.latent_structure.structure import find_structure
    from retina_vae.images.components import principal_components
    from retina_vae.progress import progress

    run = open_run(config)
    settings = run.settings
    patients, schema = run.patients()
    if schema.made_of_parts:
        patients, schema = principal_components(patients, schema)
    # Five bells, five continua, and four kinds of classes, is the most there can be.
    most = 10 + 4 * (settings.latent_structure.k_max - 1)
    with progress("latent structure", most) as advance:
        tables = find_structure(patients, schema, settings.latent_structure, threads, advance)
    contents = {
        "clusters/latent_structure_candidates.csv": tables.candidates,
        "clusters/latent_structure_comparisons.csv": tables.comparisons,
        "clusters/latent_structure.csv": tables.answer,
    }
    run.write("latent_structure", contents)
    row = tables.answer.iloc[0]
    say(f"latent structure: {row['answer']}, {row['k']} by held-out log-density")
