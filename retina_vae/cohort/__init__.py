"""First stage: the patients, simulated from epidemiology or read from the published arrays."""

from retina_vae.cohort.encoding import Scaling, encode, fit_scaling
from retina_vae.cohort.epidemiology import Epidemiology, load_epidemiology
from retina_vae.cohort.published import read_published
from retina_vae.cohort.schema import MACULAR, CohortSchema, Column
from retina_vae.cohort.simulate import simulate
from retina_vae.cohort.summary import summarize
from retina_vae.cohort.table import read_patients, read_schema, validate_patients

__all__ = [
    "MACULAR",
    "CohortSchema",
    "Column",
    "Epidemiology",
    "Scaling",
    "encode",
    "fit_scaling",
    "load_epidemiology",
    "read_patients",
    "read_published",
    "read_schema",
    "simulate",
    "summarize",
    "validate_patients",
]
