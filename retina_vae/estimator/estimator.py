"""The engine as a scikit-learn estimator."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from retina_vae.assign.conformal import q_values
from retina_vae.assign.discoveries import P_VALUE, Q_VALUE, Q_VALUE_DIGITS
from retina_vae.assign.explain import Explainer
from retina_vae.assign.run import UNLIKE_BELOW, Explanation, ScoredPatients, Summary, assign_patients
from retina_vae.errors import ConfigurationError, InputError, RefusedValueError
from retina_vae.estimator.cohort import given_frame, read_frame
from retina_vae.estimator.fitting import Fit, fit_cohort, torch_threads
from retina_vae.estimator.parameters import (
    configuration_of,
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

__all__ = ["RetinaVAE"]


class RetinaVAE(ClusterMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Clusters of a mixed table of patients, found in the codes of variational autoencoders.

    A fit goes through the steps of the workflow and calls their functions: it reads the table by its schema, trains
    the model from several seeds, draws codes, clusters those of each replica, and reports the replica that agrees best
    with the others. It makes no report, and judges neither stability nor meaning: that is the workflow's.

    Clusters are counted from 0, as scikit-learn counts them: cluster 0 is the cluster 1 of a report.

    Args:
        n_clusters: How many; ``"auto"`` takes the number of groups that describes unseen patients best, and 1 where
            nothing goes beyond margins and correlations.
        schema: What the columns are: a Table Schema, as an object or the path of its file; None drafts it from the
            columns as ``retina-vae init`` does, and a mapping follows what you decide of single columns, such as
            ``{"grade": "ordinal", "died": "outcome", "visits": "held_out count", "mmse": "level of 30"}``. Every column
            of an array is a number on the whole line, unless a schema says otherwise.
        latent_dim: Dimensions of the codes; ``"auto"`` takes the fewest that describe unseen patients as well as the
            best, which costs the training of some models more.
        replicas: Models of different seeds.
        epochs: Passes over the cohort.
        likelihood: p(x | z): ``"typed"``, each column by its kind, or another of ``vae.likelihood``.
        method: ``"kmeans"`` or ``"gaussian_mixture"``.
        random_state: Seed of all streams. None keeps the seeds of the settings, which are fixed as well.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        n_jobs: CPU threads; None means one, -1 all.
        settings: All other keys of the sections ``vae``, ``latent``, ``latent_structure`` and ``clusters`` of a
            configuration, as ``{"vae": {"hidden_units": 64}}``; ``config/README.md`` explains them.
        verbose: Show progress on standard error.

    Attributes:
        labels_: Cluster of each patient of the fit, shape (patients,). ``predict`` asks the same model with another
            noise, and may differ for a patient on the border of two clusters.
        codes_: Posterior means of these patients under the reported replica, shape (patients, latent_dim).
        n_clusters_: Number of clusters.
        cluster_centers_: Their centres, shape (clusters, latent_dim).
        replica_: Number of the reported replica, from 1.
        agreement_: Adjusted Rand index of every pair of replicas: ``replica_a, replica_b, ari``.
        stability_: Of each cluster (from 1) its best match in the other replicas.
        history_: The objective of each replica, epoch by epoch.
        structure_: Groups, a continuum or neither, where ``n_clusters`` is ``"auto"``; else None.
        schema_: What the columns are, as a Table Schema.
        configuration_: What was asked for, every key spelled out.
        n_features_in_: Columns of the table.
        feature_names_in_: Their names, where it has names.
    """

    def __init__(
        self,
        n_clusters: int | str = "auto",
        *,
        schema: Any = None,
        latent_dim: int | str = "auto",
        replicas: int = 8,
        epochs: int = 400,
        likelihood: str = "typed",
        method: str = "kmeans",
        random_state: Any = None,
        device: str = "auto",
        n_jobs: int | None = None,
        settings: Any = None,
        verbose: bool = False,
    ) -> None:
        self.n_clusters = n_clusters
        self.schema = schema
        self.latent_dim = latent_dim
        self.replicas = replicas
        self.epochs = epochs
        self.likelihood = likelihood
        self.method = method
        self.random_state = random_state
        self.device = device
        self.n_jobs = n_jobs
        self.settings = settings
        self.verbose = verbose

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: N803
        """Find the clusters of a table.

        Args:
            X: One row per patient, a data frame, or an array of numbers in which NaN is a gap.
            y: Not looked at. An outcome is a column of that role in the table; the model never sees it.

        Raises:
            RefusedValueError: A parameter or the table is none that a run would take.
            NonFiniteLossError: The training diverges.
        """
        with _refused():
            settings = configuration_of(self.get_params(deep=False))
            frame = given_frame(self, X)
            self._columns: list[str] = frame.columns.tolist()
            self._named = isinstance(X, pd.DataFrame)
            cohort = read_frame(frame, self.schema, of_array=not self._named)
            for warning in cohort.table.warnings:
                warnings.warn(warning, stacklevel=2)
            found = fit_cohort(cohort.table, settings, threads_of(self.n_jobs), verbose=self.verbose)
        self._numbered = cohort.numbered
        return self._keep(found)

    def predict(self, X: Any) -> NDArray[np.int64]:  # noqa: N803
        """The cluster of each patient, from 0, shape (patients,).

        A patient's cluster depends on nobody else in the table. Where the schema has an identifier and the table that
        column, patients of the fit keep their clusters, as with ``retina-vae assign``.

        Args:
            X: The columns that the model reads, by name in any order; others are not looked at.

        Raises:
            RefusedValueError: A row holds what does not fit its column; the message names the row, from 1, and the
                column.
        """
        return self._scored(X).scores.cluster

    def predict_proba(self, X: Any) -> NDArray[np.float32]:  # noqa: N803
        """The probability of each cluster, integrated over the patient's code, shape (patients, clusters).

        Raises:
            RefusedValueError: As :meth:`predict`.
        """
        return self._scored(X).scores.probability

    def transform(self, X: Any) -> NDArray[np.float32]:  # noqa: N803
        """The mean of each patient's code, shape (patients, latent_dim).

        Raises:
            RefusedValueError: As :meth:`predict`.
        """
        return self._scored(X).scores.mean

    def score_samples(self, X: Any) -> NDArray[np.float32]:  # noqa: N803
        """The log-evidence log p(x) of each patient in nats, numbers in their units, shape (patients,).

        Raises:
            RefusedValueError: As :meth:`predict`, or the model has no density.
        """
        check_is_fitted(self)
        description = self._run.scorer.description
        if not description.has_density:
            raise RefusedValueError(
                "score_samples: expected a model with a density, which has likelihood 'typed' and a posterior that is "
                f"no point, got {description.likelihood!r} and {description.posterior!r}."
            )
        return self._scored(X).scores.log_evidence

    def score(self, X: Any, y: Any = None) -> float:  # noqa: N803
        """The mean log-evidence per patient, in nats.

        Raises:
            RefusedValueError: As :meth:`score_samples`.
        """
        return float(self.score_samples(X).mean(dtype=np.float64))

    def explain(self, X: Any, named: int = 3) -> pd.DataFrame:  # noqa: N803
        """What speaks for each patient's cluster against the next one: the columns that ``assign --explain`` adds.

        Args:
            X: As in :meth:`predict`.
            named: How many columns for the cluster, and how many against it, the text names.

        Raises:
            RefusedValueError: As :meth:`predict`, the model has no density, or there is one cluster alone.
        """
        frame, run = self._frame(X), self._run
        with _refused(), torch_threads(1):
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
        with _refused(), torch_threads(1):
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
            X: As in :meth:`predict`.
            interval: Return intervals, too, which hold the value with this probability, such as 0.9.

        Returns:
            The table without gaps; with ``interval`` also a table with ``<column> (low)`` and ``<column> (high)`` of
            numbers and grades, ``<column> (probability)`` (of the category filled in) and ``<column> (set)`` (the
            smallest set of categories that is as probable as the interval) of other columns that have gaps in ``X``,
            empty where nothing was filled in.

        Raises:
            RefusedValueError: As :meth:`predict`, the likelihood is not typed, or ``interval`` is no probability.
        """
        frame, run = self._frame(X), self._run
        with _refused(), torch_threads(1):
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
            X: As in :meth:`predict`.
            unlike_below: p-value in per cent, from 0 to 100, up to which a patient is flagged as unlike the cohort: how
                many in a hundred patients like the cohort are flagged.
            sure: Say also how sure the model is of each patient, in ``disagreement`` and ``sure``, as ``assign --sure``
                does: by the replicas of the fit, or by what ``vae.weights`` of a finished run names.

        Raises:
            RefusedValueError: As :meth:`predict`, ``unlike_below`` is not from 0 to 100, or ``sure`` is asked of a
                model without a density or with one weight alone.
        """
        frame, run = self._frame(X), self._run
        with _refused(), torch_threads(1):
            require_percentile(unlike_below)
            patients = new_patients(run, frame, numbered=self._numbered)
            as_new = self._numbered or run.schema.identifier not in frame.columns
            threads = threads_of(self.n_jobs)
            sureness = self._sureness(threads) if sure else None
            table, _ = assign_patients(run, patients, unlike_below, threads, as_new, Summary(), sureness=sureness)
            table[Q_VALUE] = np.round(q_values(table[P_VALUE].to_numpy()), Q_VALUE_DIGITS)
        return (table.drop(columns=run.schema.identifier) if self._numbered else table).set_index(frame.index)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Names of the dimensions of the codes: z_1, z_2, ..."""
        check_is_fitted(self)
        return np.array([f"z_{dim}" for dim in range(1, self._run.scorer.model.latent_dim + 1)], dtype=object)

    def __sklearn_tags__(self) -> Any:
        """Gaps are values, and codes are in single precision."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _frame(self, X: Any) -> pd.DataFrame:  # noqa: N803
        """What was given after the fit, as a data frame with the columns of the fit."""
        check_is_fitted(self)
        return given_frame(self, X, self._columns, named=self._named)

    def _scored(self, X: Any) -> ScoredPatients:  # noqa: N803
        frame = self._frame(X)
        with _refused():
            return score_frame(self._run, frame, threads_of(self.n_jobs), numbered=self._numbered)

    def _sureness(self, threads: int) -> Sureness:
        """How sure the model is, which is found once."""
        if not self._known_sureness:
            weights = self.configuration_.vae.weights
            self._known_sureness.append(sureness_of(self._run, self._imputer, weights, self._samples, threads))
        return self._known_sureness[0]

    def _keep(self, found: Fit) -> Self:
        """Set what a fit found."""
        self._open(found.run, found.imputer, found.settings, found.reported)
        self.agreement_, self.stability_ = found.clusters.agreement, found.clusters.stability
        self.history_, self.structure_ = found.history, found.structure
        return self

    def _opened(
        self, run: TrainedRun, imputer: Imputer, settings: Configuration, reported: int, samples: Weights | None
    ) -> Self:
        """The estimator as if it had been fitted to the cohort of a run, with the samples of its weights."""
        self._numbered, self._named = False, True
        self._open(run, imputer, settings, reported, samples)
        self.feature_names_in_ = np.array([column.name for column in run.schema.inputs], dtype=object)
        self.n_features_in_ = len(self.feature_names_in_)
        self._columns = [column.name for column in run.schema.inputs]
        return self

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
def _refused() -> Iterator[None]:
    """Say what the engine refuses by an error that callers of scikit-learn expect."""
    try:
        yield
    except (ConfigurationError, InputError) as error:
        raise RefusedValueError(str(error)) from None
