"""What the clusters mean: profiles, tests, rules, cross-tables, and how the diagnoses separate within them.

The modules know arrays and tables, and no torch.
"""

from retina_vae.clusters.meaning.run import MeaningTables, describe

__all__ = ["MeaningTables", "describe"]
