"""First stage: the patients, simulated or read from a table, and what their columns are."""

from retina_vae.cohort.encoding import Encoding, fit_encoding
from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.cohort.simulated import CohortDensity, Epidemiology, load_epidemiology, simulate
from retina_vae.cohort.summary import summarize
from retina_vae.cohort.table import read_cohort, read_patients, read_schema, validate_patients

__all__ = [
    "CohortDensity",
    "CohortSchema",
    "Column",
    "Encoding",
    "Epidemiology",
    "fit_encoding",
    "load_epidemiology",
    "read_cohort",
    "read_patients",
    "read_schema",
    "simulate",
    "summarize",
    "validate_patients",
]
