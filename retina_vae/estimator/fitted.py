"""What a fitted model says of patients beside scikit-learn's own questions: in words, in samples, in gaps filled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from retina_vae.assign.conformal import q_values
from retina_vae.assign.discoveries import P_VALUE, Q_VALUE, Q_VALUE_DIGITS
from retina_vae.assign.explain import Explainer
from retina_vae.assign.run import UNLIKE_BELOW, Explanation, ScoredPatients, Summary, assign_patients
from retina_vae.errors import ConfigurationError, InputError, RefusedValueError
from retina_vae.estimator.cohort import given_frame
from retina_vae.estimator.fitting import torch_threads
from retina_vae.estimator.parameters import (
    require_interval,
    require_patients,
    require_percentile,
    seed_of,
    threads_of,
)
from retina_vae.estimator.scoring import new_patients, score_frame, sureness_of
from retina_vae.latent.generate import generate

if TYPE_CHECKING:
    from retina_vae.assign.sureness import Sureness
    from retina_vae.assign.trained import TrainedRun
    from retina_vae.config import Configuration
    from retina_vae.latent.impute import Imputer
    from retina_vae.weights import Weights

__all__ = ["FittedModel", "refused"]


class FittedModel:
    """A model that was fitted, or opened from a finished run: the questions that are not scikit-learn's."""

    n_jobs: int | None
    _columns: list[str]
    _named: bool
    _numbered: bool

    def explain(self, X: Any, named: int = 3) -> pd.DataFrame:  # noqa: N803
        """What speaks for each patient's cluster against the next one: the columns that ``assign --explain`` adds.

        Args:
            X: As in ``predict``.
            named: How many columns for the cluster, and how many against it, the text names.

        Raises:
            RefusedValueError: As ``predict``, the model has no density, or there is one cluster alone.
        """
        frame, run = self._frame(X), self._run
        with refused(), torch_threads(1):
            explanation = Explanation(Explainer.of(run.scorer, "explain"), named)
            patients = new_patients(run, frame, numbered=self._numbered)
            scored = self._scored(X)
            threads = threads_of(self.n_jobs)
            return explanation.of(patients, scored.features, scored.scores.cluster, threads).set_index(frame.index)

    def sample(self, n_samples: int = 1, random_state: Any = None) -> pd.DataFrame:
        """New patients: codes from the prior, then values from p(x | z), in the words and units of the table.

        Args:
            n_samples: How many, at least 1.
            random_state: The same number gives the same patients; the seed of the codes without one.

        Raises:
            RefusedValueError: An argument is none of these, the likelihood is not typed, or the bounds of the schema
                refuse nearly all draws.
        """
        check_is_fitted(self)
        run = self._run
        with refused(), torch_threads(1):
            require_patients(n_samples)
            asked = seed_of(random_state)
            seed = self.configuration_.latent.seed if asked is None else asked
            made = generate(run.scorer.model, run.scorer.description, run.schema, int(n_samples), seed)
        return made.patients.drop(columns=run.schema.identifier)

    def impute(
        self,
        X: Any,  # noqa: N803
        interval: float | None = None,
    ) -> pd.DataFrame | tuple[pd.DataFrame, pd.DataFrame]:
        """The columns that the model reads, with a value in every gap, under all replicas of the fit.

        A number is its mean, a grade the median, another category the most probable one, given what the patient has.
        Only columns of which patients of the fit had gaps may have gaps.

        Args:
            X: As in ``predict``.
            interval: Return intervals, too, which hold the value with this probability, such as 0.9.

        Returns:
            The table without gaps; with ``interval`` also a table with ``<column> (low)`` and ``<column> (high)`` of
            numbers and grades, ``<column> (probability)`` (of the category filled in) and ``<column> (set)`` (the
            smallest set of categories that is as probable as the interval) of other columns that have gaps in ``X``,
            empty where nothing was filled in.

        Raises:
            RefusedValueError: As ``predict``, the likelihood is not typed, or ``interval`` is no probability.
        """
        frame, run = self._frame(X), self._run
        with refused(), torch_threads(1):
            require_interval(interval)
            patients = new_patients(run, frame, numbered=self._numbered)
            filled = self._imputer.fill(patients, interval or 0.9)
        values = filled.patients.set_index(frame.index)
        return values if interval is None else (values, filled.intervals().set_index(frame.index))

    def assign(
        self,
        X: Any,  # noqa: N803
        unlike_below: float = UNLIKE_BELOW,
        sure: bool = False,
    ) -> pd.DataFrame:
        """The table that ``retina-vae assign`` writes: clusters from 1, probabilities, codes, how typical each is.

        Args:
            X: As in ``predict``.
            unlike_below: p-value in per cent, from 0 to 100, up to which a patient is flagged as unlike the cohort: how
                many in a hundred patients like the cohort are flagged.
            sure: Say also how sure the model is of each patient, in ``disagreement`` and ``sure``, as ``assign --sure``
                does: by the replicas of the fit, or by what ``vae.weights`` of a finished run names.

        Raises:
            RefusedValueError: As ``predict``, ``unlike_below`` is not from 0 to 100, or ``sure`` is asked of a
                model without a density or with one weight alone.
        """
        frame, run = self._frame(X), self._run
        with refused(), torch_threads(1):
            require_percentile(unlike_below)
            patients = new_patients(run, frame, numbered=self._numbered)
            as_new = self._numbered or run.schema.identifier not in frame.columns
            threads = threads_of(self.n_jobs)
            sureness = self._sureness(threads) if sure else None
            table, _ = assign_patients(run, patients, unlike_below, threads, as_new, Summary(), sureness=sureness)
            table[Q_VALUE] = np.round(q_values(table[P_VALUE].to_numpy()), Q_VALUE_DIGITS)
        return (table.drop(columns=run.schema.identifier) if self._numbered else table).set_index(frame.index)

    def _frame(self, X: Any) -> pd.DataFrame:  # noqa: N803
        """What was given after the fit, as a data frame with the columns of the fit."""
        check_is_fitted(self)
        return given_frame(self, X, self._columns, named=self._named)

    def _scored(self, X: Any) -> ScoredPatients:  # noqa: N803
        frame = self._frame(X)
        with refused():
            return score_frame(self._run, frame, threads_of(self.n_jobs), numbered=self._numbered)

    def _sureness(self, threads: int) -> Sureness:
        """How sure the model is, which is found once."""
        if not self._known_sureness:
            weights = self.configuration_.vae.weights
            self._known_sureness.append(sureness_of(self._run, self._imputer, weights, self._samples, threads))
        return self._known_sureness[0]

    def _open(
        self,
        run: TrainedRun,
        imputer: Imputer,
        settings: Configuration,
        reported: int,
        samples: Weights | None = None,
    ) -> None:
        """Set what new patients are assigned with, and what fills their gaps."""
        self._run, self._imputer, self.configuration_, self.replica_ = run, imputer, settings, reported
        self._samples = samples
        self._known_sureness: list[Sureness] = []
        self.schema_ = run.table_schema or run.schema.to_table_schema()
        self.labels_, self.codes_ = run.known.scores.cluster, run.known.scores.mean
        self.n_clusters_, self.cluster_centers_ = settings.clusters.number, run.scorer.partition.centers


@contextmanager
def refused() -> Iterator[None]:
    """Say what the engine refuses by an error that callers of scikit-learn expect."""
    try:
        yield
    except (ConfigurationError, InputError) as error:
        raise RefusedValueError(str(error)) from None
