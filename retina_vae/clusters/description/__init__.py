"""What the clusters hold: counts, sentences, profiles, tests, rules, cross-tables, and the outcomes within them.

The modules know arrays and tables, and no torch.
"""

from retina_vae.clusters.description.counts import count_table, withheld_counts
from retina_vae.clusters.description.sentences import cluster_sentences
from retina_vae.clusters.description.table1 import render_table1, table1
from retina_vae.clusters.description.tables import DescriptionTables, describe

__all__ = [
    "DescriptionTables",
    "cluster_sentences",
    "count_table",
    "describe",
    "render_table1",
    "table1",
    "withheld_counts",
]
