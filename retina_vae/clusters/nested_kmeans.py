"""K-means of the same points into 1, 2, .. clusters, where neighbouring numbers share their work.

The criteria on the codes need some thousand such series. Begun anew for every number, most of the time would go into
starts that the next number makes again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retina_vae.clusters.partitions import KMeansPartition

__all__ = ["lloyd", "nested_kmeans"]

_ROUGH, _FINE = 1e-2, 1e-4
_MOST_STEPS = 300
_SAME = 1e-5

FloatArray = NDArray[np.float64]
Single = NDArray[np.float32]


def nested_kmeans(points: FloatArray, k_max: int, starts: int, rng: np.random.Generator) -> list[KMeansPartition]:
    """Lloyd's k-means into 1, 2, .., ``k_max`` clusters, the best of several starts for each number.

    The first k centres of a greedy k-means++ start (Arthur and Vassilvitskii 2007) into ``k_max`` clusters are one into
    k, so every number begins from the same ``starts`` of them; it begins also from the partition into k - 1 with one
    centre more, which is drawn in the same way (Likas, Vlassis and Verbeek 2003 try every point). Starts go on until
    the squared shift of all centres is below 0.01 of the mean variance of a dimension, and the best of them until it is
    below 0.0001, where scikit-learn ends too.

    Args:
        points: Shape (points, d), at least ``k_max`` of them.
        k_max: Largest number of clusters.
        starts: Number of k-means++ starts.
        rng: The starts' stream.

    Returns:
        The partitions in the order of their numbers.
    """
    cloud = _Cloud(points, k_max)
    begun = [cloud.extended(cloud.drawn_point(rng), k_max, rng) for _ in range(starts)]
    found: list[Single] = []
    for k in range(1, k_max + 1):
        tried = [start[:k] for start in begun]
        if found:
            tried.append(cloud.extended(found[-1], k, rng))
        best, _ = min((cloud.lloyd(centers, _ROUGH) for centers in tried), key=lambda pair: pair[1])
        found.append(cloud.lloyd(best, _FINE)[0])
    return [cloud.partition(centers) for centers in found]


def lloyd(points: FloatArray, centers: FloatArray) -> KMeansPartition:
    """Lloyd's k-means from one start.

    Args:
        points: Shape (points, d).
        centers: The start, shape (k, d).
    """
    cloud = _Cloud(points, len(centers))
    return cloud.partition(cloud.lloyd((centers - cloud.mean).astype(np.float32), _FINE)[0])


class _Cloud:
    """Points around their mean, and the memory in which k-means of them works.

    A point is nearest to the centre c with the smallest |c|^2 - 2 c x: the product of rows (-2 c, |c|^2) with columns
    (x, 1). The matrix of memberships times the rows (x, 1) has the sums and the sizes of the clusters. Both are left to
    the linear algebra library, in memory that is taken once, and in single precision: a point is given to a centre that
    is not the nearest only where two are equally near to a millionth of its squared distance from the mean. The
    partition that comes of it is measured in double precision. Centres are those of the centred points.
    """

    def __init__(self, points: FloatArray, k_max: int) -> None:
        count, self.dims = points.shape
        self.mean = points.mean(axis=0)
        self.centered = points - self.mean
        self.rows = np.concatenate([self.centered, np.ones((count, 1))], axis=1, dtype=np.float32)
        self.columns = np.ascontiguousarray(self.rows.T)
        self.squares = np.square(self.columns[:-1]).sum(axis=0)
        self.total = float(self.squares.sum(dtype=np.float64))
        self.candidates = 2 + int(np.log(k_max))
        self._distances = np.empty((max(k_max, self.candidates), count), np.float32)
        self._members = np.empty((k_max, count), np.float32)
        self._equal = np.empty((k_max, count), np.bool_)
        self._nearest = np.empty(count, np.float32)

    def drawn_point(self, rng: np.random.Generator) -> Single:
        """One of the points as a first centre, shape (1, d)."""
        return self.rows[[rng.integers(len(self.rows))], :-1]

    def extended(self, centers: Single, k: int, rng: np.random.Generator) -> Single:
        """Draw more centres by greedy k-means++ until there are k.

        Candidates are drawn with probabilities in proportion to their squared distance from the nearest centre; of
        2 + log k_max of them the one that leaves the smallest sum is taken.
        """
        # A centre's distance from itself is 0 up to rounding, and it must not be drawn again.
        least = _SAME * self.squares
        near = self._to_centers(centers).min(axis=0) + self.squares
        more = [centers]
        for _ in range(len(centers), k):
            near[near <= least] = 0
            levels = np.cumsum(near, dtype=np.float64)
            places = np.searchsorted(levels, rng.random(self.candidates) * levels[-1], side="right")
            drawn = self.rows[np.minimum(places, len(near) - 1), :-1]
            left = self._to_centers(drawn)
            left += self.squares
            np.minimum(left, near, out=left)
            best = left.sum(axis=1).argmin()
            near = left[best].copy()
            more.append(drawn[[best]])
        return np.concatenate(more)

    def lloyd(self, centers: Single, tolerance: float) -> tuple[Single, float]:
        """Move every centre to the mean of the points nearest to it until little moves.

        Args:
            centers: The start, shape (k, d).
            tolerance: Squared shift of all centres at which it ends, as a share of the mean variance of a dimension.

        Returns:
            The centres, and the sum of squared distances before the last step.
        """
        least = tolerance * self.total / self.centered.size
        members, equal = self._members[: len(centers)], self._equal[: len(centers)]
        for _ in range(_MOST_STEPS):
            distances = self._to_centers(centers)
            np.min(distances, axis=0, out=self._nearest)
            np.equal(distances, self._nearest, out=equal)
            np.copyto(members, equal)
            sums = members @ self.rows
            moved = sums[:, :-1] / np.maximum(sums[:, -1:], 1)
            if not sums[:, -1].all():
                self._refill(moved, sums[:, -1] == 0, centers)
            shift, centers = moved - centers, moved
            if np.vdot(shift, shift) <= least:
                break
        return centers, float(self._nearest.sum(dtype=np.float64)) + self.total

    def partition(self, centers: Single) -> KMeansPartition:
        """The partition by these centres, which gives the points their place where they were before."""
        labels, exact = self._to_centers(centers).argmin(axis=0), centers.astype(np.float64)
        within = np.square(self.centered - exact[labels]).sum()
        return KMeansPartition(exact + self.mean, within_ss=float(within))

    def _to_centers(self, centers: Single) -> Single:
        """|x - c|^2 - |x|^2 of every centre and point, shape (k, points); the memory is used again."""
        law = np.concatenate([-2 * centers, np.square(centers).sum(axis=1, keepdims=True)], axis=1)
        return np.matmul(law, self.columns, out=self._distances[: len(centers)])

    def _refill(self, moved: Single, empty: NDArray[np.bool_], before: Single) -> None:
        """Move centres without points to the points that are farthest from theirs; leave them if none is far."""
        far = self._nearest + self.squares
        farthest = np.argsort(-far, kind="stable")[: empty.sum()]
        some = far[farthest] > _SAME * self.squares[farthest]
        moved[empty] = np.where(some[:, None], self.rows[farthest, :-1], before[empty])
