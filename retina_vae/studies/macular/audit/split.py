"""The split of the patients that no conjunction explains into two printed rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema
from retina_vae.studies.macular.audit.formulas import AgeCondition, Formula, plain_number_between
from retina_vae.studies.macular.audit.language import Kinds, Language, Masks, pack, patient_kinds, unpack
from retina_vae.studies.macular.audit.printed import COUNT_COLUMNS, NUMBERS, count_columns, numbers_of

__all__ = ["Split", "shortest_split"]

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Split:
    """A formula for the first row, its negation for the second, and who meets the first, shape (patients,)."""

    first: Formula
    second: Formula
    members: Bools
    mismatches: int


@dataclass(frozen=True)
class _Candidate:
    """The meaning of a formula: the packed pair of masks, and the age condition where it has one."""

    pair: int
    length: int
    age: AgeCondition | None
    members: Bools
    mismatches: int

    @property
    def order(self) -> tuple[int, int, int, str]:
        return self.mismatches, self.length, self.pair, self.age.text if self.age else ""


class _Scores:
    """The printed numbers of two rows that a set of patients and the rest of them contradict."""

    def __init__(self, patients: pd.DataFrame, kinds: Kinds, printed: pd.DataFrame, schema: CohortSchema) -> None:
        self.ages = patients["age"].to_numpy()
        self.contributions = count_columns(patients, schema).to_numpy()
        self.kinds = kinds
        self.wanted = printed[list(NUMBERS)].to_numpy()
        one_hot = kinds.of_patient[:, None] == np.arange(kinds.count)
        self.kind_counts = one_hot.T.astype(np.int64) @ self.contributions
        self.sizes = [int(size) for size in printed["size"]]

    def members(self, mask: int) -> Bools:
        """Who has one of the mask's kinds."""
        met = np.array([mask >> kind & 1 for kind in range(self.kinds.count)], dtype=np.bool_)
        return met[self.kinds.of_patient]

    def exact(self, members: Bools) -> int:
        """Printed numbers of both rows that the members and the rest contradict."""
        groups = zip((members, ~members), self.wanted, strict=True)
        return sum(int((numbers_of(self.contributions[g], self.ages[g]) != row).sum()) for g, row in groups)

    def at_least(self, pairs: Masks) -> NDArray[np.int64]:
        """Numbers that every choice of the age threshold contradicts, for packed pairs; only counts are looked at."""
        fewest, most = (self._counts(masks) for masks in unpack(pairs))
        wanted = self.wanted[:, : len(COUNT_COLUMNS)]
        total = self.kind_counts.sum(axis=0)
        first = (wanted[0] < fewest) | (wanted[0] > most)
        second = (wanted[1] < total - most) | (wanted[1] > total - fewest)
        return first.sum(axis=1) + second.sum(axis=1)

    def _counts(self, masks: Masks) -> NDArray[np.int64]:
        bits = (masks[:, None] >> np.arange(self.kinds.count, dtype=np.uint64)) & np.uint64(1)
        return bits.astype(np.int64) @ self.kind_counts


def shortest_split(patients: pd.DataFrame, printed: pd.DataFrame, schema: CohortSchema, most_atoms: int = 6) -> Split:
    """Split patients into two printed rows by the formula that contradicts the fewest of their printed numbers.

    The search takes every formula of ``and`` and ``or`` over conditions on categories with at most one condition on
    age, shortest first, and stops at the first length with a formula that contradicts nothing, or at ``most_atoms``
    conditions. A negated formula is as long as the formula, so the second row needs no search of its own. Among
    equals the meaning that comes first in the order of the kinds is taken, and its shortest wording.

    Args:
        patients: The patients of the two rows together.
        printed: The two rows of :func:`~retina_vae.studies.macular.audit.printed.printed_table`.
        schema: The paper's schema.
        most_atoms: Length of the longest formulas tried.

    Raises:
        ValueError: ``printed`` has not two rows, or no formula gives both rows patients.
    """
    if len(printed) != 2:
        raise ValueError(f"expected two printed rows, got {len(printed)}: {list(printed.index)}")
    kinds = patient_kinds(patients, schema)
    language, scores = Language(kinds), _Scores(patients, kinds, printed, schema)
    best: _Candidate | None = None
    while best is None or best.mismatches > 0:
        for candidate in _candidates(language, scores, best.mismatches if best else 2**31):
            best = candidate if best is None else min(best, candidate, key=lambda c: c.order)
        if language.length == most_atoms:
            break
        language.lengthen()
    if best is None:
        raise ValueError(f"expected a formula that parts {len(patients)} patients into rows {list(printed.index)}")
    return _worded(best, language)


def _candidates(language: Language, scores: _Scores, bound: int) -> Iterator[_Candidate]:
    """The formulas of the language's present length that may contradict no more than ``bound`` numbers."""
    length = language.length
    plain = language.plain[length]
    for pairs in (pack(plain, plain), language.aged[length]):
        least = scores.at_least(pairs)
        for position in np.argsort(least, kind="stable"):
            if least[position] > bound:
                break
            for candidate in _filled(int(pairs[position]), length, scores):
                bound = min(bound, candidate.mismatches)
                yield candidate


def _filled(pair: int, length: int, scores: _Scores) -> Iterator[_Candidate]:
    """The formula as it is where it has no age condition, else with the thresholds that give the printed size."""
    always, possibly = (scores.members(mask) for mask in unpack(pair))
    if np.array_equal(always, possibly):
        yield _Candidate(pair, length, None, always, scores.exact(always))
        return
    open_ages = np.sort(scores.ages[possibly & ~always])
    wanted = scores.sizes[0] - int(always.sum())
    if not 0 < wanted < len(open_ages):
        return
    comparisons: tuple[tuple[Literal["<=", ">"], int], ...] = (("<=", wanted), (">", len(open_ages) - wanted))
    for comparison, below in comparisons:
        low, high = float(open_ages[below - 1]), float(open_ages[below])
        if low < high:
            years = plain_number_between(low, high)
            met = scores.ages <= years if comparison == "<=" else scores.ages > years
            members = always | (possibly & met)
            yield _Candidate(pair, length, AgeCondition(comparison, years), members, scores.exact(members))


def _worded(best: _Candidate, language: Language) -> Split:
    everyone = language.kinds.everyone
    always, possibly = unpack(best.pair)
    if best.age is None:
        first = language.word_plain(always, best.length)
        second = language.word_plain(everyone & ~always, best.length)
    else:
        opposite = AgeCondition(">" if best.age.comparison == "<=" else "<=", best.age.years)
        negated = pack(everyone & ~possibly, everyone & ~always)
        first = language.word_aged(best.pair, best.length, best.age)
        second = language.word_aged(negated, best.length, opposite)
    return Split(first, second, best.members, best.mismatches)
