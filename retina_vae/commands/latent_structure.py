"""The command that tells groups from a continuum, and finds the number of groups."""

from __future__ import annotations

import typer

from retina_vae.commands.options import ConfigPath, Threads
from retina_vae.commands.saying import say
from retina_vae.config import load_configuration
from retina_vae.files import write_table

app = typer.Typer()


@app.command("latent-structure")
def latent_structure(config: ConfigPath, threads: Threads = 1) -> None:
    """Ask what describes unseen patients best: one bell, a continuum, or separate groups, and how many."""
    from retina_vae.clusters.latent_structure import find_structure
    from retina_vae.cohort import read_cohort
    from retina_vae.progress import progress

    settings = load_configuration(config)
    folder = settings.folder / "clusters"
    patients, schema = read_cohort(settings.folder)
    # Five bells, five continua, and four kinds of classes, is the most there can be.
    most = 10 + 4 * (settings.latent_structure.k_max - 1)
    with progress("latent structure", most) as advance:
        tables = find_structure(patients, schema, settings.latent_structure, threads, advance)
    write_table(tables.candidates, folder / "latent_structure_candidates.csv")
    write_table(tables.comparisons, folder / "latent_structure_comparisons.csv")
    write_table(tables.answer, folder / "latent_structure.csv")
    row = tables.answer.iloc[0]
    say(f"latent structure: {row['answer']}, {row['k']} by held-out log-density")
