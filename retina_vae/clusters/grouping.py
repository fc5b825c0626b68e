"""From the codes of one replica to the clusters of its patients."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retina_vae.cluster_settings import ClusterSettings
from retina_vae.clusters.membership import Membership
from retina_vae.clusters.partitions import Partition, fit_partition
from retina_vae.errors import ConfigurationError
from retina_vae.latent import Codes

__all__ = ["cluster_patients", "drawn_for_clustering", "require_different_points"]

FloatArray = NDArray[np.floating]
Positions = NDArray[np.int64]

# Names the stream of the patients that a clustering is fitted to, apart from those of the resamples.
_DRAWN = 6


def cluster_patients(mean: FloatArray, draws: FloatArray, settings: ClusterSettings) -> tuple[Partition, Membership]:
    """Cluster one replica's codes as the settings say, and give every patient a cluster.

    Where the draws of all patients are clustered, a patient's cluster is the most probable one over the draws; where
    the posterior means are, that of the mean. The membership's share is that of the draws whose cluster it is.

    Of more than ``settings.patients`` the partition is fitted to those of :func:`drawn_for_clustering`: a cluster's
    centre then has a standard error of its members' spread over the square root of how many of them were drawn.

    Args:
        mean: Posterior means, shape (patients, d).
        draws: Draws from q(z | x), shape (draws, patients, d).
        settings: What is clustered, how, of how many patients, into how many clusters, from which starts.

    Raises:
        ConfigurationError: There are fewer points than clusters.
    """
    fitted = drawn_for_clustering(len(mean), settings)
    points = (
        _points(mean, draws, settings)
        if len(fitted) == len(mean)
        else _points(mean[fitted], draws[:, fitted], settings)
    )
    partition = fit_partition(settings.method, points, settings.number, settings.n_init, settings.seed)
    return partition, partition.membership(draws, partition.predict(mean) if settings.on == "means" else None)


def drawn_for_clustering(patients: int, settings: ClusterSettings) -> Positions:
    """Positions, in their order, of the patients that a clustering is fitted to: all, or ``settings.patients``."""
    if patients <= settings.patients:
        return np.arange(patients)
    rng = np.random.default_rng([settings.seed, _DRAWN])
    return np.sort(rng.choice(patients, settings.patients, replace=False))


def require_different_points(codes: Codes, settings: ClusterSettings) -> None:
    """Check that every replica has at least as many points that differ as clusters are asked for.

    Without them clusters would be left empty.

    Raises:
        ConfigurationError: A replica has fewer.
    """
    fitted = drawn_for_clustering(codes.mean.shape[1], settings)
    for replica, (mean, draws) in enumerate(zip(codes.mean, codes.draws, strict=True), start=1):
        different = len(np.unique(_points(mean[fitted], draws[:, fitted], settings), axis=0))
        if different < settings.number:
            raise ConfigurationError(
                f"clusters.k: expected at most {different}, because no more of the {settings.on} of replica {replica} "
                f"in {settings.latent_dim} latent dimensions differ, got {settings.number}. Ask for fewer clusters."
            )


def _points(mean: FloatArray, draws: FloatArray, settings: ClusterSettings) -> FloatArray:
    """What is clustered, shape (points, d)."""
    return mean if settings.on == "means" else draws.reshape(-1, draws.shape[-1])
