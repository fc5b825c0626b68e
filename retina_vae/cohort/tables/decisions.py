"""What an analyst decides about columns of a draft: a kind, a role, or both, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from retina_vae.cohort.dates import DATE_TYPES, index_date
from retina_vae.cohort.kinds import KINDS
from retina_vae.cohort.table_schema import FIELD_ROLES, SchemaField, TableSchema
from retina_vae.cohort.tables.evidence import plain_categories
from retina_vae.cohort.tables.raw import RawTable
from retina_vae.errors import InputError

__all__ = ["decide"]


def decide(draft: TableSchema, raw: RawTable, decisions: Mapping[str, str]) -> TableSchema:
    """The draft with the words that somebody put in the place of its guesses.

    Args:
        draft: Of the table.
        raw: The table, from which a column gets the categories that the draft did not give it.
        decisions: By column a kind, a role, or both with a blank between: ``"ordinal"``, ``"outcome"``,
            ``"held_out count"``. A kind alone makes the column an input. Of days, with from when they are measured
            behind: ``"continuous since 2020-01-01"``, ``"continuous since birth date"``. Of the kind level with the
            maximum behind, which the table cannot say, for perhaps nobody reaches it: ``"level of 30"``.

    Raises:
        InputError: A column is not there, a word is neither a kind nor a role, or a level has no maximum.
    """
    unknown = [name for name in decisions if name not in raw.columns]
    if unknown:
        raise InputError(f"{raw.source}: expected decisions on the columns {raw.columns}, got {unknown}.")
    _require_days(draft, raw.source, {name: str(decision) for name, decision in decisions.items()})
    fields = [
        _decided(field, raw, _parts(field.name, decisions[field.name])) if field.name in decisions else field
        for field in draft.fields
    ]
    return TableSchema(fields=tuple(fields), missing_values=draft.missing_values)


def _require_days(draft: TableSchema, source: str, decisions: Mapping[str, str]) -> None:
    """Refuse a start that is neither a day nor another column of days, and one of a column that holds none."""
    days = [field.name for field in draft.fields if field.type in DATE_TYPES]
    for name, decision in decisions.items():
        since = _parts(name, decision).since
        if since is not None and (name not in days or not _is_start(since, [day for day in days if day != name])):
            raise InputError(
                f"{source}: column {name!r}: expected a column of days, measured since a day such as 2020-01-01 or "
                f"since another column of days, got {decision!r}. Columns of days are {days}."
            )


def _is_start(since: str, days: Sequence[str]) -> bool:
    try:
        return since in days or index_date(since) is not None
    except ValueError:
        return False


class _Decision(NamedTuple):
    """Kind, role, from when days are measured, and the maximum of a level."""

    kind: str | None
    role: str | None
    since: str | None
    maximum: int | None


def _parts(name: str, decision: str) -> _Decision:
    said, _, since = decision.partition(" since ") if isinstance(decision, str) else ("", "", "")
    said, _, maximum = said.partition(" of ")
    words = said.split()
    kinds, roles = [word for word in words if word in KINDS], [word for word in words if word in FIELD_ROLES]
    if not words or len(kinds) > 1 or len(roles) > 1 or len(kinds) + len(roles) < len(words):
        raise InputError(
            f"column {name!r}: expected a kind out of {list(KINDS)}, a role out of {list(FIELD_ROLES)}, or both with a "
            f"blank between, got {decision!r}."
        )
    kind, role = (kinds[0] if kinds else None), (roles[0] if roles else None)
    if (kind == "level") != bool(maximum) or (maximum and not maximum.strip().isdecimal()):
        raise InputError(
            f"column {name!r}: expected the kind level with its maximum behind, such as 'level of 30' of a score that "
            f"goes to 30, and no other kind with one, got {decision!r}."
        )
    return _Decision(kind, role, since.strip() or None, int(maximum) if maximum else None)


def _decided(field: SchemaField, raw: RawTable, decision: _Decision) -> SchemaField:
    kind, role, since, maximum = decision
    if kind is None:
        return field.model_copy(update={"role": role, "since": since})
    changes: dict[str, Any] = {"kind": kind, "role": role or "input", "categories_ordered": None, "since": since}
    if maximum is not None:
        changes["constraints"] = field.constraints.model_copy(update={"maximum": maximum})
    if kind != field.kind:
        changes["finding"] = None
    if KINDS[kind].numeric:
        return field.model_copy(update=changes | {"categories": ()})
    if not field.categories:
        texts = sorted(set(raw.cells[field.name]) - {""}, key=_by_size)
        changes |= {"categories": plain_categories(texts)}
    return field.model_copy(update=changes)


def _by_size(text: str) -> tuple[float, str]:
    """Numbers by size, before the words."""
    try:
        return float(text), ""
    except ValueError:
        return float("inf"), text
