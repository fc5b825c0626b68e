"""First stage: the patients, simulated or read from a table, and what their columns are."""

from typing import TYPE_CHECKING, Any

from retina_vae.cohort.encoding import Encoding, fit_encoding
from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.cohort.table import read_cohort, read_patients, read_schema, validate_patients

if TYPE_CHECKING:
    from retina_vae.cohort.simulated import CohortDensity, Epidemiology, load_epidemiology, simulate
    from retina_vae.cohort.summary import summarize

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


def __getattr__(name: str) -> Any:
    """What loads SciPy's distributions, when it is asked for: most commands only read a cohort."""
    if name in __all__:
        from retina_vae.cohort import simulated, summary

        return getattr(summary if name == "summarize" else simulated, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
