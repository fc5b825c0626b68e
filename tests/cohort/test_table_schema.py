"""A schema as a Table Schema, in memory and in its two languages."""

import json
import re
from pathlib import Path

import pytest
import yaml

from retina_vae.cohort import CohortSchema, Column
from retina_vae.cohort.schema_file import cohort_schema, read_schema, read_table_schema
from retina_vae.cohort.table_schema import Category, SchemaField, TableSchema
from retina_vae.errors import InputError
from retina_vae.studies.macular.schema import MACULAR

EVERY_KIND = CohortSchema(
    identifier="Patient-Nr.",
    columns=(
        Column(name="answer", label="Answer: <b>x</b>", kind="binary", categories=("no", "yes"), finding="yes"),
        Column(
            name="code", label="Code", kind="nominal", categories=("01", "1", "1.0", "null", "~", "on"), part="noun"
        ),
        Column(name="grade", label="Grade", kind="ordinal", categories=("mild", "severe"), phrases=("a", "b")),
        Column(name="temperature", label="T", kind="continuous", unit="°C", minimum=-1e-05, maximum=1e300),
        Column(name="protein", label="Protein", kind="positive", required=True, censored=True),
        Column(name="volume", label="Volume", kind="zero_inflated", role="held_out", maximum=0.1 + 0.2),
        Column(name="visits", label="Visits", kind="count", role="outcome", not_applicable=("n/a", "no", "1")),
        Column(name="site", label="Site", kind="nominal", role="site", categories=("A, B", "'=1+1", "ä: {c}")),
    ),
)


@pytest.mark.parametrize("schema", [MACULAR, EVERY_KIND], ids=["macular", "every kind"])
@pytest.mark.parametrize("name", ["schema.yaml", "schema.json"])
def test_a_schema_comes_back_exactly(tmp_path: Path, schema: CohortSchema, name: str) -> None:
    path = tmp_path / name
    path.write_text(schema.to_table_schema().to_text(path), encoding="utf-8")
    assert read_schema(path) == schema


def test_a_field_without_missing_values_keeps_that(tmp_path: Path) -> None:
    """An empty list is not the same as none, which leaves the field those of the whole schema."""
    fields = (SchemaField(name="a", missing_values=()), SchemaField(name="b"), SchemaField(name="c", decimal_char=","))
    document = TableSchema(fields=fields, missing_values=("", "NA"))
    for name in ("schema.yaml", "schema.json"):
        (tmp_path / name).write_text(document.to_text(tmp_path / name), encoding="utf-8")
        read = read_table_schema(tmp_path / name)
        assert read == document
        assert [read.missing(field) for field in read.fields] == [{""}, {"", "NA"}, {"", "NA"}]


def test_codes_of_an_integer_that_only_look_like_numbers_keep_their_text(tmp_path: Path) -> None:
    categories = tuple(Category(value=text, label=text) for text in ("01", "1", "-0", "-2", "٣"))
    document = TableSchema(fields=(SchemaField(name="code", type="integer", categories=categories),))
    for name in ("schema.yaml", "schema.json"):
        (tmp_path / name).write_text(document.to_text(tmp_path / name), encoding="utf-8")
        assert read_table_schema(tmp_path / name) == document


def test_the_json_is_json_and_the_yaml_keeps_its_texts_in_any_reader() -> None:
    document = EVERY_KIND.to_table_schema()
    assert json.loads(document.to_json()) == yaml.safe_load(document.to_yaml())
    code = yaml.safe_load(document.to_yaml())["fields"][2]
    assert code["categories"] == ["01", "1", "1.0", "null", "~", "on"]


def test_a_field_without_much_to_say_says_little() -> None:
    assert SchemaField(name="x", kind="continuous", role="input").to_properties() == {
        "name": "x",
        "type": "any",
        "retinaVae:role": "input",
        "retinaVae:kind": "continuous",
    }


def test_categories_with_labels_are_written_with_both_and_integers_as_integers() -> None:
    categories = (Category(value="0", label="no"), Category(value="1", label="yes"))
    field = SchemaField(name="x", type="integer", categories=categories)
    assert field.to_properties()["categories"] == [{"value": 0, "label": "no"}, {"value": 1, "label": "yes"}]
    plain = SchemaField(name="x", type="integer", categories=(Category(value="-1", label="-1"),))
    assert plain.to_properties()["categories"] == [-1]


def test_the_schema_says_which_texts_are_missing_and_a_field_goes_before_it() -> None:
    own = SchemaField(name="own", missing_values=("99",))
    document = TableSchema(fields=(own, SchemaField(name="x")), missing_values=("", "NA"))
    assert document.missing(document.fields[1]) == {"", "NA"}
    assert document.missing(own) == {"", "99"}


def test_the_standards_example_is_read(tmp_path: Path) -> None:
    """Categories and missing values as the Data Package standard, version 2, gives them."""
    path = tmp_path / "schema.json"
    fields = [
        {"name": "id", "type": "string", "format": "uuid", "retinaVae:role": "identifier"},
        {
            "name": "physical_health",
            "type": "integer",
            "constraints": {"required": True, "pattern": "[0-4]"},
            "categories": [{"value": 0, "label": "Poor"}, {"value": 1, "label": "Fair"}, {"value": 2, "label": "Good"}],
            "categoriesOrdered": True,
            "missingValues": [{"value": "-99", "label": "OMITTED"}, "-98"],
            "retinaVae:kind": "ordinal",
            "retinaVae:role": "input",
            "another:property": {"of": "somebody"},
        },
    ]
    path.write_text(json.dumps({"$schema": "https://x", "fieldsMatch": "equal", "fields": fields}), encoding="utf-8")
    document = read_table_schema(path)
    assert document.fields[1].missing_values == ("-99", "-98")
    assert document.fields[1].labels == {"0": "Poor", "1": "Fair", "2": "Good"}
    column = cohort_schema(document, "x").columns[0]
    assert (column.kind, column.categories, column.required) == ("ordinal", ("Poor", "Fair", "Good"), True)


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"retinaVae:notApplicable": ["no"], "categories": ["no", "yes"]}, "a category, got ['no']"),
        ({"retinaVae:notApplicable": ["NA"], "missingValues": ["", "NA"]}, "a missing value, got ['NA']"),
        ({"retinaVae:notApplicable": [""]}, "an empty cell is a missing value"),
        ({"retinaVae:notApplicable": "n/a"}, "expected a list, got 'n/a'"),
        ({"retinaVae:censored": "perhaps"}, "valid boolean"),
        ({"retinaVae:censored": True, "retinaVae:role": "identifier"}, "expected neither of the identifier"),
        ({"retinaVae:notAplicable": ["n/a"]}, "'retinaVae:notApplicable' is meant"),
    ],
)
def test_remarks_that_contradict_the_rest_of_a_field_are_refused(properties: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        SchemaField.model_validate({"name": "x", **properties})


def test_the_field_decides_what_a_missing_value_of_the_whole_schema_means() -> None:
    fields = (SchemaField(name="a", not_applicable=("n/a",)), SchemaField(name="b"))
    document = TableSchema(fields=fields, missing_values=("", "n/a"))
    assert [document.missing(field) for field in document.fields] == [{""}, {"", "n/a"}]


def test_only_numbers_with_a_density_may_be_censored() -> None:
    field = SchemaField(name="visits", role="input", kind="count", censored=True)
    document = TableSchema(fields=(SchemaField(name="id", role="identifier"), field))
    with pytest.raises(InputError, match=r"expected the kind continuous or positive .* got 'count'"):
        cohort_schema(document, "s.yaml")


def test_a_column_is_not_called_like_the_companion_of_another() -> None:
    columns = (
        Column(name="x", label="x", kind="continuous", censored=True),
        Column(name="x (remark)", label="y", kind="continuous"),
    )
    with pytest.raises(ValueError, match=re.escape("got ['x (remark)'] more than once")):
        CohortSchema(identifier="id", columns=columns)
