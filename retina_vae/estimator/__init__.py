"""The workflow's steps for a program: a scikit-learn estimator, and finished runs as objects.

``parameters`` makes a configuration of the estimator's parameters, ``cohort`` patients of what is given to ``fit``,
``fitting`` goes through the chain in memory, ``scoring`` does what ``retina-vae assign`` does, ``finished`` opens a
run.
"""

from retina_vae.estimator.estimator import RetinaVAE
from retina_vae.estimator.finished import FinishedRun, ReleasedTables, load_run

__all__ = ["FinishedRun", "ReleasedTables", "RetinaVAE", "load_run"]
