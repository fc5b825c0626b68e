"""Latent clustering of clinical cohorts with variational autoencoders.

The package is a chain of five stages, each a subpackage of the same name:
``cohort`` -> ``vae`` -> ``latent`` -> ``clusters`` -> ``report``. They know no particular patients: what belongs to one
study and to nothing else stands in ``studies``, where the chain finds it by its name.

Programs need two names, :class:`~retina_vae.RetinaVAE` and :func:`~retina_vae.load_run`; they are loaded when they
are asked for, because they load torch.
"""

from importlib import import_module
from importlib.metadata import version
from typing import Any

__all__ = ["RetinaVAE", "__version__", "load_run"]

__version__ = version("retina_vae")

_INTERFACE = "retina_vae.estimator"


def __getattr__(name: str) -> Any:
    """What a program asks for. By a name that is computed, so that no command of the workflow is made of it."""
    if name in ("RetinaVAE", "load_run"):
        return getattr(import_module(_INTERFACE), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
