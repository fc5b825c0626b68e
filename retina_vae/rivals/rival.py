"""What a simpler method must be able to do to stand beside a run's clusters."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from retina_vae.cohort import CohortSchema

__all__ = ["Fitted", "FloatArray", "Labels", "Rival", "Starts", "quiet"]

FloatArray = NDArray[np.float64]
Labels = NDArray[np.int64]


class Starts(NamedTuple):
    """From how many starts a method is fitted, and their seed."""

    number: int
    seed: int


class Fitted(ABC):
    """A method that was fitted to patients."""

    @abstractmethod
    def labels(self, patients: pd.DataFrame) -> Labels:
        """0-based group of each patient, shape (patients,)."""

    def log_density(self, patients: pd.DataFrame) -> FloatArray | None:
        """log p(x) of the observed inputs of each patient, shape (patients,); None of a method that has no density.

        In nats, per unit of the columns that are measured: what a model of the same inputs says can be compared.
        """
        return None


class Rival(ABC):
    """A simpler method: one module, and one registration in ``RIVALS`` of the package.

    Attributes:
        name: As the configuration and the tables call it.
        words: As a sentence begins with it, in the plural.
        package: The package that it needs beside those of the engine, as pip calls it; empty where it needs none.
    """

    name: ClassVar[str]
    words: ClassVar[str]
    package: ClassVar[str] = ""

    @property
    def missing(self) -> bool:
        """Whether the package that it needs is not installed."""
        from importlib.util import find_spec

        return bool(self.package) and find_spec(self.package) is None

    def number(self, patients: pd.DataFrame, schema: CohortSchema, k: int, starts: Starts) -> int:
        """How many groups it makes where the run has ``k`` clusters: as many, if it does not find a number itself."""
        return k

    @abstractmethod
    def fit(self, patients: pd.DataFrame, schema: CohortSchema, k: int, starts: Starts) -> Fitted:
        """Fit ``k`` groups to the inputs of the patients."""


@contextmanager
def quiet() -> Iterator[None]:
    """Without the warnings of fits that are no fault here; around all threads, which share what is warned of."""
    with warnings.catch_warnings():
        # A start of the EM algorithm that creeps on after 1,000 steps is as good as one that has converged, and there
        # may be fewer kinds of patients than clusters.
        warnings.simplefilter("ignore", ConvergenceWarning)
        # Of the starts the likeliest is kept, which none is whose class has no patients.
        warnings.simplefilter("ignore", RuntimeWarning)
        yield
