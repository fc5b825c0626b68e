"""What a kind of column is: the one place for all that depends on it."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort.kinds import estimates
from retina_vae.cohort.kinds.estimates import Estimate
from retina_vae.cohort.kinds.numbers import taken_for_numbers

__all__ = ["FAR", "CategoricalKind", "Coding", "FloatArray", "Kind", "NumericKind"]

FAR = 5.0
"""Robust standard deviations from the median beyond which a number does not decide the scale of its column."""

FloatArray = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Coding(NamedTuple):
    """What turns values into features of about unit size: ``(transformed - center) / scale``."""

    center: float = 0.0
    scale: float = 1.0


class Kind(ABC):
    """A kind of column: how its values are checked, coded as numbers, read by a network and drawn back.

    A value's *code* is a number: the position of a category, or the number itself; NaN where it is not observed.
    *Features* are what a network reads, shape (patients, ``width``); the features of a value that is not observed are
    all NaN.

    Attributes:
        name: As in a schema.
        words: What it is, in a few words, for messages and documentation.
        numeric: Whether values are numbers, rather than categories.
        ordered: Whether a larger code means more of something, so that ranks say something.
        whole: Whether values are whole numbers.
        censorable: Whether a value may be known by a limit alone that it lies below or above.
        bounded: Whether every number lies between 0 and the maximum of its column, so that none lies far outside.
        picture: Name of the picture of such a column; the report draws it (``report/figures/distributions.py``).
    """

    name: ClassVar[str]
    words: ClassVar[str]
    numeric: ClassVar[bool]
    ordered: ClassVar[bool] = False
    whole: ClassVar[bool] = False
    censorable: ClassVar[bool] = False
    bounded: ClassVar[bool] = False
    picture: ClassVar[str]

    @abstractmethod
    def check_definition(
        self, categories: Sequence[str], finding: str | None, minimum: float | None, maximum: float | None
    ) -> None:
        """Raise ValueError where a column of this kind cannot be defined so."""

    @abstractmethod
    def expectation(
        self, categories: Sequence[str], minimum: float | None, maximum: float | None, unit: str | None
    ) -> str:
        """What a value must be, in words that follow "expected"."""

    @abstractmethod
    def codes(self, values: pd.Series, categories: Sequence[str]) -> FloatArray:
        """Code of each value, shape (patients,); NaN where it is missing or is none."""

    @abstractmethod
    def fits(self, codes: FloatArray, minimum: float | None, maximum: float | None) -> Mask:
        """Which codes are values of this kind within the bounds, shape (patients,); a missing one is not."""

    @abstractmethod
    def values(self, codes: FloatArray, categories: Sequence[str]) -> pd.Series:
        """The values with these codes."""

    @abstractmethod
    def summary(self, codes: FloatArray, categories: Sequence[str]) -> tuple[Estimate, ...]:
        """What a table says of values with these codes, all of them observed."""

    @abstractmethod
    def width(self, categories: Sequence[str]) -> int:
        """Number of features."""

    @abstractmethod
    def fit(self, codes: FloatArray, maximum: float | None = None) -> Coding:
        """The coding that gives observed codes features of about unit size, in a column with this maximum."""

    @abstractmethod
    def features(self, codes: FloatArray, coding: Coding, width: int) -> FloatArray:
        """What a network reads of these codes, shape (patients, width)."""

    @abstractmethod
    def from_features(self, features: FloatArray, coding: Coding) -> FloatArray:
        """The codes whose features, shape (patients, width), these are; the nearest where they are no features."""

    def log_jacobian(self, features: FloatArray, coding: Coding) -> FloatArray:
        """``log |d features / d value|`` of each patient in nats, shape (patients,).

        It turns a log-density per unit of the features into one per unit of the column. It is 0 for values that are
        counted, not measured; NaN counts as 0, because what is not observed has no density.
        """
        return np.zeros(len(features))

    @abstractmethod
    def described(self, categories: Sequence[str]) -> tuple[str, ...]:
        """The categories whose probabilities describe a distribution; one empty text for a number, its mean."""

    @abstractmethod
    def counted(self, categories: Sequence[str]) -> tuple[str, ...]:
        """Names of the groups of values whose patients are counted; none of a number whose values are all alike."""

    def counted_group(self, codes: FloatArray) -> FloatArray:
        """Position among :meth:`counted` of each code's group, shape (patients,); NaN where it is in none."""
        return codes

    def indicators(self, codes: FloatArray, categories: Sequence[str]) -> dict[str, FloatArray]:
        """Who is in each counted group, by its name: 1 for who is, 0 for the others, NaN for who is unknown."""
        groups, unknown = self.counted_group(codes), np.isnan(codes)
        return {name: np.where(unknown, np.nan, groups == place) for place, name in enumerate(self.counted(categories))}

    @abstractmethod
    def split_by(self, categories: Sequence[str]) -> tuple[str, ...]:
        """The categories that one yes-or-no feature each is about; one empty text for a number, its value.

        The feature of an ordered category says that the value is this category or a higher one.
        """

    def transform(self, codes: FloatArray) -> FloatArray:
        """The codes on the scale on which they are about as wide on either side of their middle."""
        return codes


class CategoricalKind(Kind):
    """Values are categories; a category's code is its position."""

    numeric = False

    def check_definition(
        self, categories: Sequence[str], finding: str | None, minimum: float | None, maximum: float | None
    ) -> None:
        """At least two categories, each once; no bounds; a finding only where a kind knows one."""
        if len(categories) < 2 or len(set(categories)) < len(categories):
            raise ValueError(f"expected two or more different categories of {self.words}, got {list(categories)}")
        if any(not category for category in categories):
            raise ValueError("expected categories that are no empty texts; an empty cell is a missing value")
        if (minimum, maximum) != (None, None):
            raise ValueError(f"expected no minimum and maximum of {self.words}, got {minimum} and {maximum}")
        if finding is not None:
            raise ValueError(f"expected no finding of {self.words}, got {finding!r}; only a binary column has one")

    def expectation(
        self, categories: Sequence[str], minimum: float | None, maximum: float | None, unit: str | None
    ) -> str:
        """One of the categories."""
        return f"one of {list(categories)}"

    def codes(self, values: pd.Series, categories: Sequence[str]) -> FloatArray:
        """Position of each category."""
        positions = pd.Index(list(categories)).get_indexer(pd.Index(values.astype(object)))
        return np.where(positions >= 0, positions, np.nan)

    def fits(self, codes: FloatArray, minimum: float | None, maximum: float | None) -> Mask:
        """Every position is a category."""
        return ~np.isnan(codes)

    def values(self, codes: FloatArray, categories: Sequence[str]) -> pd.Series:
        """The categories, as a categorical series."""
        positions = np.where(np.isnan(codes), -1, codes).astype(np.int64)
        return pd.Series(pd.Categorical.from_codes(positions, categories=pd.Index(categories)))

    def summary(self, codes: FloatArray, categories: Sequence[str]) -> tuple[Estimate, ...]:
        """The share of each category."""
        counts = np.bincount(codes.astype(np.intp), minlength=len(categories)).tolist()
        return tuple(
            estimates.share(f"share {category}", patients, len(codes))
            for category, patients in zip(categories, counts, strict=True)
        )

    def fit(self, codes: FloatArray, maximum: float | None = None) -> Coding:
        """Features are 0 or 1 already."""
        return Coding()

    def described(self, categories: Sequence[str]) -> tuple[str, ...]:
        """All categories."""
        return tuple(categories)

    def counted(self, categories: Sequence[str]) -> tuple[str, ...]:
        """All categories."""
        return tuple(categories)

    def split_by(self, categories: Sequence[str]) -> tuple[str, ...]:
        """All categories."""
        return tuple(categories)


class NumericKind(Kind):
    """Values are numbers, which are their own codes."""

    numeric = True
    ordered = True

    lowest: ClassVar[float] = -np.inf
    """No value is smaller."""

    open_below: ClassVar[bool] = False
    """Whether the lowest number is no value itself; the noun of the kind says so."""

    def check_definition(
        self, categories: Sequence[str], finding: str | None, minimum: float | None, maximum: float | None
    ) -> None:
        """No categories, and bounds that leave room between them."""
        if categories or finding is not None:
            raise ValueError(f"expected no categories of {self.words}, got {list(categories)}")
        low, high = (self.lowest if minimum is None else minimum), (np.inf if maximum is None else maximum)
        if low < self.lowest:
            raise ValueError(f"expected a minimum of at least {self.lowest:g} of {self.words}, got {minimum:g}")
        if low >= high:
            raise ValueError(f"expected a minimum below the maximum, got {low:g} and {high:g}")

    def expectation(
        self, categories: Sequence[str], minimum: float | None, maximum: float | None, unit: str | None
    ) -> str:
        """A number of this kind between the bounds."""
        low = self.lowest if minimum is None else minimum
        says = low > self.lowest or (np.isfinite(low) and not self.open_below)
        ends = [f"from {low:g}" if says else "", f"to {maximum:g}" if maximum is not None else ""]
        return " ".join(filter(None, [self._noun, *ends, unit]))

    @property
    def _noun(self) -> str:
        return "a finite number"

    def codes(self, values: pd.Series, categories: Sequence[str]) -> FloatArray:
        """The numbers; NaN for what is none."""
        numbers: FloatArray = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        numbers = np.where(taken_for_numbers(values) | values.isna().to_numpy(), np.nan, numbers)
        return np.where(np.isfinite(numbers), numbers, np.nan)

    def fits(self, codes: FloatArray, minimum: float | None, maximum: float | None) -> Mask:
        """Numbers between the bounds, which are included."""
        low, high = (self.lowest if minimum is None else minimum), (np.inf if maximum is None else maximum)
        return np.asarray((codes >= low) & (codes <= high) & ~(self.open_below & (codes <= self.lowest)))

    def values(self, codes: FloatArray, categories: Sequence[str]) -> pd.Series:
        """The numbers."""
        return pd.Series(codes)

    def summary(self, codes: FloatArray, categories: Sequence[str]) -> tuple[Estimate, ...]:
        """Mean and variance."""
        return (estimates.mean(codes), estimates.variance(codes))

    def width(self, categories: Sequence[str]) -> int:
        """One."""
        return 1

    def described(self, categories: Sequence[str]) -> tuple[str, ...]:
        """The mean."""
        return ("",)

    def counted(self, categories: Sequence[str]) -> tuple[str, ...]:
        """None."""
        return ()

    def counted_group(self, codes: FloatArray) -> FloatArray:
        """None."""
        return np.full(len(codes), np.nan)

    def split_by(self, categories: Sequence[str]) -> tuple[str, ...]:
        """The number."""
        return ("",)

    def transform(self, codes: FloatArray) -> FloatArray:
        """The numbers on the scale on which they are about as wide on either side of their middle."""
        return codes

    def untransform(self, transformed: FloatArray) -> FloatArray:
        """The inverse of :meth:`transform`."""
        return transformed

    def fit(self, codes: FloatArray, maximum: float | None = None) -> Coding:
        """Mean and standard deviation of the transformed numbers; the scale of a column that never varies is 1.

        Outliers must not shrink all others to one number, nor become so large themselves that a network cannot read
        anything else. Where numbers lie more than :data:`FAR` robust standard deviations (1.4826 times the median
        absolute deviation; Hampel 1974) from the median, they are moved to that distance before the mean is taken, and
        the scale is the geometric mean of the standard deviations with and without that.
        """
        known = self.transform(codes[~np.isnan(codes)])
        if not len(known):
            return Coding(0.0, 1.0)
        median = float(np.median(known))
        far = FAR * estimates.MAD * float(np.median(np.abs(known - median)))
        near = known.clip(median - far, median + far) if far > 0 else known
        scale = float(known.std())
        if not np.array_equal(near, known):
            scale = math.sqrt(scale * float(near.std()))
        return Coding(float(near.mean()), scale if scale > 0 else 1.0)

    def features(self, codes: FloatArray, coding: Coding, width: int) -> FloatArray:
        """z-scores of the transformed numbers."""
        return ((self.transform(codes) - coding.center) / coding.scale)[:, None]

    def from_features(self, features: FloatArray, coding: Coding) -> FloatArray:
        """The numbers themselves."""
        return self.untransform(features[:, 0] * coding.scale + coding.center)
