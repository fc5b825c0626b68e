"""The command that judges which clusters hold."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from retina_vae.commands.options import ConfigPath, Threads
from retina_vae.files import read_table, write_table
from retina_vae.runs import reported_replica, run_settings

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer()


@app.command("stability")
def stability(config: ConfigPath, threads: Threads = 1) -> None:
    """Look for the reported clusters in resamples of the patients, and in other clusterings of them."""
    import numpy as np

    from retina_vae.clusters.bootstrap import bootstrap_stability
    from retina_vae.clusters.variants import compare_variants, kept_variants, made_variants
    from retina_vae.latent import Codes
    from retina_vae.progress import progress

    settings = run_settings(config)
    chosen, folder = settings.clusters, settings.folder / "clusters"
    assignments = read_table(folder / "assignments.parquet")
    reported = reported_replica(settings.folder)
    ids, labels = assignments.iloc[:, 0].tolist(), assignments["cluster"].to_numpy(np.int64) - 1
    codes = {
        dim: Codes.from_table(read_table(settings.folder / "latent" / f"d{dim}" / "codes.parquet"), ids)
        for dim in settings.vae.latent_dims
    }
    own = codes[chosen.latent_dim]
    mean, draws = own.mean[reported - 1], own.draws[reported - 1]
    with progress("stability, resamples", settings.stability.bootstraps) as advance:
        bootstrap = bootstrap_stability(mean, draws, labels, chosen, settings.stability, threads, advance)
    variants = kept_variants(assignments, reported) + made_variants(codes, reported, chosen, threads)
    tables = compare_variants(labels, variants, chosen.number)
    write_table(bootstrap, folder / "bootstrap.csv")
    write_table(tables.variants, folder / "variants.csv")
    write_table(tables.matches, folder / "variant_matches.csv")
    print(f"stability: {_summary(bootstrap, tables.variants)}", file=sys.stderr)


def _summary(bootstrap: pd.DataFrame, variants: pd.DataFrame) -> str:
    from retina_vae.clusters.hennig import STABLE

    hold, ari = (bootstrap["jaccard_mean"] >= STABLE).sum(), variants["ari"]
    return (
        f"{hold} of {len(bootstrap)} clusters hold when patients are drawn again (mean Jaccard similarity {STABLE:g} "
        f"or more); adjusted Rand index with {len(variants)} other clusterings {ari.min():.2f} to {ari.max():.2f}"
    )
