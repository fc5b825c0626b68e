"""The section on the paper's claims: how many hold, by how much the others miss, and Table 1 beside this run's."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from retina_vae.files import read_table
from retina_vae.report.environment import report_environment
from retina_vae.report.sections import Table, plain_table
from retina_vae.report.wording import amount, number
from retina_vae.studies.macular.audit.claim_result import (
    CANNOT_BE_TESTED,
    DOES_NOT_APPLY,
    DOES_NOT_HOLD,
    HOLDS,
    UNDECIDED,
)
from retina_vae.studies.macular.audit.claims import CLAIM_COLUMNS
from retina_vae.studies.macular.audit.errata import packaged_errata
from retina_vae.studies.macular.audit.printed import AGE_COLUMNS, printed_table
from retina_vae.words import MARK, as_sentence

__all__ = ["claims_html", "count_verdicts", "reconciled", "table1_beside"]

_SEPARABLE = 7
_COUNTED = {
    HOLDS: ("holds", "hold"),
    DOES_NOT_HOLD: ("does not hold", "do not hold"),
    UNDECIDED: ("is undecided", "are undecided"),
    CANNOT_BE_TESTED: ("cannot be tested", "cannot be tested"),
    DOES_NOT_APPLY: ("does not apply", "do not apply"),
}
_NUMBER_HEADS = {
    "claim": "Claim",
    "measured": "Measured in this run's clusters",
    "paper_measured": "In the paper's own",
    "how": "How",
}
_PAPER_HEADS = {
    "replica": "Replica",
    "ari_paper": "ARI with the paper's partition",
    "ari_other_replicas": "Mean ARI with the other replicas",
}
_ERRATUM = "†"


def claims_html(folder: Path, table1: Path) -> Markup | None:
    """The section as HTML; None where the run was not audited.

    Args:
        folder: ``release/audit`` of a run.
        table1: What its clusters hold, as it was released.

    Raises:
        InputError: A table is unreadable or lacks a column.
    """
    if not (folder / "claims.csv").is_file():
        return None
    claims = read_claims(folder)
    agreement, matches = folder / "agreement.csv", folder / "matches.csv"
    html = (
        report_environment("retina_vae.studies.macular")
        .get_template("claims.html.j2")
        .render(
            lead=f"Of the paper's {len(claims)} claims {count_verdicts(claims['verdict'])} in this run's clusters.",
            own=_of_the_paper(claims),
            claims=_verdict_table(claims),
            numbers=plain_table(claims, _NUMBER_HEADS),
            table1=table1_beside(read_table(matches), read_table(table1)) if matches.is_file() else None,
            erratum=_ERRATUM,
            errata=_errata_in_words(),
            paper=plain_table(read_table(agreement), _PAPER_HEADS, dict.fromkeys(_PAPER_HEADS, 2))
            if agreement.is_file()
            else None,
            reconciled=reconciled(folder.parent),
        )
    )
    # The template escapes what it fills in.
    return Markup(html)


def read_claims(folder: Path) -> pd.DataFrame:
    """``claims.csv`` with texts where there are texts.

    Raises:
        InputError: It is unreadable or lacks a column.
    """
    claims = read_table(folder / "claims.csv", list(CLAIM_COLUMNS))
    texts = [name for name in CLAIM_COLUMNS if name not in ("claim", "held", "tested", "value")]
    return claims.assign(**{name: [_text(value) for value in claims[name]] for name in texts})


def _text(value: object) -> str:
    """A text with true minus signs; an empty one where it is missing."""
    return re.sub(r"(?<![\w-])-(?=\d)", "\N{MINUS SIGN}", value) if isinstance(value, str) else ""


def count_verdicts(verdicts: pd.Series) -> str:
    """How many claims have each verdict, in words: those that hold and do not hold first, even where there is none.

    >>> count_verdicts(pd.Series(["holds", "does not hold", "does not hold", "undecided"]))
    '1 holds, 2 do not hold and 1 is undecided'
    """
    counts = verdicts.value_counts()
    words = [
        f"{counts.get(name, 0)} {one if counts.get(name, 0) == 1 else more}"
        for name, (one, more) in _COUNTED.items()
        if name in (HOLDS, DOES_NOT_HOLD) or counts.get(name, 0)
    ]
    return f"{', '.join(words[:-1])} and {words[-1]}"


def reconciled(release: Path) -> str:
    """Why a high area under the curve and claim 7 are no contradiction; empty where one of both was not measured.

    Args:
        release: The folder ``release`` of a run.
    """
    structure, audit = release / "clusters" / "structure.csv", release / "audit"
    if not structure.is_file() or not (audit / "claims.csv").is_file():
        return ""
    measures = read_table(structure, ["measure", "value"])
    found = measures.loc[measures["measure"] == "within_auc", "value"].dropna()
    claim = read_claims(audit).set_index("claim").loc[_SEPARABLE:_SEPARABLE]
    if found.empty or claim.empty or pd.isna(claim["value"].iloc[0]):
        return ""
    figure, value = claim["figure"].iloc[0], claim["value"].iloc[0]
    return (
        f"The mean AUC within the clusters ({found.iloc[0]:.3f}) and claim {_SEPARABLE} ({claim['verdict'].iloc[0]}: "
        f"the {figure} is {value:.3f}) measure different things: the former is how well the inputs rank the patients "
        "by disease, averaged over the clusters; the latter whether the codes put the patients of every disease into "
        "the right class in each cluster, the worst included."
    )


def _of_the_paper(claims: pd.DataFrame) -> str:
    if claims["paper_verdict"].eq(CANNOT_BE_TESTED).all():
        return "The paper's own clusters are of the patients that it published; a run on those tests them, too."
    return f"In the paper's own clusters of these patients {count_verdicts(claims['paper_verdict'])}."


def _verdict_table(claims: pd.DataFrame) -> Table:
    rows = [
        [str(row["claim"]), row["statement"], _said(row, ""), _said(row, "paper_")] for row in claims.to_dict("records")
    ]
    return Table([], ["Claim", "What the paper says", "This run's clusters", "The paper's own clusters"], rows)


def _said(row: Mapping[Hashable, Any], whose: str) -> str:
    """The verdict, in how many replicas the claim holds, and by how much it is missed."""
    several = not whose and not pd.isna(row["tested"]) and row["tested"] > 1
    verdict, miss = row[f"{whose}verdict"], row[f"{whose}miss"]
    it = "it does " if verdict == DOES_NOT_HOLD else ""
    replicas = f" ({it}in {row['held']:.0f} of {row['tested']:.0f} replicas)" if several else ""
    return f"{verdict}{replicas}{f': {miss}' if miss and miss != MARK else ''}"


def table1_beside(matches: pd.DataFrame, table1: pd.DataFrame) -> Table:
    """Every printed row, and below it the cluster of this run that matches it; misprints have a mark.

    Args:
        matches: ``row, cluster, jaccard``.
        table1: ``cluster, size`` and the counts and ages of this run, missing where they are not shown.
    """
    printed = printed_table()
    run = table1.set_index("cluster").reindex(columns=printed.columns).astype(float)
    wrong = set(packaged_errata()[["row", "column"]].itertuples(index=False, name=None))
    rows = []
    for row, cluster, jaccard in matches[["row", "cluster", "jaccard"]].itertuples(index=False):
        cells = [f"{value}{f' {_ERRATUM}' if (row, name) in wrong else ''}" for name, value in printed.loc[row].items()]
        rows.append([str(row), "as printed", "", *cells])
        if pd.isna(cluster):
            rows.append([str(row), "no cluster", "–", *["–"] * len(cells)])
            continue
        own = dict(zip(printed.columns, run.loc[[int(cluster)]].to_numpy()[0].tolist(), strict=True))
        shown = [_shown(name, value) for name, value in own.items()]
        rows.append([str(row), f"cluster {int(cluster)}", number(jaccard, 2), *shown])
    heads = [_head(str(name)) for name in printed.columns]
    return Table([], ["Row", "Whose", "Jaccard", *heads], rows)


def _head(name: str) -> str:
    """The name of a column of the printed table in words."""
    return as_sentence(name.replace("srh", "subretinal haemorrhage").replace("_", " "))


def _shown(name: Hashable, value: float) -> str:
    """A count, or an age rounded up, as the paper's are."""
    if math.isnan(value):
        return MARK
    return amount(math.ceil(value) if name in AGE_COLUMNS else value)


def _errata_in_words() -> str:
    rows = packaged_errata().itertuples(index=False, name=None)
    return "; ".join(f"row {row}, {name.replace('_', ' ')}: {said}, not {printed}" for row, name, printed, said in rows)
