"""Small cohorts of known structure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from retina_vae.cohort import CohortSchema, Column

FINDINGS = tuple(Column(name=name, label=name, kind="binary", categories=("no", "yes")) for name in "abcd")
NUMBERS = tuple(Column(name=name, label=name, kind="continuous") for name in ("x", "y", "z"))
MIXED = CohortSchema(identifier="id", columns=(*NUMBERS, *FINDINGS))


def table(numbers: np.ndarray, log_odds: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Three numbers, shape (n, 3), and four findings with these log-odds, shape (n, 4)."""
    yes = rng.random(log_odds.shape) < 1 / (1 + np.exp(-log_odds))
    frame = pd.DataFrame({"id": [f"P{row}" for row in range(len(numbers))]})
    frame = frame.assign(**dict(zip("xyz", numbers.T, strict=True)))
    return frame.assign(**{name: np.where(own, "yes", "no") for name, own in zip("abcd", yes.T, strict=True)})


def one_bell(n: int, seed: int = 1) -> pd.DataFrame:
    """One factor behind all columns."""
    rng = np.random.default_rng(seed)
    factor = rng.standard_normal((n, 1))
    return table(0.7 * factor + 0.7 * rng.standard_normal((n, 3)), np.tile(1.5 * factor, (1, 4)), rng)


def u_shape(n: int, seed: int = 1) -> pd.DataFrame:
    """Findings that are common at both ends of the first number, which is one bell."""
    rng = np.random.default_rng(seed)
    numbers = rng.standard_normal((n, 3))
    return table(numbers, np.tile(2 * numbers[:, :1] ** 2 - 2, (1, 4)), rng)


def two_classes(n: int, seed: int = 1, apart: float = 2.5) -> pd.DataFrame:
    """Two classes that differ in every column, which are independent within them."""
    rng = np.random.default_rng(seed)
    side = rng.choice([-1, 1], size=(n, 1))
    return table(0.5 * apart * side + rng.standard_normal((n, 3)), np.tile(apart * side, (1, 4)), rng)


def with_gaps(patients: pd.DataFrame, share: float = 0.2, seed: int = 9) -> pd.DataFrame:
    """The cohort with a share of all values missing."""
    rng, gaps = np.random.default_rng(seed), patients.copy()
    for name in [*"xyz", *"abcd"]:
        gaps[name] = gaps[name].astype(object).mask(rng.random(len(gaps)) < share)
    return gaps.astype(dict.fromkeys("xyz", "float64"))
