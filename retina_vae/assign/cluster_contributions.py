"""What speaks for a cluster as a whole: mean contributions of the columns over a sample of its members."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.assign.explain import Explainer, can_explain
from retina_vae.assign.trained import TrainedRun
from retina_vae.latent.contributions import Contributions

__all__ = ["MEMBERS", "cluster_contributions"]

MEMBERS = 100
"""Members of a cluster that are looked at, drawn at random where there are more."""

_SEED = 20_260_202
_COLUMNS = ["cluster", "against", "column", "contribution", "standard_error", "patients"]


def cluster_contributions(run: TrainedRun, threads: int = 1) -> pd.DataFrame:
    """Which columns speak for each cluster against the one that is next to it.

    That one is the cluster that is second most probable, by the decoder, for most of the members. All members are held
    against it, so that the means of the contributions add up to a mean of log-odds.

    Returns:
        ``cluster, against`` (both from 1), ``column`` (empty in the first row of a cluster: what the sizes of both say
        alone), ``contribution`` (mean over the members, nats), ``standard_error`` (of that mean, with the error of the
        integration), ``patients`` (members looked at). Without rows where one cluster holds all.
    """
    found = []
    if can_explain(run.scorer):
        explainer, rng = Explainer.of(run.scorer, "doubt"), np.random.default_rng(_SEED)
        for cluster in np.unique(run.known.scores.cluster):
            members = np.flatnonzero(run.known.scores.cluster == cluster)
            chosen = rng.permutation(members)[:MEMBERS]
            found.append(_of_cluster(explainer, run.known.features[chosen], int(cluster), threads))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=_COLUMNS)


def _of_cluster(explainer: Explainer, features: NDArray[np.float64], cluster: int, threads: int) -> pd.DataFrame:
    own = np.full(len(features), cluster)
    against = int(np.bincount(explainer.next_cluster(features, own)).argmax())
    explained = explainer.explain(features, own, np.full(len(features), against), threads).contributions
    known = explained.take(np.flatnonzero(np.isfinite(explained.log_odds)))
    names = ["", *(column.name for column in explainer.scorer.description.encoding.columns)]
    means, errors = _mean_and_error(known)
    about = {"cluster": cluster + 1, "against": against + 1, "column": names}
    numbers = {"contribution": means.round(4), "standard_error": errors.round(4), "patients": len(known.log_odds)}
    return pd.DataFrame(about | numbers)[_COLUMNS]


def _mean_and_error(known: Contributions) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of the sizes, then of each column; not a number without a member, the errors not with a single one."""
    count = len(known.log_odds)
    if not count:
        empty = np.full(known.columns.shape[1] + 1, np.nan)
        return empty, empty
    spread = known.columns.var(axis=0, ddof=1) / count if count > 1 else np.full(known.columns.shape[1], np.nan)
    # The points from the prior are the same for all members, so their errors do not average out.
    errors = np.sqrt(spread + (known.column_error**2).mean(axis=0))
    return np.append(known.sizes[0], known.columns.mean(axis=0)), np.append(0.0, errors)
