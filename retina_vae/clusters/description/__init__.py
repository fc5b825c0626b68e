"""What the clusters hold: counts, sentences, profiles, tests, rules, cross-tables, and the outcomes within them.

The modules know arrays and tables, and no torch.
"""

from retina_vae.clusters.description.counts import count_table
from retina_vae.clusters.description.sentences import cluster_facts, cluster_sentences, number_decimals
from retina_vae.clusters.description.table1 import render_table1, table1, table1_html, table1_markdown
from retina_vae.clusters.description.tables import DescriptionTables, describe

__all__ = [
    "DescriptionTables",
    "cluster_facts",
    "cluster_sentences",
    "count_table",
    "describe",
    "number_decimals",
    "render_table1",
    "table1",
    "table1_html",
    "table1_markdown",
]
