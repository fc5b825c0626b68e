"""Reading the file that says what a table's columns are: traps, slips, and columns that nobody has decided."""

from pathlib import Path

import pytest

from retina_vae.cohort import CohortSchema
from retina_vae.cohort.schema_file import MOST_CATEGORIES, read_schema, read_table_schema, undecided_columns
from retina_vae.errors import InputError

HEAD = "primaryKey: id\nfields:\n- {name: id, 'retinaVae:role': identifier}\n"
X = "- {name: x, type: number, 'retinaVae:role': input, 'retinaVae:kind': continuous}\n"


def schema(tmp_path: Path, fields: str, head: str = HEAD) -> Path:
    path = tmp_path / "schema.yaml"
    path.write_text(head + fields, encoding="utf-8")
    return path


def read(tmp_path: Path, fields: str, head: str = HEAD) -> CohortSchema:
    return read_schema(schema(tmp_path, fields, head))


def refusal(tmp_path: Path, fields: str, head: str = HEAD) -> str:
    path = schema(tmp_path, fields, head)
    with pytest.raises(InputError) as error:
        read_schema(path)
    assert str(error.value).startswith(f"{path}: ")
    return str(error.value)


def field(**properties: str) -> str:
    """A binary input with some properties added or replaced."""
    given = {"name": "x", "retinaVae:role": "input", "retinaVae:kind": "binary", "categories": "[a, b]"} | properties
    return "-\n" + "".join(f"  {name}: {value}\n" for name, value in given.items())


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("[no, yes]", ("no", "yes")),
        ("[on, off]", ("on", "off")),
        ("[01, 1]", ("01", "1")),
        ("[010, 0o10]", ("010", "0o10")),
        ("[1.0, 1]", ("1.0", "1")),
        ("[true, 1_000]", ("true", "1_000")),
        ("[2020-01-01, .inf]", ("2020-01-01", ".inf")),
        ("[12:30:45, 'null']", ("12:30:45", "null")),
    ],
)
def test_categories_are_the_texts_that_stand_there(tmp_path: Path, written: str, meant: tuple[str, ...]) -> None:
    assert read(tmp_path, field(categories=written))["x"].categories == meant


def test_a_category_that_is_no_text_is_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path, field(categories="[null, a]"))
    assert "column 'x'" in said
    assert "expected a text, got None; put it in quotes" in said
    path = tmp_path / "schema.json"
    path.write_text('{"fields": [{"name": "x", "categories": [true, false]}]}', encoding="utf-8")
    # JSON is read as YAML, in which a bare true is the text that stands there.
    assert list(read_table_schema(path).fields[0].labels) == ["true", "false"]


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ({"retinaVae:knd": "binary"}, "'retinaVae:kind' is meant"),
        ({"retinaVae:Kind": "binary"}, "'retinaVae:kind' is meant"),
        ({"retinavae:colour": "x"}, "'retinavae:colour'"),
        ({"categorys": "[a, b]"}, "'categories' is meant"),
        ({"missingvalue": "[NA]"}, "'missingValues' is meant"),
        ({"constraint": "{}"}, "'constraints' is meant"),
        ({"constraints": "{require: true}"}, "'required' is meant"),
        ({"constraints": "{maximun: 3}"}, "'maximum' is meant"),
        ({"retinaVae:kind": "bianry"}, "expected one of ['nominal', 'binary'"),
        ({"retinaVae:role": "output"}, "expected one of ['identifier', 'input'"),
        ({"type": "text"}, "expected one of ['string'"),
        ({"constraints": "{required: maybe}"}, "constraints: required"),
        ({"categoriesOrdered": "true"}, "expected false, or no such property, of a column of the kind 'binary'"),
        ({"decimalChar": "';'"}, "decimalChar: expected '.' or ','"),
        ({"decimalChar": "','", "groupChar": "','"}, "another groupChar"),
    ],
)
def test_slips_are_named_with_the_column(tmp_path: Path, slip: dict[str, str], meant: str) -> None:
    said = refusal(tmp_path, field(**slip))
    assert meant in said
    assert "'x'" in said or "field 1" in said


def test_properties_of_the_standard_and_of_others_are_tolerated(tmp_path: Path) -> None:
    more = {"rdfType": "x", "example": "a", "format": "default", "clinic:device": "y", "description": "z"}
    assert read(tmp_path, field(**more))["x"].categories == ("a", "b")


def test_all_undecided_columns_are_listed_with_the_choices(tmp_path: Path) -> None:
    fields = (
        field(name="a", **{"retinaVae:kind": "decide", "description": "few codes"})
        + field(name="b", **{"retinaVae:role": "decide"})
        + "- {name: c}\n- {name: d, 'retinaVae:role': ignore}\n"
    )
    said = refusal(tmp_path, fields)
    assert "found 3 undecided" in said
    assert "column 'a': decide retinaVae:kind. few codes" in said
    assert "column 'b': decide retinaVae:role." in said
    assert "column 'c': decide retinaVae:role." in said
    assert "'d'" not in said
    assert "identifier, input, outcome, held_out, site, ignore" in said
    assert "zero_inflated (a number that is often 0)" in said


def test_a_column_without_role_is_the_identifier_where_it_is_the_primary_key(tmp_path: Path) -> None:
    head = "primaryKey: [id]\nfields:\n- {name: id}\n"
    assert read(tmp_path, X, head).identifier == "id"
    assert undecided_columns(read_table_schema(schema(tmp_path, X, head))) == []
    assert "expected one column that tells" in refusal(tmp_path, X, "primaryKey: [id, x]\nfields:\n- {name: id}\n")
    assert "expected one of ['id', 'x'], got 'y'" in refusal(tmp_path, X, "primaryKey: y\nfields:\n- {name: id}\n")
    assert "got 'x' with the role 'input'" in refusal(tmp_path, X, HEAD.replace("primaryKey: id", "primaryKey: x"))


def test_a_table_needs_one_identifier_and_an_input(tmp_path: Path) -> None:
    assert "expected one column with the role 'identifier', found none" in refusal(tmp_path, X, "fields:\n")
    assert "expected a column with the role 'input', found none" in refusal(tmp_path, "")
    twice = "- {name: other, 'retinaVae:role': identifier}\n"
    assert "expected one identifier, got ['id', 'other']" in refusal(tmp_path, X + twice)
    assert "got ['x'] more than once" in refusal(tmp_path, X + X)


def test_all_columns_that_cannot_be_are_listed(tmp_path: Path) -> None:
    fields = (
        field(name="a", categories="[a]")
        + field(name="b", categories="[]")
        + field(name="c", **{"retinaVae:finding": "z"})
        + field(name="d", **{"retinaVae:phrases": "[one]"})
        + field(name="e", constraints="{minimum: 3}")
        + "- {name: f, 'retinaVae:role': input, 'retinaVae:kind': count, constraints: {minimum: -3}}\n"
    )
    said = refusal(tmp_path, fields)
    for name in "abcdef":
        assert f"column '{name}': " in said
    assert said.count("\n") == 6
    assert "`categories`, the list of texts that stand in the table" in said
    assert "retinaVae:finding: expected one of ['a', 'b'], got 'z'" in said


def test_more_than_fifty_categories_are_refused(tmp_path: Path) -> None:
    many = field(**{"retinaVae:kind": "nominal", "categories": str([f"c{i}" for i in range(MOST_CATEGORIES + 1)])})
    assert "expected at most 50 categories, got 51; group them" in refusal(tmp_path, many)
    thousand = field(**{"retinaVae:kind": "nominal", "categories": str([f"c{i}" for i in range(1000)])})
    assert "got 1000" in refusal(tmp_path, thousand)


def test_the_finding_is_put_second_and_may_be_named_by_value_or_label(tmp_path: Path) -> None:
    categories = "[{value: 1, label: ill}, {value: 0, label: well}]"
    for finding in ("1", "ill"):
        more = {"categories": categories, "retinaVae:finding": finding, "retinaVae:phrases": "[with it, without]"}
        column = read(tmp_path, field(**more))["x"]
        assert (column.categories, column.finding) == (("well", "ill"), "ill")
        assert column.phrases == ("without", "with it")


def test_constraints_give_bounds_and_categories(tmp_path: Path) -> None:
    column = read(tmp_path, X.replace("}", ", constraints: {minimum: 0, maximum: '1e3', required: true}}"))["x"]
    assert (column.minimum, column.maximum, column.required) == (0, 1000, True)
    by_enum = field(categories="", constraints="{enum: [u, v]}")
    assert read(tmp_path, by_enum)["x"].categories == ("u", "v")
    with_codes = field(**{"retinaVae:kind": "count", "categories": "[1, 2]"})
    assert read(tmp_path, with_codes)["x"].categories == (), "numbers do not use categories"


@pytest.mark.parametrize("name", ["'{x}'", "'a}'", "' x'", "'x '", '"a\\nb"', '"a\\u001bb"', "''", "cluster"])
def test_names_that_would_break_what_is_made_of_them_are_refused_where_they_are_used(tmp_path: Path, name: str) -> None:
    assert "rename" in refusal(tmp_path, X + field(name=name))
    assert len(read(tmp_path, X + field(name=name, **{"retinaVae:role": "ignore"})).columns) == 1


def test_names_and_labels_may_be_any_text(tmp_path: Path) -> None:
    column = read(tmp_path, field(name="'<script>alert(1)</script>'", title="'=1+1'", categories="['<b>', \"'=2\"]"))
    assert column.columns[0].name == "<script>alert(1)</script>"
    assert column.columns[0].label == "=1+1"


@pytest.mark.parametrize("text", ["", "inputs: 3", "- a", "fields: 3", "fields: [", "\x00"])
def test_what_is_no_schema_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "schema.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"expected (the schema of a patient table|a schema in YAML or JSON)"):
        read_schema(path)
    with pytest.raises(InputError, match="expected a schema in YAML or JSON"):
        read_schema(tmp_path / "none.yaml")


def test_a_message_names_the_line_and_the_word_that_was_probably_meant(tmp_path: Path) -> None:
    path = tmp_path / "schema.yaml"
    path.write_text(
        "fields:\n- name: id\n  retinaVae:role: identifer\n"
        "- name: x\n\n  tytle: X\n"
        "- name: y\n  retinaVae:kind: cuont\n"
    )
    with pytest.raises(InputError) as error:
        read_table_schema(path)
    lines = str(error.value).splitlines()
    assert lines[1].startswith("  line 3: column 'id': retinaVae:role: expected one of ['identifier', ")
    assert lines[1].endswith("got 'identifer'; did you mean 'identifier'?")
    assert lines[2].startswith("  line 4: column 'x': a field: expected a property")
    assert lines[3].startswith("  line 8: column 'y': retinaVae:kind: expected one of")
    assert lines[3].endswith("got 'cuont'; did you mean 'count'?")
