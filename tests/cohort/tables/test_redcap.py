"""What a REDCap data dictionary adds to an export, with codes or with labels."""

import csv
from pathlib import Path

import pytest

from retina_vae.cohort.table_schema import SchemaField
from retina_vae.cohort.tables import read_raw_table
from retina_vae.cohort.tables.draft import draft_schema
from retina_vae.cohort.tables.redcap import redcap_hints
from retina_vae.errors import InputError

HEADER = [
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
]
FIELDS: list[dict[str, str]] = [
    {"name": "record_id", "type": "text", "label": "Record"},
    {"name": "surname", "type": "text", "label": "Surname", "identifier": "y"},
    {"name": "born", "type": "text", "label": "Born", "validation": "date_dmy"},
    {"name": "sex", "type": "radio", "label": "Sex at birth", "choices": "1, female | 2, male"},
    {"name": "pain", "type": "dropdown", "label": "Pain", "choices": "0, none | 1, mild | 2, severe, or worse"},
    {"name": "grade", "type": "radio", "label": "Grade", "choices": "2, moderate | 1, mild | 3, severe"},
    {"name": "smokes", "type": "yesno", "label": "Smokes"},
    {"name": "signs", "type": "checkbox", "label": "Signs", "choices": "1, fever | A-2, rash", "branching": "[x]='1'"},
    {"name": "weight", "type": "text", "label": "Weight", "validation": "number", "minimum": "30", "maximum": "200"},
    {"name": "children", "type": "text", "label": "Children", "validation": "integer", "maximum": "3"},
    {"name": "bmi", "type": "calc", "label": "BMI"},
    {"name": "free", "type": "notes", "label": "Notes"},
    {"name": "intro", "type": "descriptive", "label": "Welcome"},
    {"name": "mail", "type": "text", "label": "Mail", "validation": "email"},
]
PLACES = {
    **{"name": 0, "type": 3, "label": 4, "choices": 5, "validation": 7, "minimum": 8, "maximum": 9},
    **{"identifier": 10, "branching": 11},
}


def dictionary(tmp_path: Path, header: list[str] = HEADER) -> Path:
    rows = []
    for field in FIELDS:
        row = [""] * len(HEADER)
        for key, text in field.items():
            row[PLACES[key]] = text
        rows.append(row)
    path = tmp_path / "dictionary.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def export(tmp_path: Path, labels: bool = False, sex: tuple[str, ...] = ("1", "2")) -> Path:
    path = tmp_path / "export.csv"
    sexes = ("female", "male") if labels else sex
    ticks = ("Checked", "Unchecked") if labels else ("1", "0")
    head = (
        "record_id,redcap_event_name,redcap_data_access_group,surname,born,sex,pain,grade,smokes,signs___1,signs___a_2"
    )
    lines = [f"{head},weight,children,bmi,free,mail,first_complete,extra"]
    for i in range(60):
        pain = ("none", "mild", "severe, or worse")[i % 3] if labels else str(i % 3)
        grade = ("mild", "moderate", "severe")[i % 3] if labels else str(i % 3 + 1)
        smokes = ("Yes", "No")[i % 2] if labels else str(i % 2)
        lines.append(
            f'{i + 1},base,site_{i % 2},S{i},{i % 28 + 1}-1-1970,{sexes[i % len(sexes)]},"{pain}",{grade},{smokes},'
            f"{ticks[i % 2]},{ticks[1]},{50 + i + 0.5},{i % 5},{20 + i / 10:.1f},text {i},a@b.c,2,{'uv'[i % 2]}"
        )
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def fields(tmp_path: Path, missing: tuple[str, ...] = (), **more) -> dict[str, SchemaField]:
    raw = read_raw_table(export(tmp_path, **more))
    draft = draft_schema(raw, missing, redcap_hints(dictionary(tmp_path), raw, missing))
    return {field.name: field for field in draft.schema.fields}


def test_roles_and_kinds_come_from_the_dictionary(tmp_path: Path) -> None:
    found = fields(tmp_path)
    roles = {name: (field.role, field.kind) for name, field in found.items()}
    assert roles == {
        "record_id": ("identifier", None),
        "redcap_event_name": ("ignore", None),
        "redcap_data_access_group": ("site", "binary"),
        "surname": ("ignore", None),
        "born": ("ignore", None),
        "sex": ("input", "binary"),
        "pain": ("input", "nominal"),
        "grade": ("input", "ordinal"),
        "smokes": ("input", "binary"),
        "signs___1": ("input", "binary"),
        "signs___a_2": ("ignore", None),
        "weight": ("input", "continuous"),
        "children": ("input", "count"),
        "bmi": ("input", "continuous"),
        "free": ("ignore", None),
        "mail": ("ignore", None),
        "first_complete": ("ignore", None),
        "extra": ("input", "binary"),
    }


def test_categories_have_the_codes_as_values_and_are_shown_by_label(tmp_path: Path) -> None:
    found = fields(tmp_path)
    assert found["sex"].labels == {"1": "female", "2": "male"}
    assert found["sex"].title == "Sex at birth"
    assert found["pain"].labels == {"0": "none", "1": "mild", "2": "severe, or worse"}
    assert list(found["grade"].labels.items()) == [("1", "mild"), ("2", "moderate"), ("3", "severe")]
    assert (found["smokes"].labels, found["smokes"].finding) == ({"0": "No", "1": "Yes"}, "Yes")


def test_an_export_with_labels_is_recognised(tmp_path: Path) -> None:
    found = fields(tmp_path, labels=True)
    assert found["sex"].labels == {"female": "female", "male": "male"}
    assert found["signs___1"].labels == {"Unchecked": "no", "Checked": "yes"}


def test_checkboxes_expand_and_say_that_0_may_mean_never_asked(tmp_path: Path) -> None:
    field = fields(tmp_path)["signs___1"]
    assert (field.title, field.finding, field.labels) == ("Signs: fever", "yes", {"0": "no", "1": "yes"})
    assert "never asked" in (field.description or "")
    assert "branching logic" in (field.description or "")


def test_bounds_are_taken_where_all_patients_keep_them(tmp_path: Path) -> None:
    found = fields(tmp_path)
    assert (found["weight"].constraints.minimum, found["weight"].constraints.maximum) == (30, 200)
    assert found["children"].constraints.maximum is None, "four children are more than the dictionary's three"


def test_texts_that_are_no_choice_are_left_to_decide_until_they_are_named(tmp_path: Path) -> None:
    field = fields(tmp_path, sex=("1", "2", "-99"))["sex"]
    assert field.kind == "decide"
    assert "1 texts that are none" in (field.description or "")
    assert fields(tmp_path, sex=("1", "2", "-99"), missing=("-99",))["sex"].kind == "binary"


def test_the_names_of_the_api_are_known_and_other_files_refused(tmp_path: Path) -> None:
    names = ["field_name", "form_name", "section_header", "field_type", "field_label", "select_choices_or_calculations"]
    names += ["field_note", "text_validation_type_or_show_slider_number", "text_validation_min", "text_validation_max"]
    names += ["identifier", "branching_logic", "required_field"]
    raw = read_raw_table(export(tmp_path))
    assert redcap_hints(dictionary(tmp_path, names), raw) == redcap_hints(dictionary(tmp_path), raw)
    with pytest.raises(InputError, match="expected a REDCap data dictionary, found no columns"):
        redcap_hints(export(tmp_path), raw)
