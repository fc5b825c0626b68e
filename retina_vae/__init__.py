"""Latent clustering of clinical cohorts with variational autoencoders.

The package is a chain of five stages, each a subpackage of the same name:
``cohort`` -> ``vae`` -> ``latent`` -> ``clusters`` -> ``report``. Beside the chain, ``studies.macular.audit``
holds a run against the paper that the project started from (Odaibo 2019, arXiv:1907.05195).
"""

from importlib.metadata import version

__version__ = version("retina_vae")
