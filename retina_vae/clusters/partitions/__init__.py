"""How the latent space is divided into clusters: one module per kind of partition, and the registry of all.

Whatever clusters codes as the reported clustering does, or says where a code belongs, asks a :class:`Partition`. The
page's script computes the same laws (``retina_vae/report/scripts/assignment.js``).
"""

from retina_vae.clusters.partitions.base import Partition, Points, Words
from retina_vae.clusters.partitions.kmeans import KMeansPartition
from retina_vae.clusters.partitions.mixture import MixturePartition

__all__ = ["PARTITIONS", "KMeansPartition", "MixturePartition", "Partition", "Words", "fit_partition"]

PARTITIONS: dict[str, type[Partition]] = {kind.method: kind for kind in (KMeansPartition, MixturePartition)}
"""The kind of partition that ``clusters.method`` names."""


def fit_partition(method: str, points: Points, k: int, n_init: int, seed: int) -> Partition:
    """Find k clusters by the method of that name.

    Args:
        method: A key of :data:`PARTITIONS`.
        points: Shape (points, d).
        k: Number of clusters.
        n_init: Number of starts; the best is kept.
        seed: Seed of the starts.

    Raises:
        ConfigurationError: There are fewer points than clusters.
    """
    return PARTITIONS[method].fit(points, k, n_init, seed)
