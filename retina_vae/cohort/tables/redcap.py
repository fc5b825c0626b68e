"""What a REDCap data dictionary says of the columns of an export.

The dictionary is the CSV file that REDCap calls "Data Dictionary" (one row per field); columns may be named as in that
file ("Variable / Field Name") or as the API names them (``field_name``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from retina_vae.cohort.table_schema import DECIDE, Category
from retina_vae.cohort.tables.category_rules import labelled_categories
from retina_vae.cohort.tables.date_rules import dates_of
from retina_vae.cohort.tables.draft import FieldHints
from retina_vae.cohort.tables.evidence import Proposal
from retina_vae.cohort.tables.raw import RawTable
from retina_vae.cohort.tables.read import read_raw_table
from retina_vae.errors import InputError

__all__ = ["redcap_hints"]

_COLUMNS = {
    "name": ("variable / field name", "field_name"),
    "type": ("field type", "field_type"),
    "label": ("field label", "field_label"),
    "choices": ("choices, calculations, or slider labels", "choices or calculations", "select_choices_or_calculations"),
    "validation": (
        "text validation type or show slider number",
        "text_validation_type_or_show_slider_number",
    ),
    "minimum": ("text validation min", "text_validation_min"),
    "maximum": ("text validation max", "text_validation_max"),
    "identifier": ("identifier?", "identifier"),
    "branching": (
        "branching logic (show field only if...)",
        "branching_logic",
    ),
}
_NEEDED = ("name", "type", "label", "choices")

_YES_NO = {"0": "No", "1": "Yes"}
_CHOICES_OF = {"yesno": _YES_NO, "truefalse": {"0": "False", "1": "True"}}
_PERSONAL = ("email", "phone", "zipcode", "ssn", "mrn_10d", "mrn_generic", "postalcode", "postalcode_germany")
_FILES = ("file", "signature")

_STRUCTURE = {
    "redcap_event_name": "the event of a longitudinal study; a table of patients needs one row for each of them",
    "redcap_repeat_instrument": "a repeated form; a table of patients needs one row for each of them",
    "redcap_repeat_instance": "the number of a repeated form; a table of patients needs one row for each of them",
    "redcap_survey_identifier": "tells who answered a survey",
}


class _Entry(NamedTuple):
    """One row of a dictionary."""

    name: str
    type: str
    label: str
    choices: str
    validation: str = ""
    minimum: str = ""
    maximum: str = ""
    identifier: str = ""
    branching: str = ""


def redcap_hints(dictionary: Path, raw: RawTable, missing: Sequence[str] = ()) -> dict[str, FieldHints]:
    """What the dictionary says of each column of the table.

    A column of which it says nothing is judged by its cells alone.

    Args:
        dictionary: The data dictionary.
        raw: The table that was exported; with codes or with labels.
        missing: Missing-data codes, beside the empty cell.

    Raises:
        InputError: The file is missing or is no data dictionary.
    """
    entries = _read(dictionary)
    hints: dict[str, FieldHints] = {
        name: FieldHints(proposal=Proposal("ignore", None, why)) for name, why in _STRUCTURE.items()
    }
    for number, entry in enumerate(entries):
        for name, hint in _hints(entry, raw, missing):
            hints[name] = hint._replace(proposal=_identifier()) if number == 0 else hint
    for name in raw.columns:
        if name.endswith("_complete") and name not in hints:
            hints[name] = FieldHints(proposal=Proposal("ignore", None, "whether a form is complete"))
    site = "redcap_data_access_group"
    if site in raw.columns:
        values = {text: text for text in sorted(raw.cells[site].unique()) if text}
        hints[site] = FieldHints(proposal=_as_site(values))
    return {name: hint for name, hint in hints.items() if name in raw.columns}


def _identifier() -> Proposal:
    return Proposal("identifier", None, "the record identifier, which is the first field of a REDCap project")


def _as_site(values: dict[str, str]) -> Proposal:
    if len(values) < 2:
        return Proposal("ignore", None, "all patients are of one site")
    found = labelled_categories(values, "the site of the patient", "string")
    return Proposal("site", found.kind, found.why, found.type, found.properties)


def _read(path: Path) -> list[_Entry]:
    table = read_raw_table(path)
    names = {name.casefold(): name for name in table.columns}
    found = {key: next((names[name] for name in written if name in names), None) for key, written in _COLUMNS.items()}
    lacking = [_COLUMNS[key][0] for key in _NEEDED if found[key] is None]
    if lacking:
        raise InputError(
            f"{path}: expected a REDCap data dictionary, found no columns {lacking}. Download it in REDCap under "
            "'Project Setup', 'Data Dictionary'."
        )
    cells = {key: table.cells[name] for key, name in found.items() if name is not None}
    return [_Entry(**{key: str(column.iloc[row]) for key, column in cells.items()}) for row in range(len(table.cells))]


def _hints(entry: _Entry, raw: RawTable, missing: Sequence[str]) -> Iterator[tuple[str, FieldHints]]:
    """The columns of one field with what is known of them: several of a checkbox, one of any other."""
    kind = entry.type.casefold()
    note = _note(entry)
    if kind == "checkbox":
        for code, label in _choices(entry.choices).items():
            title = f"{entry.label}: {label}"
            yield _checkbox_column(entry.name, code), FieldHints(title, {}, _checkbox(raw, entry, code), note=note)
        return
    yield (
        entry.name,
        FieldHints(
            title=entry.label or None,
            labels={},
            proposal=_proposal(entry, kind, raw, missing),
            numbers=kind in ("calc", "slider") or entry.validation.casefold().startswith(("number", "integer")),
            note=note,
            minimum=_bound(entry.minimum),
            maximum=_bound(entry.maximum),
        ),
    )


def _proposal(entry: _Entry, kind: str, raw: RawTable, missing: Sequence[str]) -> Proposal | None:
    """What the dictionary says outright; None where the cells have to say it."""
    validation = entry.validation.casefold()
    if entry.identifier.casefold() == "y" or validation in _PERSONAL:
        return Proposal("ignore", None, "the dictionary calls it an identifier of a person")
    if kind in _FILES:
        return Proposal("ignore", None, "a file")
    if kind == "notes":
        return Proposal("ignore", None, "free text, by the dictionary")
    if validation.startswith(("date", "time")):
        cells = raw.cells[entry.name] if entry.name in raw.columns else pd.Series([], dtype="str")
        known = cells[~cells.isin(["", *missing])]
        if validation.startswith("date"):
            return dates_of(known, typed=raw.point)
        return Proposal("ignore", None, "a time of day, by the dictionary, which no kind reads")
    choices = _CHOICES_OF.get(kind) or (_choices(entry.choices) if kind in ("radio", "dropdown") else {})
    return _of_choices(choices, raw, entry.name, missing) if choices else None


def _of_choices(choices: Mapping[str, str], raw: RawTable, name: str, missing: Sequence[str]) -> Proposal | None:
    """Categories from codes and labels, whichever of them were exported; None where the cells hold neither."""
    if name not in raw.columns:
        return None
    cells = set(raw.cells[name].unique()) - {"", *missing}
    unknown_codes, unknown_labels = cells - set(choices), cells - set(choices.values())
    by_label = len(unknown_labels) < len(unknown_codes)
    labels = {label: label for label in choices.values()} if by_label else dict(choices)
    found = labelled_categories(labels, "choices of the dictionary", "string" if by_label else _type(labels))
    unknown = len(unknown_labels if by_label else unknown_codes)
    if unknown:
        why = (
            f"The dictionary's choices, and {unknown} texts that are none: missing-data codes, perhaps, which "
            f"--missing names. The kind is {found.kind} without them."
        )
        return Proposal(found.role, DECIDE, why, found.type, found.properties)
    return found


def _checkbox(raw: RawTable, entry: _Entry, code: str) -> Proposal:
    column = _checkbox_column(entry.name, code)
    cells = set(raw.cells[column].unique()) if column in raw.columns else set()
    pair = ("Unchecked", "Checked") if "Checked" in cells or "Unchecked" in cells else ("0", "1")
    categories = (Category(value=pair[0], label="no"), Category(value=pair[1], label="yes"))
    why = f"a checkbox; {pair[0]} is what REDCap writes for a patient who was never asked, too"
    return Proposal(
        "input", "binary", why, _type(dict.fromkeys(pair, "")), {"categories": categories, "finding": "yes"}
    )


def _checkbox_column(name: str, code: str) -> str:
    """The column of one choice: its code in small letters, with underscores for other signs."""
    return f"{name}___{re.sub('[^a-z0-9]', '_', code.casefold())}"


def _choices(text: str) -> dict[str, str]:
    """Codes and labels of a field such as "1, Yes | 2, No, never"."""
    pairs = [part.split(",", 1) for part in text.split("|") if part.strip()]
    return {pair[0].strip(): pair[-1].strip() for pair in pairs}


def _note(entry: _Entry) -> str:
    if not entry.branching:
        return ""
    return "Asked of some patients only (branching logic), so that a gap may mean that it does not apply"


def _bound(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _type(labels: Mapping[str, str]) -> str:
    return "integer" if all(re.fullmatch(r"-?(0|[1-9]\d*)", value) for value in labels) else "string"
