"""The tables of docs/method.md about groups and continua, from docs/latent-structure.csv and docs/structure-rivals.csv.

python benchmarks/structure/tables.py
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from retina_vae.clusters.latent_structure.answers import ANSWERS

DOCS = Path(__file__).parents[2] / "docs"
SIZES = (400, 1500)
TRUTHS = ("nothing", "continuum", "groups")
HALVES = ("tuned", "held", "fresh")
DEPENDENCES = ("0", "0.3", "0.5")
SEPARATIONS = [(1, "")] + [(groups, separation) for groups in (2, 3, 5) for separation in ("clear", "overlapping")]


def answers_table(found: pd.DataFrame) -> list[str]:
    """One line per family, sorted by truth and set: how often each answer is given, by the number of patients."""
    families = found[["truth", "half", "family"]].drop_duplicates()
    order = sorted(
        families.itertuples(index=False), key=lambda row: (TRUTHS.index(row.truth), HALVES.index(row.half), row.family)
    )
    lines = [
        "| truth | set | cohorts | 400 patients: nothing / continuum / groups / cannot be told | 1,500 patients |",
        "|---|---|---|---|---|",
    ]
    for row in order:
        own = found[found["family"] == row.family]
        cells = [_counts(own.loc[own["patients"] == size, "answer"]) for size in SIZES]
        lines.append(f"| {row.truth} | {row.half} | {row.family} | {' | '.join(cells)} |")
    return lines


def _counts(answers: pd.Series) -> str:
    return " / ".join(str(int((answers == answer).sum())) for answer in ANSWERS) if len(answers) else "–"


def numbers_table(found: pd.DataFrame, rivals: pd.DataFrame) -> list[str]:
    """One line per number of groups and separation: how often it is found, here and by the BIC of latent classes."""
    lines = [
        "| groups, separation | here: 0 | 0.3 | 0.5 | StepMix, BIC: 0 | 0.3 | 0.5 |",
        "|---|---|---|---|---|---|---|",
    ]
    for groups, separation in SEPARATIONS:
        end = f", {separation}" if separation else ""
        names = [f"k {groups}, dependence {dependence}{end}" for dependence in DEPENDENCES]
        here = [_right(found[found["family"] == name], "k") for name in names]
        there = [_right(rivals[rivals["family"] == name], "k_bic", wrong=False) for name in names]
        lines.append(f"| {groups}{end} | {' | '.join([*here, *there])} |")
    return lines


def _right(own: pd.DataFrame, column: str, wrong: bool = True) -> str:
    right = own[column] == own["groups"]
    others = ", ".join(str(int(number)) for number in sorted(own.loc[~right, column])) if wrong else ""
    return f"{right.sum()} of {len(own)}" + (f" ({others})" if others else "")


def shares(found: pd.DataFrame) -> list[str]:
    """How many cohorts of each truth and size are told rightly, and which shapes are called groups."""
    lines = []
    for truth in TRUTHS:
        for size in SIZES:
            own = found[(found["truth"] == truth) & (found["patients"] == size)]
            told = {answer: int((own["answer"] == answer).sum()) for answer in ANSWERS}
            lines.append(f"{truth}, {size} patients: {len(own)} cohorts, {told}")
            if truth != "groups":
                wrong = own.loc[own["answer"] == "groups", "family"].value_counts()
                lines.append(f"  called groups: {wrong.to_dict()}")
    return lines


def main() -> None:
    """Print all."""
    found, rivals = pd.read_csv(DOCS / "latent-structure.csv"), pd.read_csv(DOCS / "structure-rivals.csv")
    numbers = found["family"].str.startswith("k ")
    print("\n".join(answers_table(found[~numbers])), end="\n\n")
    print("\n".join(numbers_table(found[numbers], rivals)), end="\n\n")
    print("\n".join(shares(found[~numbers])))
    right = found[numbers]["k"] == found[numbers]["groups"]
    print(f"number of groups: right in {right.sum()} of {len(right)}")


if __name__ == "__main__":
    main()
