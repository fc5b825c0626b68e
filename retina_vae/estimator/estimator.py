"""The engine as a scikit-learn estimator."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from retina_vae.errors import RefusedValueError
from retina_vae.estimator.cohort import given_frame, read_frame
from retina_vae.estimator.fitted import FittedModel, refused
from retina_vae.estimator.fitting import Fit, fit_cohort
from retina_vae.estimator.parameters import (
    configuration_of,
    threads_of,
)

if TYPE_CHECKING:
    from retina_vae.assign.trained import TrainedRun
    from retina_vae.config import Configuration
    from retina_vae.latent.impute import Imputer
    from retina_vae.weights import Weights

__all__ = ["RetinaVAE"]


class RetinaVAE(FittedModel, ClusterMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
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
        with refused():
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
