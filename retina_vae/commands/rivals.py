"""The command that measures simpler methods beside the clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from retina_vae.commands.options import ConfigPath, Threads, example
from retina_vae.commands.saying import say
from retina_vae.errors import ConfigurationError
from retina_vae.opening import open_run
from retina_vae.run import Run

if TYPE_CHECKING:
    import pandas as pd

    from retina_vae.cohort.folds import Folds
    from retina_vae.rivals.comparison import Beside

app = typer.Typer()


@app.command("rivals", epilog=example("rivals --run results/flchain --threads 2"))
def rivals(config: ConfigPath, threads: Threads = 1) -> None:
    """Fit simpler methods to the same patients: agreement, stability and log-density beside those of the run."""
    from retina_vae.cohort.folds import fold_of
    from retina_vae.progress import progress
    from retina_vae.rivals import RIVALS
    from retina_vae.rivals.comparison import compare_rivals

    run = open_run(config).numbered()
    settings, asked = run.settings, run.settings.held_out
    chosen = [RIVALS[name] for name in settings.rival_methods]
    if not chosen:
        raise ConfigurationError(
            f"rivals.methods: expected at least one of {list(RIVALS)}, got none. Name some, or leave this step out."
        )
    patients, _ = run.patients()
    folds = fold_of(len(patients), min(asked.folds, len(patients)), asked.patients, asked.seed)
    with progress("simpler methods", len(chosen)) as advance:
        table = compare_rivals(
            chosen, _beside(run, folds), folds, settings.clusters, settings.stability, threads, advance
        )
    run.write("rivals", {"clusters/rivals.csv": table})
    say(f"rivals: {_summary(table)}")


def _beside(run: Run, folds: Folds) -> Beside:
    """What the methods stand beside."""
    from retina_vae.rivals.comparison import Beside
    from retina_vae.rivals.resampled import mean_over_patients

    patients, schema = run.patients()
    labels = run.labels(patients[schema.identifier].tolist(), ["cluster"])[:, 0] - 1
    retrained = run.table("clusters/retrained.csv", ["cluster", "jaccard_mean"])
    stability = mean_over_patients(retrained, labels) if len(retrained) > 1 else float("nan")
    return Beside(patients, schema, labels, stability, _own_densities(run, folds))


def _own_densities(run: Run, folds: Folds) -> pd.DataFrame | None:
    """How the run's model describes the patients of the folds; None of a run that does not measure it."""
    from retina_vae.artefacts import artefacts_of
    from retina_vae.rivals.densities import require_same_folds
    from retina_vae.steps import OWN_DENSITIES

    declared = {path for own in artefacts_of(run.settings) for path in own.paths(run.settings)}
    if OWN_DENSITIES not in declared:
        return None
    densities = run.table(OWN_DENSITIES, ["position", "fold", "log_density"])
    require_same_folds(densities, folds, str(run.path(OWN_DENSITIES)), run.settings.held_out)
    return densities


def _summary(table: pd.DataFrame) -> str:
    """The agreement of each method, in one line."""
    import pandas as pd

    def said(row: pd.Series) -> str:
        if row["note"]:
            return f"{row['words']}: {row['note']}"
        agreement = "" if pd.isna(row["ari"]) else f", adjusted Rand index with the clusters {row['ari']:.2f}"
        return f"{row['words']}, k = {row['k']}{agreement}"

    return "; ".join(said(row) for _, row in table.iterrows())
