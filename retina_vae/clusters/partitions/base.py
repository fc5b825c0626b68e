"""What a clustering of codes is: a law that divides the latent space, whichever points it was found from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.clusters.membership import Membership, membership_of_draws
from retina_vae.errors import ConfigurationError

__all__ = ["Partition", "Words"]

FloatArray = NDArray[np.float64]
Points = NDArray[np.floating[Any]]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Words:
    """How a report speaks of a kind of partition.

    Attributes:
        name: What it is called: "k-means".
        finder: The same as the subject of a sentence: "k-means finds".
        probability: What the probability of a cluster is, said of "the code's distribution".
        doubted: What a patient without a sure cluster is in doubt about.
        at_mean: Both of a partition that is asked about mean codes alone.
    """

    name: str
    finder: str
    probability: str
    doubted: str
    at_mean: tuple[str, str] = ("", "")

    def of_means(self) -> Words:
        """The words for a partition that is asked about mean codes alone."""
        probability, doubted = self.at_mean
        return replace(self, probability=probability, doubted=doubted)


@dataclass(frozen=True, eq=False)
class Partition(ABC):
    """A division of the d-dimensional latent space among k clusters, which are counted from 0.

    Points have the shape (..., d), in any order and number; what is said of them has the same leading shape.

    Attributes:
        centers: The clusters' centres, shape (k, d).
        within_ss: Sum of the squared distances of the points that it was found from to their clusters' centres; not a
            number for one that was read from a table.
    """

    centers: FloatArray
    within_ss: float = field(default=float("nan"), kw_only=True)

    method: ClassVar[str]
    """What ``clusters.method`` calls it."""
    divides_space: ClassVar[bool]
    """Whether its clusters are parts of the space, wherever the points lie that it was found from.

    If not, they are clouds of those points and mean nothing elsewhere: found from mean codes, they are asked about mean
    codes alone.
    """
    words: ClassVar[Words]
    parameters: ClassVar[tuple[str, ...]]
    """The fields that have a row per cluster."""

    @classmethod
    def knows_means_alone(cls, on_means: bool) -> bool:
        """Whether one that was found from mean codes, or from draws, has to be asked about mean codes."""
        return on_means and not cls.divides_space

    @classmethod
    @abstractmethod
    def fit(cls, points: Points, k: int, n_init: int, seed: int) -> Self:
        """Find k clusters of points.

        Args:
            points: Shape (points, d).
            k: Number of clusters.
            n_init: Number of starts; the best is kept.
            seed: Seed of the starts.

        Raises:
            ConfigurationError: There are fewer points than clusters.
        """

    @abstractmethod
    def predict(self, points: Points) -> Labels:
        """The cluster of each point, in double precision; of equals the first."""

    @abstractmethod
    def probabilities(self, points: Points) -> Points:
        """The probability of each cluster at each point, shape (..., k), in the precision of the points.

        The memory lies cluster by cluster, so that ``moveaxis(probabilities, -1, 0)`` is contiguous.
        """

    @abstractmethod
    def most_probable(self, draws: Points) -> Labels:
        """The cluster of each patient whose code is drawn: that with the largest mean probability over the draws.

        Args:
            draws: Shape (draws, patients, d).

        Returns:
            Shape (patients,); of equals the first.
        """

    def membership(self, draws: Points, labels: Labels | None = None) -> Membership:
        """The cluster of each patient, and the share of the patient's draws whose cluster it is.

        Args:
            draws: Shape (draws, patients, d).
            labels: The patients' clusters where something else than the draws decides them, shape (patients,).
        """
        chosen = self.most_probable(draws) if labels is None else labels
        return membership_of_draws(self.predict(draws), len(self.centers), chosen)

    @abstractmethod
    def law(self) -> dict[str, NDArray[np.floating[Any]]]:
        """The numbers that a page in a browser computes :meth:`probabilities` with, by name."""

    def renumbered(self, numbers: Labels) -> Self:
        """The same partition with cluster i called ``numbers[i]``."""
        order = np.argsort(numbers)
        return replace(self, **{name: getattr(self, name)[order] for name in self.parameters})

    def to_table(self) -> pd.DataFrame:
        """One row per cluster: ``cluster`` (from 1), ``z_1 ..``, and what else the kind of partition has."""
        coordinates = {f"z_{j}": column for j, column in enumerate(self.centers.T, start=1)}
        return pd.DataFrame({"cluster": np.arange(1, len(self.centers) + 1)} | coordinates)

    @classmethod
    @abstractmethod
    def from_table(cls, table: pd.DataFrame, latent_dim: int) -> Self:
        """The partition that :meth:`to_table` wrote, in the order of the rows.

        Raises:
            ValueError: A column is missing or holds what no such partition has; the message says what was expected.
        """


def centers_of(table: pd.DataFrame, latent_dim: int) -> FloatArray:
    """The centres in a table that :meth:`Partition.to_table` wrote, shape (k, d).

    Raises:
        ValueError: One is missing, or holds anything but finite numbers.
    """
    return columns_of(table, [f"z_{j}" for j in range(1, latent_dim + 1)])


def columns_of(table: pd.DataFrame, names: list[str]) -> FloatArray:
    """Columns as an array of shape (rows, columns).

    Raises:
        ValueError: One is missing, or holds anything but finite numbers.
    """
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise ValueError(f"expected the columns {names}, got none called {missing}")
    try:
        values = table[names].to_numpy(dtype=np.float64)
    except (TypeError, ValueError):
        values = np.array([np.nan])
    if not np.isfinite(values).all():
        raise ValueError(f"expected finite numbers in the columns {names}, got others")
    return values


def require_points(points: Points, k: int) -> None:
    """Check that there are at least as many points as clusters.

    Raises:
        ConfigurationError: There are fewer.
    """
    if len(points) < k:
        raise ConfigurationError(f"clusters.k: expected at most the {len(points)} points to cluster, got {k}.")


def by_points(rows: Points, points: Points) -> Points:
    """Numbers of shape (k, all points) as a view of the shape (..., k), for points of the shape (..., d)."""
    return np.moveaxis(rows.reshape(len(rows), *points.shape[:-1]), 0, -1)
