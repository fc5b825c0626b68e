"""Numbers in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

from retina_vae.words import MARK, amount_of

__all__ = [
    "Badge",
    "NumberFormat",
    "agreement_in_words",
    "amount",
    "badge",
    "clusters_in_words",
    "number",
    "percent",
]

_KINDS = {
    "highly stable": "stable",
    "stable": "stable",
    "pattern": "doubtful",
    "doubtful": "unstable",
    "dissolved": "unstable",
}


_MOST_DECIMALS = 4
_LARGEST = 1e9
_NO_HALVES = 100.0
"""Medians and quartiles of whole numbers have a decimal below this."""


@dataclass(frozen=True)
class Badge:
    """A verdict in words, and the name of its look in the style sheet."""

    words: str
    kind: str


def percent(share: float, decimals: int = 0) -> str:
    r"""A share in per cent; one near 0 or 1 keeps a decimal, so that only nobody is 0 % and only all are 100 %.

    >>> percent(0.5), percent(0.005), percent(0), percent(0.997), percent(0.99999)
    ('50\xa0%', '0.5\xa0%', '0\xa0%', '99.7\xa0%', 'over 99.9\xa0%')
    """
    digits = max(decimals, 1) if 0 < share <= 0.005 or 0.995 <= share < 1 else decimals
    if 0.9995 <= share < 1:
        return "over 99.9\N{NO-BREAK SPACE}%"
    if 0 < share < 0.0005:
        return "under 0.1\N{NO-BREAK SPACE}%"
    return f"{100 * share:.{digits}f}\N{NO-BREAK SPACE}%"


def number(value: float, decimals: int = 3) -> str:
    r"""A number with a fixed count of decimals, a true minus sign, and no minus before zero.

    >>> number(-7.4567), number(-0.0001), number(3771.2, 1), number(math.nan), number(math.inf)
    ('−7.457', '0.000', '3,771.2', '–', '∞')
    """
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "\N{MINUS SIGN}∞"
    # A replica that diverged may have a loss of twenty digits.
    text = f"{value:,.{decimals}f}" if abs(value) < 1e6 else f"{value:.2e}"
    if text.startswith("-") and not text.strip("-0."):
        text = text[1:]
    return text.replace("-", "\N{MINUS SIGN}")


def cross_table_in_words(detail: object) -> str:
    """What a cross-table of inputs is called in a sentence; that of one input is a column.

    >>> cross_table_in_words("sex × fever"), cross_table_in_words("sex")
    ('table sex × fever', 'column sex')
    """
    return f"{'table' if ' × ' in str(detail) else 'column'} {detail}"


@dataclass(frozen=True)
class NumberFormat:
    r"""How the numbers of one column are written, by the range that they have.

    Attributes:
        decimals: That are worth a reader's time.
        whole: Whether the column holds whole numbers alone, so that a decimal is written only where there is one.

    >>> years, counts, milligrams = NumberFormat(0), NumberFormat(1, whole=True), NumberFormat(2)
    >>> years(65.4), counts(3.0), counts(2.5), counts(4785.8), milligrams(0.834), milligrams(-0.001), years(12345.0)
    ('65', '3', '2.5', '4,786', '0.83', '0.00', '12,345')
    """

    decimals: int
    whole: bool = False

    def _counted(self, value: float) -> str:
        """A decimal is written only where there is one, and where it matters."""
        return f"{value:,.1f}".removesuffix(".0") if abs(value) < _NO_HALVES else f"{value:,.0f}"

    def finer(self, decimals: int) -> NumberFormat:
        """The format of means and deviations, which have more decimals than single values."""
        return NumberFormat(max(self.decimals, 0) + decimals)

    def __call__(self, value: float) -> str:
        """The number as text, a dash where it is missing."""
        if math.isnan(value):
            return "–"
        if self.decimals > _MOST_DECIMALS or abs(value) >= _LARGEST:
            text = f"{value:.3g}"
        else:
            text = self._counted(value) if self.whole else f"{value:,.{max(self.decimals, 0)}f}"
        if text.startswith("-") and not text.strip("-0."):
            text = text[1:]
        return text.replace("-", "\N{MINUS SIGN}")


def amount(count: float) -> str:
    """A number of patients, or the mark of one that is not shown."""
    return MARK if math.isnan(count) else f"{count:,.0f}"


def badge(verdict: str) -> Badge:
    """The look of a verdict of :func:`retina_vae.clusters.hennig.verdict`."""
    return Badge(verdict, _KINDS.get(verdict, "unknown"))


def clusters_in_words(count: int) -> str:
    """A number of clusters: "1 cluster", "2 clusters"."""
    return amount_of(count, "cluster")


def agreement_in_words(ari: float) -> str:
    """What a mean pairwise adjusted Rand index says; the bounds are ours, the index has no official ones."""
    if ari >= 0.9:
        return "the replicas find nearly the same groups"
    if ari >= 0.75:
        return "the replicas find largely the same groups, with some clusters split or merged differently"
    if ari >= 0.5:
        return "the replicas agree in part: from one to the next many patients are grouped with different patients"
    return "the replicas agree little: most of the grouping depends on the seed of the training"
