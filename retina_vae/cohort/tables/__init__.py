"""Analysts' own tables: reading them as they stand, drafting a schema for them, and checking them against it."""

from retina_vae.cohort.tables.raw import RawTable
from retina_vae.cohort.tables.read import read_raw_table

__all__ = ["RawTable", "read_raw_table"]
