"""The command that asks the codes for the number of clusters."""

from __future__ import annotations

import typer

from retina_vae.commands.options import ConfigPath, Threads
from retina_vae.commands.saying import say
from retina_vae.config import load_configuration
from retina_vae.files import read_table, write_table, write_text

app = typer.Typer()


@app.command("choose")
def choose(config: ConfigPath, threads: Threads = 1) -> None:
    """Ask four criteria on the codes for the number of clusters, and follow how the clusters split."""
    from retina_vae.clusters.k_comparison import choose_k
    from retina_vae.clusters.k_selection import agreement_sentence
    from retina_vae.cohort import read_cohort
    from retina_vae.disclosure import suppress_tree
    from retina_vae.latent import Codes

    settings = load_configuration(config)
    chosen, folder = settings.choice, settings.folder / "clusters"
    patients, schema = read_cohort(settings.folder)
    codes = read_table(settings.folder / "latent" / f"d{settings.clusters.latent_dim}" / "codes.parquet")
    tables = choose_k(Codes.from_table(codes, patients[schema.identifier].tolist()), chosen, threads)
    sentence = agreement_sentence(tables.choices)
    few = tables.criteria["smallest"] < settings.small_cell_floor
    write_table(tables.criteria.assign(smallest=tables.criteria["smallest"].mask(few)), folder / "criteria.csv")
    write_table(tables.choices, folder / "choices.csv")
    write_table(suppress_tree(tables.tree, settings.small_cell_floor), folder / "tree.csv")
    write_text(sentence + "\n", folder / "choice.txt")
    largest = tables.criteria["k"].max()
    if largest < chosen.k_max:
        say(
            f"choose: numbers of clusters up to {largest} were compared, not to choice.k_max = {chosen.k_max}; there "
            "are no more than half of the patients, and no more than posterior means that differ"
        )
    say(f"choose: {sentence}")
