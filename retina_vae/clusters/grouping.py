"""From the codes of one replica to the clusters of its patients."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retina_vae.cluster_settings import ClusterSettings
from retina_vae.clusters.membership import Membership, membership_of_draws
from retina_vae.clusters.partitions import Partition, fit_partition
from retina_vae.errors import ConfigurationError
from retina_vae.latent import Codes

__all__ = ["cluster_patients", "require_different_points"]

FloatArray = NDArray[np.floating]


def cluster_patients(mean: FloatArray, draws: FloatArray, settings: ClusterSettings) -> tuple[Partition, Membership]:
    """Cluster one replica's codes as the settings say, and give every patient a cluster.

    Where the draws of all patients are clustered, a patient's cluster is the most probable one over the draws; where
    the posterior means are, that of the mean. The membership's share is that of the draws whose cluster it is.

    Args:
        mean: Posterior means, shape (patients, d).
        draws: Draws from q(z | x), shape (draws, patients, d).
        settings: What is clustered, how, into how many clusters, from which starts.

    Raises:
        ConfigurationError: There are fewer points than clusters.
    """
    points = _points(mean, draws, settings)
    partition = fit_partition(settings.method, points, settings.number, settings.n_init, settings.seed)
    labels = partition.predict(mean) if settings.on == "means" else partition.most_probable(draws)
    return partition, membership_of_draws(partition.predict(draws), settings.number, labels)


def require_different_points(codes: Codes, settings: ClusterSettings) -> None:
    """Check that every replica has at least as many points that differ as clusters are asked for.

    Without them clusters would be left empty.

    Raises:
        ConfigurationError: A replica has fewer.
    """
    for replica, (mean, draws) in enumerate(zip(codes.mean, codes.draws, strict=True), start=1):
        different = len(np.unique(_points(mean, draws, settings), axis=0))
        if different < settings.number:
            raise ConfigurationError(
                f"clusters.k: expected at most {different}, because no more of the {settings.on} of replica {replica} "
                f"in {settings.latent_dim} latent dimensions differ, got {settings.number}. Ask for fewer clusters."
            )


def _points(mean: FloatArray, draws: FloatArray, settings: ClusterSettings) -> FloatArray:
    """What is clustered, shape (points, d)."""
    return mean if settings.on == "means" else draws.reshape(-1, draws.shape[-1])
