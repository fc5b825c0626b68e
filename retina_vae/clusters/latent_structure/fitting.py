"""Fitting a latent structure by expectation maximisation, and the log-density of patients under it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from retina_vae.clusters.latent_structure.designs import Design
from retina_vae.clusters.latent_structure.measurements import Measurements
from retina_vae.clusters.latent_structure.starts import starts

__all__ = ["Fit", "fit_from", "fit_structure", "log_density", "node_probabilities"]

FloatArray = NDArray[np.float64]
SingleArray = NDArray[np.float32]

SMALLEST_SCALE = 0.2
"""Of a score within a node, whose standard deviation over all patients is 1: no class shrinks onto patients alike."""

_HALF_LOG_TWO_PI = 0.5 * np.log(2 * np.pi)
_MOST_STEPS, _TRIAL_STEPS, _FEWEST_STEPS, _FIRST_STEPS = 150, 8, 5, 4
_TOLERANCE = 1e-5
_LARGEST_LOGIT_STEP, _LARGEST_SCALE_STEP = 3.0, 0.7
_LEAST_RIDGE = 1e-3
"""Of softmax coefficients, which are the same up to a constant, and of classes that lose all patients."""


@dataclass
class Fit:
    """A fitted design.

    Attributes:
        design: What was fitted.
        log_share: Log-probability of each class, shape (groups,).
        logits: Of each block of categories the coefficients, shape (columns, q, categories).
        means: Coefficients of the scores' means, shape (q, columns).
        log_scales: Coefficients of the scores' log-scales, shape (s, columns).
        log_likelihood: Mean per patient in nats, of each step.
    """

    design: Design
    log_share: FloatArray
    logits: list[FloatArray]
    means: FloatArray
    log_scales: FloatArray
    log_likelihood: list[float] = field(default_factory=list)

    def log_scale(self) -> FloatArray:
        """log s of every score at every node, shape (M, columns)."""
        return np.maximum(self.design.scale @ self.log_scales, np.log(SMALLEST_SCALE))

    def parameters(self) -> FloatArray:
        """Natural parameters at every node, in the order of the sufficient statistics, shape (M, width)."""
        nodes = len(self.design.mean)
        odds = [_log_softmax(self.design.mean @ logits).transpose(1, 0, 2).reshape(nodes, -1) for logits in self.logits]
        mean, log_scale = self.design.mean @ self.means, self.log_scale()
        precision = np.exp(-2 * log_scale)
        constant = -_HALF_LOG_TWO_PI - log_scale - 0.5 * mean**2 * precision
        return np.concatenate([*odds, constant, mean * precision, -0.5 * precision], axis=1)

    def log_prior(self) -> FloatArray:
        """Log-probability of every node, shape (M,)."""
        return self.log_share[self.design.group] + self.design.log_weight


def fit_structure(measurements: Measurements, design: Design, seed: int) -> Fit:
    """Fit a design from several starts: a few steps from each, then on from the likeliest.

    Args:
        measurements: Of the patients that it is fitted to.
        design: What is fitted.
        seed: Of the starts.
    """
    statistics, guesses = measurements.statistics(), list(starts(measurements, design, seed))
    if len(guesses) > 1:
        trials = [fit_from(measurements, design, guess, statistics, _TRIAL_STEPS) for guess in guesses]
        guesses = [guesses[int(np.argmax([trial.log_likelihood[-1] for trial in trials]))]]
    return fit_from(measurements, design, guesses[0], statistics, _MOST_STEPS)


def fit_from(
    measurements: Measurements, design: Design, responsibilities: SingleArray, statistics: SingleArray, steps: int
) -> Fit:
    """Generalised expectation maximisation (Dempster, Laird and Rubin 1977) of the penalised likelihood.

    The E step gives every patient's probability of each node. The M step takes one step of Newton or Fisher scoring per
    column, so that a step may fall short of the maximum. It ends where the mean log-likelihood rises by less than 1e-5.

    Args:
        measurements: Of the patients.
        design: What is fitted.
        responsibilities: Probability of each node of each patient to start from, shape (M, patients).
        statistics: ``measurements.statistics()``.
        steps: The most.
    """
    fit = _blank(measurements, design)
    for _ in range(_FIRST_STEPS):
        _maximise(fit, measurements, responsibilities, statistics)
    for _ in range(steps):
        joint = _joint(fit, statistics)
        fit.log_likelihood.append(float(_normalise(joint).mean(dtype=np.float64)))
        if len(fit.log_likelihood) > _FEWEST_STEPS and np.diff(fit.log_likelihood[-2:])[0] < _TOLERANCE:
            break
        _maximise(fit, measurements, joint, statistics)
    return fit


def log_density(fit: Fit, statistics: SingleArray) -> FloatArray:
    """log p(x) of every patient in nats, shape (patients,): of scores per standard deviation of the score."""
    return _normalise(_joint(fit, statistics)).astype(np.float64)


def node_probabilities(fit: Fit, statistics: SingleArray) -> SingleArray:
    """p(node | x) of every patient, shape (M, patients)."""
    joint = _joint(fit, statistics)
    _normalise(joint)
    return joint


def _joint(fit: Fit, statistics: SingleArray) -> SingleArray:
    """log p(x, node) of every patient, shape (M, patients): nodes first, since sums run over them."""
    joint: SingleArray = fit.parameters().astype(np.float32) @ statistics.T
    joint += fit.log_prior().astype(np.float32)[:, None]
    return joint


def _normalise(joint: SingleArray) -> SingleArray:
    """Turn log p(x, node) into p(node | x) in place, and return log p(x), shape (patients,)."""
    top = joint.max(axis=0)
    joint -= top
    np.exp(joint, out=joint)
    total = joint.sum(axis=0)
    joint /= total
    logs: SingleArray = top + np.log(total)
    return logs


def _blank(measurements: Measurements, design: Design) -> Fit:
    q, s, columns = design.mean.shape[1], design.scale.shape[1], measurements.scores.values.shape[1]
    logits = [np.zeros((block.values.shape[1], q, block.categories)) for block in measurements.categories]
    return Fit(
        design, np.full(design.groups, -np.log(design.groups)), logits, np.zeros((q, columns)), np.zeros((s, columns))
    )


def _maximise(fit: Fit, measurements: Measurements, responsibilities: SingleArray, statistics: SingleArray) -> None:
    """One step for every column, from the expected sufficient statistics of each node."""
    design, place = fit.design, 0
    sums = (responsibilities @ statistics).astype(np.float64)
    for index, block in enumerate(measurements.categories):
        columns, categories = block.values.shape[1:]
        counts = sums[:, place : place + columns * categories].reshape(-1, columns, categories).transpose(1, 0, 2)
        fit.logits[index] = _step_logits(design, fit.logits[index], counts)
        place += columns * categories
    if measurements.scores.values.shape[1]:
        _step_scores(fit, *np.split(sums[:, place:], 3, axis=1))
    if design.groups > 1:
        # One more patient in every class than there is keeps a class from vanishing.
        patients = np.bincount(design.group, responsibilities.sum(axis=1, dtype=np.float64), design.groups) + 1
        fit.log_share = np.log(patients / patients.sum())


def _step_logits(design: Design, logits: FloatArray, counts: FloatArray) -> FloatArray:
    """Newton's step of multinomial regressions on the nodes, for columns with the same number of categories.

    Args:
        design: Nodes.
        logits: Shape (columns, q, categories).
        counts: Expected patients, shape (columns, M, categories).
    """
    phi, totals, categories = design.mean, counts.sum(axis=2), logits.shape[2]
    probability = np.exp(_log_softmax(phi @ logits))
    gradient = phi.T @ (counts - totals[:, :, None] * probability) - design.ridge[:, None] * logits
    spread = probability[:, :, :, None] * (np.eye(categories) - probability[:, :, None, :])
    weight = (totals[:, :, None, None] * spread).transpose(0, 2, 3, 1).reshape(-1, len(phi))
    step = np.linalg.solve(
        _information(phi, weight, logits.shape) + np.diag(np.repeat(design.ridge + _LEAST_RIDGE, categories)),
        gradient.reshape(len(logits), -1, 1),
    ).reshape(logits.shape)
    # Far from the maximum Newton's step overshoots, so it is cut at a few units of log-odds.
    largest = np.abs(phi @ step).max(axis=(1, 2), keepdims=True)
    return np.asarray(logits + step * np.minimum(1, _LARGEST_LOGIT_STEP / np.maximum(largest, 1e-12)))


def _information(phi: FloatArray, weight: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """Sum over the nodes of weight times the products of phi and of categories, shape (columns, q c, q c)."""
    columns, q, categories = shape
    whole = (weight @ _products(phi)).reshape(columns, categories, categories, q, q)
    return whole.transpose(0, 3, 1, 4, 2).reshape(columns, q * categories, q * categories)


def _step_scores(fit: Fit, zero: FloatArray, one: FloatArray, two: FloatArray) -> None:
    """Weighted least squares for the means, then a step of Fisher scoring for the log-scales.

    Args:
        fit: What is changed.
        zero: Expected patients with the score at each node, shape (M, columns).
        one: Sum of their scores.
        two: Sum of the squares.
    """
    phi, psi = fit.design.mean, fit.design.scale
    precision = np.exp(-2 * fit.log_scale())
    fit.means = _solve(phi, zero * precision, fit.design.ridge, phi.T @ (one * precision))
    mean = phi @ fit.means
    # Of normal scores the expected squared error over the variance is the number of patients where the scale is right.
    error = np.maximum(two - 2 * mean * one + mean**2 * zero, 0) * precision
    gradient = psi.T @ (error - zero) - fit.design.scale_ridge[:, None] * fit.log_scales
    step = _solve(psi, 2 * zero, fit.design.scale_ridge, gradient)
    largest = np.abs(psi @ step).max(axis=0, keepdims=True)
    fit.log_scales = fit.log_scales + step * np.minimum(1, _LARGEST_SCALE_STEP / np.maximum(largest, 1e-12))


def _solve(phi: FloatArray, weight: FloatArray, ridge: FloatArray, right: FloatArray) -> FloatArray:
    """Solve (phi' diag(weight) phi + ridge) x = right for every column; ``right`` and the result are (q, columns)."""
    q = phi.shape[1]
    left = (weight.T @ _products(phi)).reshape(-1, q, q) + np.diag(ridge + _LEAST_RIDGE)
    return np.asarray(np.linalg.solve(left, right.T[:, :, None])[:, :, 0].T)


def _products(phi: FloatArray) -> FloatArray:
    """The products of every two columns of phi, shape (M, q q)."""
    return (phi[:, :, None] * phi[:, None, :]).reshape(len(phi), -1)


def _log_softmax(logits: FloatArray) -> FloatArray:
    top = logits.max(axis=-1, keepdims=True)
    return np.asarray(logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True)))
