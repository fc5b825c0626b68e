"""The gate between a run and its readers: what is released of it, without small cells.

Stages write full tables. :func:`release_run` reads them and gives the released ones; nobody else knows how few patients
are few.
"""

from retina_vae.release.comparison import release_comparison
from retina_vae.release.gate import release_run

__all__ = ["release_comparison", "release_run"]
