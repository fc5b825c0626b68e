"""Where the fitting starts: guesses of the patients' classes and latent values, from the data alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from retina_vae.clusters.latent_structure.designs import Design
from retina_vae.clusters.latent_structure.measurements import Measurements, standardized
from retina_vae.clusters.partitions import KMeansPartition

__all__ = ["starts"]

FloatArray = NDArray[np.float64]
SingleArray = NDArray[np.float32]

_WIDTH = 0.6
"""Standard deviation of a patient's guessed latent value about the truth."""

_STARTS, _SINGLE_SCORES = 2, 4
_DIGITS = 9
"""Points that are equal to these decimals are one point to k-means."""


def starts(measurements: Measurements, design: Design, seed: int) -> Iterator[SingleArray]:
    """Responsibilities, shape (M, patients), to start from.

    Classes start from k-means: on the features, on these and the squares of the scores, and, where a factor is to tie
    the columns within the classes, on the features without their first principal component, along which that factor may
    have stretched the classes. A latent dimension starts from principal components of the same two sets of features,
    and from single scores.

    Args:
        measurements: Of the patients.
        design: What is fitted.
        seed: Of k-means.
    """
    plain, bent = _features(measurements)
    if design.groups > 1:
        yield from _classes(plain, bent, design, seed)
    else:
        one = np.ones((measurements.patients, 1))
        for points in _latent_guesses(plain, bent, measurements, design):
            yield _responsibilities(design, one, points)


def _classes(plain: FloatArray, bent: FloatArray, design: Design, seed: int) -> Iterator[SingleArray]:
    scores = _components(plain, 1)
    spaces = [plain, bent, *([_without_first(plain)] if design.dimensions else [])]
    for number, points in enumerate(spaces):
        member = np.eye(design.groups)[_labels(points, design.groups, seed + number)]
        # k-means is sure of every patient; a class must be able to give patients away.
        yield _responsibilities(design, 0.8 * member + 0.2 / design.groups, _within(scores, member))


def _labels(points: FloatArray, groups: int, seed: int) -> NDArray[np.intp]:
    """The cluster of every patient by k-means: as many clusters as groups, or as there are different points."""
    rest, different = points.round(_DIGITS), 0
    while len(rest) and different < groups:
        rest, different = rest[(rest != rest[0]).any(axis=1)], different + 1
    if different < 2:
        return np.zeros(len(points), dtype=np.intp)
    return KMeansPartition.fit(points, different, _STARTS, seed).predict(points).astype(np.intp)


def _latent_guesses(
    plain: FloatArray, bent: FloatArray, measurements: Measurements, design: Design
) -> Iterator[FloatArray]:
    """Values of the latent dimensions, shape (patients, dimensions or more)."""
    straight, curved = _components(plain, 3), _components(bent, 3)
    yield straight
    if design.family == "bell":
        return
    yield curved
    for column in measurements.scores.values.T[:_SINGLE_SCORES]:
        yield np.column_stack([column, straight[:, 0]])
    if design.dimensions > 1:
        yield np.column_stack([straight[:, 0], curved[:, 0]])


def _responsibilities(design: Design, member: FloatArray, points: FloatArray) -> SingleArray:
    """Each patient's class times how near each node of the latent dimensions is, shape (M, patients)."""
    near = member.T[design.group].astype(np.float32)
    if design.dimensions:
        distance = sum((points[:, axis] - design.nodes[:, axis, None]) ** 2 for axis in range(design.dimensions))
        near *= np.exp(-0.5 * distance / _WIDTH**2 + design.log_weight[:, None])
    return near / np.maximum(near.sum(axis=0), np.float32(1e-30))


def _features(measurements: Measurements) -> tuple[FloatArray, FloatArray]:
    """Standardised indicators and scores, and the same with the squares of the scores."""
    parts = [block.values.reshape(measurements.patients, -1) for block in measurements.categories]
    values = measurements.scores.values
    plain = standardized(np.concatenate([*parts, values], axis=1))
    return plain, standardized(np.concatenate([*parts, values, values**2], axis=1))


def _components(values: FloatArray, number: int) -> FloatArray:
    """Principal components as normal scores, shape (patients, number); 0 where there are fewer."""
    vectors = np.linalg.eigh(values.T @ values)[1][:, ::-1][:, :number]
    points = np.zeros((len(values), number))
    for place, own in enumerate((values @ vectors).T):
        points[:, place] = ndtri((rankdata(own) - 0.5) / len(own))
    return points


def _within(scores: FloatArray, member: FloatArray) -> FloatArray:
    """Scores less the means of their classes, standardised."""
    centres = (member.T @ scores) / np.maximum(member.sum(axis=0)[:, None], 1)
    return standardized(scores - member @ centres)


def _without_first(values: FloatArray) -> FloatArray:
    """The features less their first principal component."""
    vector = np.linalg.eigh(values.T @ values)[1][:, -1:]
    return values - (values @ vector) @ vector.T
