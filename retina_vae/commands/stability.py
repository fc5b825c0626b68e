"""The command that judges which clusters hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from retina_vae.commands.options import ConfigPath, Threads, example
from retina_vae.commands.saying import say
from retina_vae.opening import open_run
from retina_vae.run import Run
from retina_vae.words import amount_of

if TYPE_CHECKING:
    import pandas as pd

    from retina_vae.latent import Codes
    from retina_vae.latent.resampled import ResampledCodes

app = typer.Typer()


@app.command("stability", epilog=example("stability --run results/paper --threads 2"))
def stability(config: ConfigPath, threads: Threads = 1) -> None:
    """Look for the reported clusters in resamples of the patients, and in other clusterings of them.

    With the trained model held fixed, and, where ``stability.retrained`` asks for it, with a model that was trained on
    each resample.
    """
    import numpy as np

    from retina_vae.clusters.bootstrap import bootstrap_stability
    from retina_vae.clusters.grouping import drawn_for_clustering
    from retina_vae.clusters.retrained import retrained_stability
    from retina_vae.clusters.variants import compare_variants, kept_variants, made_variants
    from retina_vae.progress import progress

    run = open_run(config).numbered()
    settings, chosen = run.settings, run.settings.clusters
    assignments, reported = run.table("clusters/assignments.parquet"), run.reported
    ids, labels = assignments.iloc[:, 0].tolist(), assignments["cluster"].to_numpy(np.int64) - 1
    own = _codes(run, ids, run.clustered, [reported])
    mean, draws = own.mean[0], own.draws[0]
    with progress("stability, resamples", settings.stability.bootstraps) as advance:
        bootstrap = bootstrap_stability(mean, draws, labels, chosen, settings.stability, threads, advance)
    resampled = _resampled(run, ids)
    with progress("stability, models trained again", max(1, settings.stability.retrained)) as advance:
        retrained = retrained_stability(resampled, labels, chosen, settings.stability, threads, advance)
    some = drawn_for_clustering(len(ids), chosen)
    models = dict(zip(settings.latent_dims, settings.plain_models, strict=True))
    codes = {dim: _codes(run, ids, model).of_patients(some) for dim, model in models.items()}
    variants = kept_variants(assignments.iloc[some], reported)
    others = sum(len(own.mean) for dim, own in codes.items() if dim != settings.latent_dim)
    with progress("stability, other clusterings", others + 1) as advance:
        variants += made_variants(codes, reported, chosen, threads, advance)
    tables = compare_variants(labels[some], variants, chosen.number)
    contents = {
        "clusters/bootstrap.csv": bootstrap,
        "clusters/retrained.csv": retrained,
        "clusters/variants.csv": tables.variants,
        "clusters/variant_matches.csv": tables.matches,
    }
    run.write("stability", contents)
    say(f"stability: {_summary(bootstrap, retrained, tables.variants)}")


def _codes(run: Run, ids: list[str], model: str, replicas: list[int] | None = None) -> Codes:
    from retina_vae.latent import read_codes

    path = run.verified("latent/{model}/codes.parquet", model)
    return read_codes(path, ids, replicas, parts=("mean", "draws"))


def _resampled(run: Run, ids: list[str]) -> ResampledCodes | None:
    """The codes of the models that were trained on resamples; None where none was."""
    from retina_vae.errors import InputError
    from retina_vae.latent.resampled import ResampledCodes

    asked = run.settings.stability.retrained
    if asked == 0:
        return None
    resampled = ResampledCodes.read(run.verified("latent/resamples.parquet"), ids, ("mean", "draws"))
    if len(resampled.times) != asked:
        raise InputError(
            f"{run.path('latent/resamples.parquet')}: expected the codes of stability.retrained = {asked} resamples, "
            f"got {len(resampled.times)}. Run `snakemake --cores 8` to make them again."
        )
    return resampled


def _summary(bootstrap: pd.DataFrame, retrained: pd.DataFrame, variants: pd.DataFrame) -> str:
    from retina_vae.clusters.hennig import STABLE

    if len(bootstrap) == 1:
        return "one cluster holds all patients, so it is found again whatever is done"
    fixed, again = ((table["jaccard_mean"] >= STABLE).sum() for table in (bootstrap, retrained))
    ari, resamples = variants["ari"], retrained["resamples"].max()
    whole = f"{again} when the model is trained again on them" if resamples else "training on them was not asked for"
    others = amount_of(len(variants), "other clustering")
    return (
        f"of {amount_of(len(bootstrap), 'cluster')} {fixed} {'holds' if fixed == 1 else 'hold'} when patients are "
        f"drawn again and the trained model is held fixed (mean Jaccard similarity {STABLE:g} or more), {whole}; "
        f"adjusted Rand index with {others} {ari.min():.2f} to {ari.max():.2f}"
    )
