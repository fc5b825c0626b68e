"""What the clusters mean: profiles, tests, rules, cross-tables, and how the diagnoses separate within them.

The modules know arrays and tables, and no torch.
"""

from retina_vae.clusters.description.tables import DescriptionTables, describe

__all__ = ["DescriptionTables", "describe"]
