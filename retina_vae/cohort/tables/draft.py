"""Drafting the schema of an analyst's table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from retina_vae.cohort.dates import DATE_TYPES
from retina_vae.cohort.table_schema import DECIDE, SchemaField, TableSchema
from retina_vae.cohort.tables.date_rules import name_other_dates
from retina_vae.cohort.tables.evidence import Evidence, Proposal
from retina_vae.cohort.tables.inference import propose
from retina_vae.cohort.tables.notations import notation_of, uses_decimal_commas
from retina_vae.cohort.tables.numbers import Notation, parse_limits, parse_numbers, without_limit_sign
from retina_vae.cohort.tables.raw import RawTable
from retina_vae.cohort.tables.words import looks_like_outcome
from retina_vae.faults import quoted
from retina_vae.words import as_sentence

__all__ = ["Draft", "DraftedColumn", "FieldHints", "draft_schema"]

_SHOWN_FROM = 10
"""Patients from which an example range is shown: of fewer, its ends would be single patients."""

_MOSTLY = 0.5


class FieldHints(NamedTuple):
    """What is known of a column from elsewhere than its cells, such as a data dictionary.

    Attributes:
        title: What it is called in words.
        labels: What its values mean.
        proposal: What it is, if that is said outright.
        numbers: Whether its values are numbers, even where there are few of them.
        note: To be added to the reasons.
        minimum: Smallest value that is right.
        maximum: Largest value that is right.
    """

    title: str | None = None
    labels: Mapping[str, str] = {}
    proposal: Proposal | None = None
    numbers: bool = False
    note: str = ""
    minimum: float | None = None
    maximum: float | None = None


class DraftedColumn(NamedTuple):
    """A drafted field, with what a reader needs to judge it.

    Attributes:
        field: Its description says why.
        missing: Share of the patients without a value.
        example: What its values are like; never one patient's.
    """

    field: SchemaField
    missing: float
    example: str


class Draft(NamedTuple):
    """A drafted schema, and how its columns look."""

    schema: TableSchema
    columns: list[DraftedColumn]


def draft_schema(raw: RawTable, missing: Sequence[str] = (), hints: Mapping[str, FieldHints] | None = None) -> Draft:
    """Say of each column what it probably holds, and leave open what its cells cannot tell.

    Args:
        raw: The table.
        missing: Texts that stand for a missing value, beside the empty cell.
        hints: What is known of columns from elsewhere, by name.
    """
    commas = uses_decimal_commas(raw)
    known = hints or {}
    columns = [_column(name, raw, missing, commas, known.get(name, FieldHints())) for name in raw.columns]
    columns = _one_identifier(columns)
    fields = name_other_dates([column.field for column in columns])
    columns = [column._replace(field=field) for column, field in zip(columns, fields, strict=True)]
    return Draft(TableSchema(fields=tuple(c.field for c in columns), missing_values=("", *missing)), columns)


def _column(name: str, raw: RawTable, missing: Sequence[str], commas: bool, hints: FieldHints) -> DraftedColumn:
    cells = raw.cells[name]
    gaps = cells.isin(["", *missing])
    numeric_codes = [number for code in missing if not np.isnan(number := Notation().number(code))]
    if numeric_codes:
        gaps |= np.isin(parse_numbers(cells, Notation()), numeric_codes)
    known = cells[~gaps]
    notation, written = notation_of(known.map(without_limit_sign), raw, commas)
    labels = {
        value: label for value, label in (hints.labels or raw.labels.get(name, {})).items() if value not in missing
    }
    numbers, limits = parse_numbers(known, notation), parse_limits(known, notation)
    evidence = Evidence(name, known, len(cells), labels, numbers, limits, written, raw.point)
    proposal = _role(propose(evidence, hints.proposal, numbers=hints.numbers), name)
    notes = [as_sentence(proposal.why), hints.note, _mostly_missing(proposal, gaps)]
    description = ". ".join(note.rstrip(".") for note in notes if note) + "."
    constraints = {"minimum": hints.minimum, "maximum": hints.maximum} if _bounds_fit(hints, evidence, proposal) else {}
    field = SchemaField(
        name=name,
        type=proposal.type,
        title=hints.title or raw.titles.get(name),
        description=description,
        role=proposal.role,
        kind=proposal.kind,
        constraints=constraints,
        **proposal.properties,
    )
    return DraftedColumn(field, float(gaps.mean()), _example(evidence, proposal))


def _role(proposal: Proposal, name: str) -> Proposal:
    """Leave open whether the model may see a column that is called like an outcome."""
    if proposal.role != "input" or not looks_like_outcome(name):
        return proposal
    said = as_sentence(proposal.why).rstrip(".")
    why = f"{said}. It is called like an outcome. Roles to choose from: outcome, held_out, input"
    return replace(proposal, role=DECIDE, why=why)


def _mostly_missing(proposal: Proposal, gaps: pd.Series) -> str:
    if proposal.role == "ignore" or gaps.mean() < _MOSTLY:
        return ""
    return "Most patients have no value: ignore it, or hold it out, if it only applies to some of them"


def _bounds_fit(hints: FieldHints, evidence: Evidence, proposal: Proposal) -> bool:
    """Whether the bounds may stand in the schema: the column is a number, and nobody lies beyond them."""
    if not evidence.numeric or evidence.known.empty or "categories" in proposal.properties or proposal.role == "ignore":
        return False
    low = -np.inf if hints.minimum is None else hints.minimum
    high = np.inf if hints.maximum is None else hints.maximum
    return bool(low <= evidence.finite.min() and evidence.finite.max() <= high)


def _one_identifier(columns: list[DraftedColumn]) -> list[DraftedColumn]:
    """The first identifier stays; whether one of the others is it instead is left to decide."""
    first = next((column.field.name for column in columns if column.field.role == "identifier"), None)
    why = f"Every patient has another value, as in {first!r}. Roles to choose from: identifier (one column), ignore."
    changes = {"role": DECIDE, "description": why}
    return [
        column._replace(field=column.field.model_copy(update=changes))
        if column.field.role == "identifier" and column.field.name != first
        else column
        for column in columns
    ]


def _example(evidence: Evidence, proposal: Proposal) -> str:
    """The range of the middle 90 % of the numbers, rounded; or categories that several patients have."""
    if len(evidence.known) < _SHOWN_FROM or proposal.role == "identifier":
        return ""
    categories = proposal.properties.get("categories", ())
    if categories:
        often = [c.label for c in categories if evidence.counts.get(c.value, 2) > 1]
        return ", ".join(quoted(label)[1:-1] for label in often[:6]) + (" ..." if len(categories) > 6 else "")
    if proposal.properties.get("censored") and not np.isnan(evidence.limits.numbers).any():
        low, high = np.quantile(evidence.limits.numbers, [0.05, 0.95])
        return f"{_rounded(low)} to {_rounded(high)}"
    if (evidence.numeric and not evidence.unique) or (evidence.numeric and not evidence.whole):
        low, high = np.quantile(evidence.finite, [0.05, 0.95])
        return f"{_rounded(low)} to {_rounded(high)}"
    if proposal.type in DATE_TYPES:
        years = pd.Series(evidence.known).str.extract(r"((?:19|20)\d{2})", expand=False).dropna().astype(int)
        return f"{years.quantile(0.05):.0f} to {years.quantile(0.95):.0f}" if len(years) >= _SHOWN_FROM else ""
    lengths = evidence.known.str.len()
    return f"texts of {lengths.min()} to {lengths.max()} characters"


def _rounded(number: float) -> str:
    """The number with two digits, or as a whole number where it has more before the point."""
    return f"{number:,.0f}".replace(",", "") if abs(number) >= 100 else f"{number:.2g}"
