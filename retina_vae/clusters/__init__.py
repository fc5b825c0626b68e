"""Fourth stage: groups of latent codes, how sure they are, and what they hold.

The modules know arrays and tables, and no torch.
"""

from retina_vae.clusters.agreement import consensus_partition, pairwise_agreement, representative_replica
from retina_vae.clusters.membership import Membership, membership_of_draws
from retina_vae.clusters.numbering import match_numbers, number_by_size
from retina_vae.clusters.partitions import PARTITIONS, Partition, fit_partition
from retina_vae.clusters.replica_clusters import ClusterTables, cluster_codes
from retina_vae.clusters.stability import cluster_stability

__all__ = [
    "PARTITIONS",
    "ClusterTables",
    "Membership",
    "Partition",
    "cluster_codes",
    "cluster_stability",
    "consensus_partition",
    "fit_partition",
    "match_numbers",
    "membership_of_draws",
    "number_by_size",
    "pairwise_agreement",
    "representative_replica",
]
