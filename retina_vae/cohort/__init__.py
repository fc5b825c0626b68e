"""First stage: the patients, simulated from epidemiology or read from the published arrays."""

from retina_vae.cohort.density import CohortDensity
from retina_vae.cohort.encoding import Encoding, fit_encoding
from retina_vae.cohort.epidemiology import Epidemiology, load_epidemiology
from retina_vae.cohort.published import read_published
from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.cohort.simulate import simulate
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
    "read_published",
    "read_schema",
    "simulate",
    "summarize",
    "validate_patients",
]
