"""The command that asks the codes for the number of clusters."""

from __future__ import annotations

import typer

from retina_vae.commands.options import ConfigPath, Threads, example
from retina_vae.commands.saying import say
from retina_vae.opening import open_run
from retina_vae.run import Content

app = typer.Typer()


@app.command("choose", epilog=example("choose --run results/paper --threads 2"))
def choose(config: ConfigPath, threads: Threads = 1) -> None:
    """Ask four criteria on the codes for the number of clusters, and follow how the clusters split."""
    from retina_vae.clusters.k_comparison import choose_k
    from retina_vae.clusters.k_selection import agreement_sentence
    from retina_vae.latent import read_codes
    from retina_vae.progress import progress

    run = open_run(config).dimensioned()
    chosen = run.settings.choice
    patients, schema = run.patients()
    path = run.verified("latent/{model}/codes.parquet", run.clustered)
    codes = read_codes(path, patients[schema.identifier].tolist(), parts=("mean",))
    with progress("choose, partitions", chosen.k_max * len(codes.mean)) as advance:
        tables = choose_k(codes, chosen, threads, advance)
    sentence = agreement_sentence(tables.choices)
    contents: dict[str, Content] = {
        "clusters/criteria.csv": tables.criteria,
        "clusters/choices.csv": tables.choices,
        "clusters/tree.csv": tables.tree,
        "clusters/choice.txt": sentence + "\n",
    }
    run.write("choose", contents)
    largest = tables.criteria["k"].max()
    if largest < chosen.k_max:
        say(
            f"choose: numbers of clusters up to {largest} were compared, not to choice.k_max = {chosen.k_max}; there "
            "are no more than half of the patients, and no more than posterior means that differ"
        )
    say(f"choose: {sentence}")
