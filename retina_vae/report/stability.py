"""Which clusters hold: when the whole method is applied to resamples, from other seeds, with the model held fixed."""

from __future__ import annotations

import pandas as pd

from retina_vae.clusters.hennig import DISSOLVED, RECOVERED, STABLE, verdict
from retina_vae.report.evidence import Stability
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import number, percent
from retina_vae.resamples import NOISE_SHARE
from retina_vae.words import MARK

__all__ = ["judged_in_words", "judged_stability", "overall_stability", "stability_in_words", "which_hold"]

_UNDIVIDED = "all patients"
_NOISE = percent(NOISE_SHARE)
_TRAINED_AGAIN = {
    "bootstrap": "when patients are drawn again and the model is trained again on them",
    "subset": "when half of the patients are drawn and the model is trained again on them",
    "noise": f"when {_NOISE} of the values are replaced and the model is trained again on them",
}
_DRAWN = {
    "bootstrap": "as many patients drawn with repetition",
    "subset": "half of the patients drawn without repetition",
    "noise": f"all patients, with {_NOISE} of their values replaced by those of others",
}


def judged_stability(stability: Stability) -> pd.DataFrame:
    """The mean Jaccard similarities of every cluster, and the verdict on the one that counts.

    The verdict follows the worse of two: the whole method on resamples, and training from other seeds. What resampled
    patients give with the trained model held fixed says nothing of the training; it is judged only where the model was
    not trained on resamples.

    Returns:
        ``retrained`` (model trained again on resamples; missing where that was not measured), ``replicas`` (other
        seeds; missing where there is one replica), ``fixed`` (resamples, model held fixed), ``judged`` (the one that
        counts), ``verdict``, by cluster.
        One cluster of all patients is found again whatever is done, and gets no verdict but "all patients".
    """
    found = {"retrained": stability.retrained, "replicas": stability.replicas, "fixed": stability.bootstrap}
    means = pd.DataFrame({name: table.set_index("cluster")["jaccard_mean"] for name, table in found.items()})
    judged = means[["retrained" if stability.trained_on else "fixed", "replicas"]].min(axis=1)
    verdicts = judged.map(lambda value: verdict(float(value)))
    return means.assign(judged=judged, verdict=_UNDIVIDED if len(means) == 1 else verdicts)


def overall_stability(tables: RunTables) -> pd.DataFrame:
    """The same of a run, without a verdict on clusters whose size is not shown."""
    judged = judged_stability(tables.stability)
    hidden = tables.sizes.reindex(judged.index).isna()
    return judged.assign(verdict=_UNDIVIDED if tables.undivided else judged["verdict"].mask(hidden, MARK))


def which_hold(tables: RunTables) -> str:
    """How many clusters are found again, by what was done again."""
    means = overall_stability(tables)[["retrained", "replicas", "fixed"]]
    held, total = (means >= STABLE).sum(), len(means)
    again, resamples = f"found again (mean Jaccard similarity {STABLE:g} or more)", tables.stability.trained_on
    replicas = _replicas(tables, held["replicas"], total)
    if not resamples:
        return (
            f"{_of(held['fixed'], total)} {again} in resampled patients with the trained model held fixed; whether "
            f"they are when it is trained on those patients was not measured{replicas}"
        )
    scheme = tables.configuration.stability.scheme
    return (
        f"{_of(held['retrained'], total)} {again} {_TRAINED_AGAIN[scheme]} ({resamples} {_times(resamples)})"
        f"{replicas} With the trained model held fixed, {_again(held['fixed'], total)} would be found again in "
        "resampled patients; that is the clustering step alone."
    )


def judged_in_words(tables: RunTables) -> str:
    """Which means a badge judges, after "It judges"."""
    resamples, seeds = tables.stability.trained_on, "over the other replicas"
    if resamples:
        whole = f"over {resamples} {_resamples(resamples)} of the patients that the model was trained again on"
        return f"the smaller of two means: {whole}, and {seeds}"
    fixed = "over resampled patients with the trained model held fixed, because training again was not measured"
    return f"the smaller of two means: {fixed}, and {seeds}"


def stability_in_words(tables: RunTables) -> str:
    """What the columns of the table of stability changed."""
    settings, resamples = tables.configuration.stability, tables.stability.trained_on
    seeds = "Other replicas: the same patients, another seed of the training."
    fixed = (
        f"Model held fixed: {settings.bootstraps} resamples of the patients, whose codes are clustered again while the "
        "trained model stays as it is; this says nothing of the training."
    )
    shares = (
        f"Recovered and dissolved: the shares of those resamples with {RECOVERED:g} or more, {DISSOLVED:g} or less."
    )
    if not resamples:
        return f"{fixed} {shares} {seeds} Training again on resamples was not measured (stability.retrained is 0)."
    return (
        f"Trained again: {resamples} {_resamples(resamples)} ({_DRAWN[settings.scheme]}), on each of which the model "
        "is trained from the seeds of the replicas in turn, and its codes are clustered: the whole method, but for the "
        f"scaling of the columns. {shares} {seeds} {fixed}"
    )


def _replicas(tables: RunTables, held: int, total: int) -> str:
    """The part of the sentence on other seeds, from the punctuation before it."""
    if not len(tables.agreement):
        return ". Only one replica was trained, so nothing is known of how much they owe to its seed alone."
    ari = tables.agreement["ari"]
    return (
        f", and {_again(held, total)} when the model is trained on the same patients from other seeds: the "
        f"{len(tables.replicas)} replicas agree pairwise at a mean adjusted Rand index of {number(ari.mean(), 2)}"
        f"{_range(ari)} (1: identical, 0: as by chance)."
    )


def _range(values: pd.Series[float]) -> str:
    # One pair has no range.
    return f", {number(values.min(), 2)} to {number(values.max(), 2)}" if len(values) > 1 else ""


def _of(count: int, total: int) -> str:
    if count == total:
        return "Both clusters are" if total == 2 else f"All {total} clusters are"
    if count == 0:
        return f"None of the {total} clusters is"
    return f"{count} of the {total} clusters {'is' if count == 1 else 'are'}"


def _again(count: int, total: int) -> str:
    """How many of the clusters, where they have been named before."""
    if count == total:
        return "both" if total == 2 else f"all {total}"
    return str(count) if count else "none"


def _times(count: int) -> str:
    return "time" if count == 1 else "times"


def _resamples(count: int) -> str:
    return "resample" if count == 1 else "resamples"
