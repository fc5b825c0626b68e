"""Latent clustering of clinical cohorts with variational autoencoders.

The package is a chain of five stages, each a subpackage of the same name:
``cohort`` -> ``vae`` -> ``latent`` -> ``clusters`` -> ``report``. They know no particular patients: what belongs to one
study and to nothing else stands in ``studies``, where the chain finds it by its name.
"""

from importlib.metadata import version

__version__ = version("retina_vae")
