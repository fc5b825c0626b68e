"""The file that says what a table's columns are: a Data Package v2 Table Schema, with a few properties of ours.

The format is https://datapackage.org/standard/table-schema/, written in YAML or JSON. Ours are ``retinaVae:kind`` and
``retinaVae:role`` of every field, and ``retinaVae:finding``, ``retinaVae:unit``, ``retinaVae:phrases``,
``retinaVae:part``, ``retinaVae:censored`` and ``retinaVae:notApplicable`` where they say something. What a cell holds
is compared as text, so the file is read as text too: a category ``no`` or ``01`` stays what stands there, and is
neither false nor 1.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from retina_vae.cohort.dates import Timed, bound_type, require_date_words, require_references
from retina_vae.cohort.image_shape import ImageShape
from retina_vae.cohort.kinds import KINDS
from retina_vae.cohort.sequence_shape import SequenceShape
from retina_vae.cohort.table_schema_keys import CATEGORY_KEYS, CONSTRAINT_KEYS, FIELD_KEYS, SCHEMA_KEYS, require_known
from retina_vae.words import did_you_mean

__all__ = ["DECIDE", "FIELD_ROLES", "Category", "Constraints", "SchemaField", "TableSchema"]

DECIDE = "decide"
"""Kind or role of a column that a draft leaves open."""

FIELD_ROLES = ("identifier", "input", "outcome", "held_out", "site", "ignore")
"""What a field may be for; a cohort's schema holds all but the ignored ones."""

_TYPES = (
    *("string", "number", "integer", "boolean", "object", "array", "list", "datetime", "date", "time", "year"),
    *("yearmonth", "duration", "geopoint", "geojson", "any"),
)


def _texts(value: Any) -> Any:
    """A list of texts; a whole number is the text of its digits, as in JSON or from code."""
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise ValueError(f"expected a list, got {value!r}")
    return tuple(_text(item) for item in value)


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"expected a text, got {value!r}; put it in quotes as it stands in the table")
    return str(value)


def _missing(value: Any) -> Any:
    """Missing values as texts; the standard lets them have labels, which are not read."""
    if isinstance(value, list):
        return _texts([item.get("value") if isinstance(item, Mapping) else item for item in value])
    return _texts(value)


Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
MissingValues = Annotated[tuple[str, ...], BeforeValidator(_missing)]
Bound = Annotated[Annotated[float | None, Tag("number")] | Annotated[date, Tag("day")], Discriminator(bound_type)]
OptionalText = Annotated[str | None, BeforeValidator(lambda value: None if value is None else _text(value))]


class _Part(BaseModel):
    """A part of the file: properties of ours and of the standard, under the names that they have there."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True, serialize_by_alias=True)


class Category(_Part):
    """A category: the text that stands in the table's cells, and the text that is shown for it."""

    value: Annotated[str, BeforeValidator(_text)]
    label: Annotated[str, BeforeValidator(_text)]

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            require_known(value, CATEGORY_KEYS, "categories")
            return {"value": value.get("value"), "label": value.get("label", value.get("value"))}
        return value if isinstance(value, Category) else {"value": value, "label": value}


class Constraints(_Part):
    """What every value of a column fulfils."""

    required: bool = False
    unique: bool = False
    minimum: Bound = None
    maximum: Bound = None
    enum: Texts = ()

    @model_validator(mode="before")
    @classmethod
    def _keys(cls, value: Any) -> Any:
        return require_known(value, CONSTRAINT_KEYS, "constraints")


class SchemaField(_Part):
    """One column of the table.

    ``categories`` with ``value`` and ``label`` are matched by value and shown by label. ``decimal_char``,
    ``group_char`` and ``bare_number`` are the standard's words for 1.234,5 and 45 %, ``format`` for how a day is
    written. ``since`` is the day, or the column of days, from which a day is measured. ``kind`` and ``role`` are
    ``decide`` or None where nobody has decided yet. A number that is ``censored`` may be a limit, ``<0.1``; texts that
    are ``not_applicable`` say that the value does not exist for the patient.
    """

    name: str
    type: str = "any"
    title: OptionalText = None
    description: OptionalText = None
    categories: tuple[Category, ...] = ()
    categories_ordered: bool | None = Field(None, alias="categoriesOrdered")
    missing_values: MissingValues | None = Field(None, alias="missingValues")
    decimal_char: str = Field(".", alias="decimalChar")
    group_char: OptionalText = Field(None, alias="groupChar")
    bare_number: bool = Field(True, alias="bareNumber")
    format: OptionalText = None
    constraints: Constraints = Constraints()
    kind: OptionalText = Field(None, alias="retinaVae:kind")
    role: OptionalText = Field(None, alias="retinaVae:role")
    finding: OptionalText = Field(None, alias="retinaVae:finding")
    unit: OptionalText = Field(None, alias="retinaVae:unit")
    since: OptionalText = Field(None, alias="retinaVae:since")
    phrases: Texts = Field((), alias="retinaVae:phrases")
    part: Literal["adjective", "noun", "attribute"] = Field("attribute", alias="retinaVae:part")
    censored: bool = Field(False, alias="retinaVae:censored")
    not_applicable: Texts = Field((), alias="retinaVae:notApplicable")

    @model_validator(mode="before")
    @classmethod
    def _keys(cls, value: Any) -> Any:
        return require_known(value, FIELD_KEYS, "a field")

    @model_validator(mode="after")
    def _words_are_known(self) -> SchemaField:
        for value, known, what in (
            (self.type, _TYPES, "type"),
            (self.kind, (*KINDS, DECIDE, None), "retinaVae:kind"),
            (self.role, (*FIELD_ROLES, DECIDE, None), "retinaVae:role"),
        ):
            if value not in known:
                words = [word for word in known if word]
                raise ValueError(f"{what}: expected one of {words}, got {value!r}{did_you_mean(str(value), words)}")
        if self.decimal_char not in (".", ",") or self.group_char == self.decimal_char:
            raise ValueError(
                "decimalChar: expected '.' or ',' and another groupChar, "
                f"got {self.decimal_char!r} and {self.group_char!r}"
            )
        bounds = {"minimum": self.constraints.minimum, "maximum": self.constraints.maximum}
        require_date_words(self.type, self.format, self.since, self.unit, bounds)
        kind = KINDS.get(str(self.kind))
        ordered = None if kind is None else kind.ordered and not kind.numeric
        if None not in (ordered, self.categories_ordered) and ordered != self.categories_ordered:
            raise ValueError(
                f"categoriesOrdered: expected {str(ordered).lower()}, or no such property, of a column of the kind "
                f"{self.kind!r}, got {str(self.categories_ordered).lower()}"
            )
        return self

    @model_validator(mode="after")
    def _remarks_fit(self) -> SchemaField:
        if self.role == "identifier" and (self.censored or self.not_applicable):
            raise ValueError(
                "retinaVae:censored and retinaVae:notApplicable: expected neither of the identifier; every patient has "
                "one"
            )
        texts = set(self.not_applicable)
        if "" in texts:
            raise ValueError(
                "retinaVae:notApplicable: expected texts, got an empty one; an empty cell is a missing value"
            )
        for others, what in ((self.labels, "a category"), (self.missing_values or (), "a missing value")):
            if both := sorted(texts & set(others)):
                raise ValueError(f"retinaVae:notApplicable: expected other texts than those of {what}, got {both}")
        return self

    @property
    def used(self) -> bool:
        """Whether a run reads the column's values as an input, an outcome or the like."""
        return self.role in ("input", "outcome", "held_out", "site", DECIDE)

    @property
    def undecided(self) -> list[str]:
        """The properties that somebody has to decide."""
        open_role = self.role in (None, DECIDE)
        open_kind = self.used and self.kind in (None, DECIDE)
        return ["retinaVae:role"] * open_role + ["retinaVae:kind"] * open_kind

    @property
    def labels(self) -> dict[str, str]:
        """What is shown for each text that may stand in a cell; empty of a number."""
        listed = self.categories or tuple(Category(value=text, label=text) for text in self.constraints.enum)
        return {category.value: category.label for category in listed}

    def to_properties(self) -> dict[str, Any]:
        """The field as it stands in a file, without what is the standard's default."""
        values = self.model_dump(mode="json", exclude_defaults=True, exclude={"categories", "constraints"})
        values = {"name": self.name, "type": self.type, **values}
        categories = self._categories_in_file()
        constraints = self.constraints.model_dump(mode="json", exclude_defaults=True)
        order = [alias for alias in _ORDER if alias in {*values, "categories", "constraints"}]
        values |= {"categories": categories, "constraints": constraints}
        # An empty list of missing values says something: those of the whole schema are none of this field.
        said = {alias for alias in order if values[alias] not in (None, [], {}) or alias == "missingValues"}
        return {alias: values[alias] for alias in order if alias in said}

    def _categories_in_file(self) -> list[Any]:
        def typed(text: str) -> str | int:
            # 01 is another text than 1, and so is a number in the digits of another script.
            plain = self.type == "integer" and re.fullmatch(r"0|-?[1-9][0-9]*", text) is not None
            return int(text) if plain else text

        if all(category.value == category.label for category in self.categories):
            return [typed(category.value) for category in self.categories]
        return [{"value": typed(category.value), "label": category.label} for category in self.categories]


_ORDER = (
    *("name", "title", "description", "type", "format", "retinaVae:role", "retinaVae:kind", "categories"),
    *("categoriesOrdered", "retinaVae:finding", "retinaVae:part", "retinaVae:phrases", "retinaVae:unit"),
    *("retinaVae:since", "retinaVae:censored", "retinaVae:notApplicable", "missingValues", "decimalChar"),
    *("groupChar", "bareNumber", "constraints"),
)


class TableSchema(_Part):
    """All columns of a table, and the texts that stand for a missing value in any of them, beside the empty cell."""

    fields: tuple[SchemaField, ...]
    primary_key: OptionalText = Field(None, alias="primaryKey")
    missing_values: MissingValues = Field(("",), alias="missingValues")
    image: ImageShape | None = Field(None, alias="retinaVae:image")
    sequence: SequenceShape | None = Field(None, alias="retinaVae:sequence")

    @model_validator(mode="before")
    @classmethod
    def _keys(cls, value: Any) -> Any:
        values = dict(require_known(value, SCHEMA_KEYS, "a schema"))
        key = values.get("primaryKey")
        if isinstance(key, list):
            if len(key) != 1:
                raise ValueError(f"primaryKey: expected one column that tells the patients apart, got {key}")
            values["primaryKey"] = key[0]
        return values

    @model_validator(mode="after")
    def _fields_agree(self) -> TableSchema:
        names = [field.name for field in self.fields]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"fields: expected each name once, got {twice} more than once")
        if self.primary_key is not None and self.primary_key not in names:
            raise ValueError(f"primaryKey: expected one of {names}, got {self.primary_key!r}")
        keys = [field.name for field in self.fields if field.role == "identifier"]
        if len(keys) > 1:
            raise ValueError(f"retinaVae:role: expected one identifier, got {keys}")
        named = next((field for field in self.fields if field.name == self.primary_key), None)
        if named is not None and (keys not in ([], [named.name]) or named.role not in (None, DECIDE, "identifier")):
            raise ValueError(
                f"primaryKey: expected the column with the role 'identifier', got {self.primary_key!r} with the role "
                f"{named.role!r}"
            )
        require_references([Timed(field.name, field.type, field.role, field.since) for field in self.fields])
        return self

    @property
    def identifier(self) -> str | None:
        """The column that tells patients apart: by its role, or as the standard's primary key."""
        roles = (field.name for field in self.fields if field.role == "identifier")
        return next(roles, self.primary_key)

    def missing(self, field: SchemaField) -> frozenset[str]:
        """The texts that stand for a missing value in this column; the empty cell always does.

        A text of the whole schema that the field calls not applicable is none in this column.
        """
        listed = self.missing_values if field.missing_values is None else field.missing_values
        return frozenset(listed) - set(field.not_applicable) | {""}

    def to_properties(self) -> dict[str, Any]:
        """The schema as it stands in a file."""
        values: dict[str, Any] = {"fields": [field.to_properties() for field in self.fields]}
        if self.identifier is not None:
            values["primaryKey"] = self.identifier
        if self.image is not None:
            values["retinaVae:image"] = self.image.model_dump()
        if self.sequence is not None:
            values["retinaVae:sequence"] = self.sequence.model_dump()
        return values | {"missingValues": list(self.missing_values)}

    def to_yaml(self) -> str:
        """The schema as YAML; what YAML would read as something else than text is quoted."""
        return yaml.dump(self.to_properties(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)

    def to_json(self) -> str:
        """The schema as JSON."""
        return json.dumps(self.to_properties(), indent=2, ensure_ascii=False) + "\n"

    def to_text(self, path: Path) -> str:
        """The schema in the language that the file's name asks for."""
        return self.to_json() if path.suffix == ".json" else self.to_yaml()


class _Dumper(yaml.SafeDumper):
    """YAML with lists of categories on one line."""


def _represent_list(dumper: yaml.SafeDumper, values: list[Any]) -> yaml.Node:
    flat = all(not isinstance(value, dict) or set(value) <= {"value", "label"} for value in values)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=flat)


_Dumper.add_representer(list, _represent_list)
