"""Search the rules behind the rows of the paper's Table 1 among the patients that the paper published.

    python benchmarks/table1_rules.py data/published

takes five seconds and prints, for each row, the shortest rule over the inputs whose patients have its numbers, how many
patients it names, and how many of the row's 17 printed numbers they contradict; then whether these rules are the
packaged ones, which the audit applies (`retina_vae/studies/macular/audit/data/rules.csv`). The exit code is 0 if they
are and 1 if not. `--output rules.csv` writes the rules.

A rule's score is the number of printed numbers that its patients contradict (ages are rounded up, as the paper's are),
and among equals its length, the number of conditions; then the shorter text, then the alphabet. There are two steps.

1.  Every conjunction of conditions on race, the findings and sex is tried against every row. From the best score on, a
    row takes its best conjunction if that has the printed size and no patient that an earlier row took.
2.  The two rows that are left share the patients that are left, who make one cell of the cross-table. They are split by
    the shortest formula of `and` and `or` with at most one age threshold, which is joined with those conditions of the
    cell that it does not imply; its negation, as long as itself, is the other row's rule.

For the second step, patients of the cell with the same categories are one kind, and a set of kinds is a bit mask. The
meaning of a formula is a pair of masks, packed into 64 bits: the kinds that meet it whatever their age, and those that
meet it at some age. The age condition is left open and gets the thresholds that give the printed size. Formulas are
enumerated by length, and of those with one meaning the shortest are kept, as every part of a shortest formula is itself
a shortest one. Of several meanings with the best score the one with the smallest masks is taken: nothing printed says
whether the seven youngest or the seven oldest of ten patients are in row 7 (`packaged_rules` tells more).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.files import write_table
from retina_vae.studies.macular.audit import derive_rows, packaged_rules, parse_rule, printed_table
from retina_vae.studies.macular.audit.printed import COUNT_COLUMNS, NUMBERS, count_columns, numbers_of
from retina_vae.studies.macular.published import read_published
from retina_vae.studies.macular.schema import MACULAR

Bools = NDArray[np.bool_]
Masks = NDArray[np.uint64]
BITS = 32
LONGEST_SPLIT = 6
COLUMNS = [column for column in MACULAR.inputs if column.categories]
OPERATORS = {"and": np.bitwise_and, "or": np.bitwise_or}


@dataclass(frozen=True)
class Formula:
    """Conditions joined by ``and`` or ``or``, worded as in `rules.csv`; a single condition has no operator."""

    text: str
    operator: str = ""
    parts: tuple[Formula, ...] = ()

    @property
    def atoms(self) -> int:
        """Number of conditions."""
        return sum(part.atoms for part in self.parts) or 1

    @property
    def order(self) -> tuple[int, int, str]:
        """Fewer conditions first, then fewer letters, then the alphabet."""
        return self.atoms, len(self.text), self.text

    def joined_by(self, operator: str) -> tuple[Formula, ...]:
        """What this operator joins: the parts, or the formula itself."""
        return self.parts if self.operator == operator else (self,)

    def holds(self, patients: pd.DataFrame) -> Bools:
        """For which patients it holds, shape (patients,)."""
        if not self.operator:
            return parse_rule(self.text, MACULAR).holds(patients)
        each = [part.holds(patients) for part in self.parts]
        return np.asarray({"and": np.logical_and, "or": np.logical_or}[self.operator].reduce(each), dtype=np.bool_)


def join(operator: str, *formulas: Formula) -> Formula:
    """Single conditions come first; a part that has the same operator needs no brackets."""
    parts = tuple(part for formula in formulas for part in formula.joined_by(operator))
    if len(parts) == 1:
        return parts[0]
    ordered = sorted(parts, key=lambda part: part.atoms)
    words = [f"({part.text})" if part.operator else part.text for part in ordered]
    return Formula(f" {operator} ".join(words), operator, parts)


def conditions_of(name: str, possible: tuple[str, ...]) -> Iterator[tuple[Formula, tuple[str, ...]]]:
    """Every condition that some of the possible categories meet and some do not, and the categories that meet it."""
    for chosen in (chosen for count in range(1, len(possible)) for chosen in combinations(possible, count)):
        left_out = [category for category in MACULAR[name].categories if category not in chosen]
        text = f"{name} in {list(chosen)!r}"
        if len(chosen) == 1:
            text = f"{name} == {chosen[0]!r}"
        elif len(left_out) == 1:
            text = f"{name} != {left_out[0]!r}"
        yield Formula(text), chosen


# Step 1: conjunctions.


def conjunctions(patients: pd.DataFrame) -> list[tuple[Formula, Bools]]:
    """Every conjunction over the categorical inputs, with the patients who meet it; shortest first."""
    found: list[tuple[tuple[Formula, ...], Bools]] = [((), np.ones(len(patients), dtype=np.bool_))]
    for column in COLUMNS:
        met = [(f, patients[column.name].isin(c).to_numpy()) for f, c in conditions_of(column.name, column.categories)]
        found += [((*parts, formula), members & mask) for parts, members in found for formula, mask in met]
    joined = [(join("and", *parts), members) for parts, members in found if parts]
    return sorted(joined, key=lambda conjunction: conjunction[0].order)


def rows_of_conjunctions(
    every: list[tuple[Formula, Bools]], patients: pd.DataFrame
) -> dict[int, tuple[Formula, Bools]]:
    """The rows that take their best conjunction, the best fit first."""
    printed = printed_table()[list(NUMBERS)]
    contributions, ages = count_columns(patients, MACULAR).to_numpy(), patients["age"].to_numpy()
    numbers = np.array([numbers_of(contributions[members], ages[members]) for _, members in every])
    wrong = (numbers[:, None] != printed.to_numpy()).sum(axis=2)
    # Conjunctions come shortest first, and argmin takes the first of equals.
    best = wrong.argmin(axis=0)
    taken: dict[int, tuple[Formula, Bools]] = {}
    for place in sorted(range(len(printed)), key=lambda place: wrong[best[place], place]):
        members = every[best[place]][1]
        fits = members.sum() == printed["size"].iloc[place]
        if fits and not any((members & others).any() for _, others in taken.values()):
            taken[printed.index[place]] = every[best[place]]
    return taken


# Step 2: the split of the cell that two rows share.


def pack(always: Any, possibly: Any) -> Any:
    """The kinds that meet a formula at every age and at some, integers or arrays of them, as one number each."""
    return always << BITS | possibly


def unpack(pair: Any) -> tuple[Any, Any]:
    return pair >> BITS, pair & (1 << BITS) - 1


class Cell:
    """The patients of two printed rows, their kinds, the conditions on these, and what the printed rows contradict."""

    def __init__(self, patients: pd.DataFrame, printed: pd.DataFrame) -> None:
        present = {c.name: tuple(k for k in c.categories if (patients[c.name] == k).any()) for c in COLUMNS}
        varying = [name for name, categories in present.items() if len(categories) > 1]
        kinds = list(product(*(present[name] for name in varying)))
        if len(kinds) > BITS:
            raise ValueError(f"expected at most {BITS} combinations of categories, got {len(kinds)}")
        self.kind = np.array([kinds.index(row) for row in patients[varying].itertuples(index=False, name=None)])
        self.everyone = (1 << len(kinds)) - 1
        self.conditions: dict[int, Formula] = {}
        for place, name in enumerate(varying):
            for formula, chosen in conditions_of(name, present[name]):
                mask = sum(1 << number for number, kind in enumerate(kinds) if kind[place] in chosen)
                self.conditions[pack(mask, mask)] = formula
        self.ages = patients["age"].to_numpy()
        self.contributions = count_columns(patients, MACULAR).to_numpy()
        self.kind_counts = (np.arange(len(kinds))[:, None] == self.kind).astype(np.int64) @ self.contributions
        self.wanted = printed[list(NUMBERS)].to_numpy()

    def members(self, mask: int) -> Bools:
        """Who is of one of the mask's kinds."""
        return (mask >> self.kind & 1).astype(np.bool_)

    def mismatches(self, members: Bools) -> int:
        """Printed numbers of both rows that the members and the rest contradict."""
        groups = zip((members, ~members), self.wanted, strict=True)
        return sum(int((numbers_of(self.contributions[g], self.ages[g]) != row).sum()) for g, row in groups)

    def fewest_mismatches(self, pairs: Masks) -> NDArray[np.int64]:
        """Printed counts that every choice of the age threshold contradicts, for each pair."""
        kinds, one = np.arange(len(self.kind_counts), dtype=np.uint64), np.uint64(1)
        fewest, most = ((mask[:, None] >> kinds & one).astype(np.int64) @ self.kind_counts for mask in unpack(pairs))
        total, (first, second) = self.kind_counts.sum(axis=0), self.wanted[:, : len(COUNT_COLUMNS)]
        wrong = (first < fewest) | (first > most), (second < total - most) | (second > total - fewest)
        return np.sum(wrong, axis=(0, 2))


class Candidate(NamedTuple):
    """A formula's meaning, with its age condition and the opposite one, and who meets it."""

    mismatches: int
    length: int
    pair: int
    age: str
    opposite: str
    members: Bools


def shortest_split(cell: Cell) -> tuple[Formula, Formula, Bools]:
    """A formula for the first row, its negation for the second, and who meets the first."""
    # The open age condition holds for all kinds at some age: pack(0, everyone) is everyone.
    levels = [np.array([], dtype=np.uint64), np.array([*cell.conditions, cell.everyone], dtype=np.uint64)]
    best: Candidate | None = None
    for length in range(1, LONGEST_SPLIT + 1):
        found = candidates(cell, levels[length], length, best.mismatches if best else 2 * len(NUMBERS))
        best = min([*found, *([best] if best else [])], key=lambda candidate: candidate[:4], default=None)
        if best and best.mismatches == 0:
            break
        levels.append(longer(levels, cell.everyone))
    if best is None:
        raise ValueError("expected a formula that gives both rows patients, found none")
    always, possibly = unpack(best.pair)
    negated = pack(cell.everyone & ~possibly, cell.everyone & ~always)
    first = word(cell, levels, best.pair, best.length, best.age)
    return first, word(cell, levels, negated, best.length, best.opposite), best.members


def longer(levels: list[Masks], everyone: int) -> Masks:
    """The meanings of the formulas with one condition more than the longest so far."""
    parts = [(levels[place], plain(levels[-place])) for place in range(1, len(levels))]
    found = [np.unique(function.outer(*pair)) for pair in parts for function in OPERATORS.values()]
    constant = np.array([0, pack(everyone, everyone)], dtype=np.uint64)
    return np.setdiff1d(np.concatenate(found), np.concatenate([*levels, constant]))


def plain(pairs: Masks) -> Masks:
    """Those without an age condition."""
    always, possibly = unpack(pairs)
    return pairs[always == possibly]


def candidates(cell: Cell, pairs: Masks, length: int, bound: int) -> Iterator[Candidate]:
    """The formulas of this length that contradict no more than ``bound`` numbers."""
    least = cell.fewest_mismatches(pairs)
    for place in np.argsort(least, kind="stable"):
        if least[place] > bound:
            return
        for age, opposite, members in fitting(cell, int(pairs[place])):
            found = Candidate(cell.mismatches(members), length, int(pairs[place]), age, opposite, members)
            bound = min(bound, found.mismatches)
            yield found


def fitting(cell: Cell, pair: int) -> Iterator[tuple[str, str, Bools]]:
    """The formula as it is where it has no age condition, else with the thresholds that give the printed size."""
    always, possibly = (cell.members(mask) for mask in unpack(pair))
    open_ages = np.sort(cell.ages[possibly & ~always])
    if not len(open_ages):
        yield "", "", always
    wanted = int(cell.wanted[0, 0]) - int(always.sum())
    if not 0 < wanted < len(open_ages):
        return
    for youngest, below in ((True, wanted), (False, len(open_ages) - wanted)):
        low, high = open_ages[below - 1 : below + 1]
        if low < high:
            years = plain_number_between(float(low), float(high))
            ages = [f"age {comparison} {years!r}".removesuffix(".0") for comparison in ("<=", ">")]
            met = (cell.ages <= years) == youngest
            yield *(ages if youngest else ages[::-1]), always | (possibly & met)


def plain_number_between(low: float, high: float) -> float:
    """The number of fewest decimals strictly between two others, as near to their middle as these allow; else low."""
    rounded = (round((low + high) / 2, decimals) for decimals in range(17))
    return next((number for number in rounded if low < number < high), low)


def word(cell: Cell, levels: list[Masks], pair: int, length: int, age: str) -> Formula:
    """The formula of this length and meaning that has the shortest text."""
    if length == 1:
        return cell.conditions.get(pair) or Formula(age)
    found = []
    for place in range(1, length):
        for a, b, operator in parts_of(pair, levels[place], plain(levels[length - place])):
            parts = word(cell, levels, a, place, age), word(cell, levels, b, length - place, age)
            found.append(join(operator, *parts))
    return min(found, key=lambda formula: formula.order)


def parts_of(whole: int, first: Masks, second: Masks) -> Iterator[tuple[int, int, str]]:
    """Every way to make the whole from one of each."""
    target = np.uint64(whole)
    for operator, function in OPERATORS.items():
        # A part of a conjunction contains the whole, a part of a disjunction lies in it.
        absorbed = OPERATORS["or" if operator == "and" else "and"]
        a, b = (masks[absorbed(masks, target) == masks] for masks in (first, second))
        for i, j in np.argwhere(function.outer(a, b) == target):
            yield int(a[i]), int(b[j]), operator


# Both steps together.


def within(cell: Formula, formula: Formula) -> Formula:
    """The formula inside a cell, without those conditions of the cell that change no possible patient."""
    values = [column.categories or range(121) for column in MACULAR.inputs]
    grid = pd.DataFrame(list(product(*values)), columns=[column.name for column in MACULAR.inputs])

    def meaning(conditions: list[Formula]) -> Bools:
        return join("and", *conditions, formula).holds(grid)

    conditions = list(cell.joined_by("and"))
    wanted = meaning(conditions)
    for condition in list(conditions):
        fewer = [other for other in conditions if other != condition]
        conditions = fewer if np.array_equal(meaning(fewer), wanted) else conditions
    return join("and", *conditions, formula)


def find_rules(patients: pd.DataFrame) -> pd.DataFrame:
    """The rules as :func:`~retina_vae.studies.macular.audit.packaged_rules` has them."""
    printed, every = printed_table(), conjunctions(patients)
    found = rows_of_conjunctions(every, patients)
    left = ~np.logical_or.reduce([members for _, members in found.values()])
    missing = [row for row in printed.index if row not in found]
    shared = next((formula for formula, members in every if np.array_equal(members, left)), None)
    if len(missing) != 2 or shared is None:
        raise ValueError(f"expected two rows that share one cell to be left, got the rows {missing}")
    first, second, members = shortest_split(Cell(patients[left], printed.loc[missing]))
    for row, formula, who in zip(missing, (first, second), (members, ~members), strict=True):
        mask = left.copy()
        mask[left] = who
        found[row] = within(shared, formula), mask
    return table(found, patients)


def table(found: dict[int, tuple[Formula, Bools]], patients: pd.DataFrame) -> pd.DataFrame:
    """The rules with what their patients have of the printed numbers."""
    printed, rows = printed_table(), pd.Series(0, index=patients.index)
    for row, (formula, mask) in found.items():
        if not np.array_equal(parse_rule(formula.text, MACULAR).holds(patients), mask):
            raise ValueError(f"row {row}: the rule in words does not name the patients that it was found for")
        rows[mask] = row
    derived = derive_rows(patients, rows, MACULAR)
    wrong = derived != printed
    columns = {
        "row": printed.index,
        "rule": [found[row][0].text for row in printed.index],
        "exact": ~wrong[list(COUNT_COLUMNS)].any(axis=1).to_numpy(),
        "size": derived["size"].to_numpy(),
        "printed_size": printed["size"].to_numpy(),
        "mismatches": wrong.sum(axis=1).to_numpy(),
    }
    return pd.DataFrame(columns)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder with the published arrays")
    parser.add_argument("--output", type=Path, help="write the rules to this CSV file")
    arguments = parser.parse_args()
    rules = find_rules(read_published(arguments.folder))
    for rule in rules.itertuples():
        print(f"{rule.row:3} ({rule.size} patients, {rule.mismatches} printed numbers contradicted): {rule.rule}")
    if arguments.output:
        write_table(rules, arguments.output)
    same = rules.equals(packaged_rules())
    print("The packaged rules are these." if same else "The packaged rules are others.")
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
