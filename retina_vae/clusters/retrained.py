"""Which of the reported clusters come back when the model is trained again on resamples of the patients."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from retina_vae.cluster_settings import ClusterSettings, StabilitySettings
from retina_vae.clusters.bootstrap import matches_in_resample, summarize_matches
from retina_vae.latent.resampled import ResampledCodes
from retina_vae.parallel import one_thread_each
from retina_vae.progress import Advance, counted, silent

__all__ = ["retrained_stability"]


def retrained_stability(
    resampled: ResampledCodes | None,
    labels: NDArray[np.int64],
    settings: ClusterSettings,
    stability: StabilitySettings,
    threads: int = 1,
    advance: Advance = silent,
) -> pd.DataFrame:
    """Cluster the codes of each resample under its own model, and look for every reported cluster.

    Hennig (2007), as ``clusterboot`` in his R package fpc: the trained model is not held fixed. It was trained on the
    resample; its codes of the resample are clustered as the run's are; a cluster's similarity is its best Jaccard
    similarity among the distinct patients drawn.

    Args:
        resampled: The codes, and who was drawn; None where the model was not trained again.
        labels: 0-based reported cluster of each patient.
        settings: How the reported clusters were made.
        stability: From how many starts and which seed the resamples are clustered.
        threads: Resamples that are clustered at the same time; the table does not depend on it.
        advance: Is told how many of them are done.

    Returns:
        The columns of :func:`~retina_vae.clusters.bootstrap.bootstrap_stability`. Where the model was not trained
        again ``resamples`` is 0, numbers are missing and the verdict is "not measured".

    Raises:
        ConfigurationError: A resample has fewer points than clusters.
    """
    if resampled is None:
        return summarize_matches(np.empty((0, settings.number)), labels)
    codes, again = resampled.codes, settings.model_copy(update={"n_init": stability.n_init, "seed": stability.seed})

    def match(resample: int) -> NDArray[np.float64]:
        own = codes.mean[resample], codes.draws[resample]
        return matches_in_resample(*own, labels, again, resampled.drawn(resample))

    with warnings.catch_warnings(), one_thread_each(threads) as pool:
        # A resample of fewer kinds of points than k is no fault here.
        warnings.simplefilter("ignore", ConvergenceWarning)
        matches = list(counted(pool.map(match, range(len(codes.mean))), advance))
    return summarize_matches(np.array(matches), labels)
