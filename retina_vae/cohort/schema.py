"""What a patient table holds: its columns, their kinds and roles, their categories and units."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from retina_vae.cohort.image_shape import ImageShape
from retina_vae.cohort.kinds import KINDS, Kind
from retina_vae.cohort.remarks import remark_column
from retina_vae.cohort.sequence_shape import END, SequenceShape
from retina_vae.cohort.table_schema import Category, Constraints, SchemaField, TableSchema

__all__ = ["TESTED_ROLES", "CohortSchema", "Column", "Role"]

Role = Literal["input", "outcome", "held_out", "site"]
"""What a column is for: the model reads ``input`` columns and no other."""

TESTED_ROLES: tuple[Role, ...] = ("outcome", "held_out", "site")
"""Roles of the columns that the model never sees, and that the clusters are tested against."""


class Column(BaseModel):
    """One column of a patient table.

    A category's position in ``categories`` is its code; those of an ordinal column stand in ascending order.
    ``finding`` names the category of a binary column whose presence is of interest, where one is. ``phrases`` says
    each category in plain words and ``part`` where the phrase stands in a description: adjectives, then the noun, then
    attributes ("young", "men", "with asthma"). ``minimum`` and ``maximum`` are bounds of a number, both included. A
    column that is ``required`` has no gaps. A number that is ``censored`` may be a limit of detection that the measured
    one lies beyond, and the texts ``not_applicable`` say that the value does not exist for a patient; what a cell said
    stands in the column's companion (:mod:`~retina_vae.cohort.remarks`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    label: str
    kind: str
    role: Role = "input"
    categories: tuple[str, ...] = ()
    finding: str | None = None
    part: Literal["adjective", "noun", "attribute"] = "attribute"
    phrases: tuple[str, ...] = ()
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    required: bool = False
    censored: bool = False
    not_applicable: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Column:
        if self.kind not in KINDS:
            raise ValueError(f"column {self.name!r}: expected a kind out of {list(KINDS)}, got {self.kind!r}")
        try:
            self.kind_of.check_definition(self.categories, self.finding, self.minimum, self.maximum)
        except ValueError as error:
            raise ValueError(f"column {self.name!r}: {error}") from None
        if self.censored and not self.kind_of.censorable:
            kinds = " or ".join(name for name, kind in KINDS.items() if kind.censorable)
            raise ValueError(
                f"column {self.name!r}: retinaVae:censored: expected the kind {kinds} of numbers of which some are "
                f"known by a limit alone, got {self.kind!r}"
            )
        if self.phrases and len(self.phrases) != len(self.categories):
            raise ValueError(
                f"column {self.name!r}: expected a phrase for each of {len(self.categories)} categories, "
                f"got {len(self.phrases)}"
            )
        return self

    @property
    def kind_of(self) -> Kind:
        """What depends on the column's kind."""
        return KINDS[self.kind]

    @property
    def numeric(self) -> bool:
        """Whether the values are numbers in ``unit``, rather than categories."""
        return self.kind_of.numeric

    @property
    def remarked(self) -> bool:
        """Whether a cell may say what no value says, so that the table has a companion of the column."""
        return self.censored or bool(self.not_applicable)

    @property
    def axis_label(self) -> str:
        """Label with unit, as an axis or a table head shows it."""
        return f"{self.label} ({self.unit})" if self.unit else self.label

    @property
    def expectation(self) -> str:
        """What a value must be, in words."""
        return self.kind_of.expectation(self.categories, self.minimum, self.maximum, self.unit)

    def to_field(self) -> SchemaField:
        """The column as a field of a Table Schema, in which every category stands for itself."""
        return SchemaField(
            name=self.name,
            type="number" if self.numeric else "string",
            title=self.label,
            categories=tuple(Category(value=category, label=category) for category in self.categories),
            categories_ordered=True if self.kind_of.ordered and not self.numeric else None,
            constraints=Constraints(required=self.required, minimum=self.minimum, maximum=self.maximum),
            kind=self.kind,
            role=self.role,
            finding=self.finding,
            unit=self.unit,
            phrases=self.phrases,
            part=self.part,
            censored=self.censored,
            not_applicable=self.not_applicable,
        )


class CohortSchema(BaseModel):
    """The columns of a patient table: an identifier, and the others in the order of the table.

    ``image`` is the shape of the picture whose pixels the inputs are, where they are: each of the kind ``level``, with
    one maximum, in the order of :class:`~retina_vae.cohort.image_shape.ImageShape`. ``sequence`` is that of the
    sequence whose symbols they are: each of the kind ``nominal``, with one alphabet
    (:class:`~retina_vae.cohort.sequence_shape.SequenceShape`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    identifier: str
    columns: tuple[Column, ...]
    image: ImageShape | None = None
    sequence: SequenceShape | None = None

    @model_validator(mode="after")
    def _names_are_unique(self) -> CohortSchema:
        names = self.table_columns
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"expected each column once, got {twice} more than once")
        if not self.inputs:
            raise ValueError("expected a column with the role 'input', got none: the model would have nothing to read")
        return self

    @model_validator(mode="after")
    def _inputs_are_pixels(self) -> CohortSchema:
        if self.image is None:
            return self
        shape, inputs = self.image, self.inputs
        if len(inputs) != shape.pixels:
            raise ValueError(
                f"retinaVae:image: expected {shape.pixels} columns with the role 'input', one for each pixel of "
                f"{shape.channels} x {shape.height} x {shape.width} (channels, height, width), got {len(inputs)}"
            )
        first = inputs[0]
        for column in inputs:
            if (column.kind, column.maximum) != ("level", first.maximum):
                raise ValueError(
                    f"retinaVae:image: expected pixels of the kind 'level' with one maximum, got column "
                    f"{column.name!r} of the kind {column.kind!r} with the maximum {column.maximum}, after "
                    f"{first.name!r} of the kind {first.kind!r} with {first.maximum}"
                )
            if column.not_applicable:
                raise ValueError(
                    f"retinaVae:image: expected pixels that all exist, got column {column.name!r} with "
                    "retinaVae:notApplicable; leave it out, so that such a pixel is a gap"
                )
        if not self.with_role("held_out"):
            raise ValueError(
                "retinaVae:image: expected a column with the role 'held_out' beside the pixels, such as their mean "
                "brightness, because tables and sentences say nothing of single pixels; got none"
            )
        return self

    @model_validator(mode="after")
    def _inputs_are_symbols(self) -> CohortSchema:
        if self.sequence is None:
            return self
        if self.image is not None:
            raise ValueError("retinaVae:sequence: expected either a sequence or a picture, got retinaVae:image as well")
        inputs, alphabet = self.inputs, self.inputs[0].categories
        if len(inputs) != self.sequence.length:
            raise ValueError(
                f"retinaVae:sequence: expected {self.sequence.length} columns with the role 'input', one for each "
                f"position of a sequence, got {len(inputs)}"
            )
        if alphabet[-1:] != (END,):
            raise ValueError(
                f"retinaVae:sequence: expected {END!r} as the last category of each position, got "
                f"{alphabet[-1] if alphabet else 'none'!r}"
            )
        for column in inputs:
            if column.kind != "nominal" or column.categories != alphabet or column.remarked:
                raise ValueError(
                    f"retinaVae:sequence: expected positions of the kind 'nominal' with one alphabet and no remarks, "
                    f"got column {column.name!r} of the kind {column.kind!r}, which is another than {inputs[0].name!r}"
                )
        if not self.with_role("held_out"):
            raise ValueError(
                "retinaVae:sequence: expected a column with the role 'held_out' beside the positions, such as their "
                "length, because tables and sentences say nothing of single positions; got none"
            )
        return self

    @property
    def table_columns(self) -> list[str]:
        """The columns of a table of patients in their order, companions of columns with remarks among them."""
        names = [self.identifier]
        for column in self.columns:
            names += [column.name, remark_column(column.name)] if column.remarked else [column.name]
        return names

    @property
    def inputs(self) -> tuple[Column, ...]:
        """The columns that the model reads, in their order."""
        return self.with_role("input")

    @property
    def outcomes(self) -> tuple[Column, ...]:
        """What a reader wants to know of the clusters, and the model does not see."""
        return self.with_role("outcome")

    @property
    def tested(self) -> tuple[Column, ...]:
        """Every column that the model does not see."""
        return self.with_role(*TESTED_ROLES)

    @property
    def outcome(self) -> Column | None:
        """The outcome whose categories pictures and tables of groups show: the first that has categories."""
        return next((column for column in self.outcomes if not column.numeric), None)

    def with_role(self, *roles: Role) -> tuple[Column, ...]:
        """The columns that have one of these roles, in their order."""
        return tuple(column for column in self.columns if column.role in roles)

    def with_inputs(self, *columns: Column) -> CohortSchema:
        """The same schema with other inputs, which stand behind the other columns."""
        others = tuple(column for column in self.columns if column.role != "input")
        return CohortSchema(identifier=self.identifier, columns=(*others, *columns))

    @property
    def made_of_parts(self) -> bool:
        """Whether the inputs are parts of one thing, pixels or symbols, rather than columns with a meaning each."""
        return self.image is not None or self.sequence is not None

    @property
    def in_words(self) -> CohortSchema:
        """The columns that tables, texts and pictures of columns are about.

        Of pictures it has no pixels, of which nobody reads 784 lines, and of sequences no symbols: the measures that
        are held out stand in their place. Of other patients it is the schema itself.
        """
        if not self.made_of_parts:
            return self
        kept = (column for column in self.columns if column.role != "input")
        told = (own.model_copy(update={"role": "input"}) if own.role == "held_out" else own for own in kept)
        return CohortSchema(identifier=self.identifier, columns=tuple(told))

    def __getitem__(self, name: str) -> Column:
        """The column called ``name``; KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def to_table_schema(self) -> TableSchema:
        """The schema as a Table Schema; :func:`~retina_vae.cohort.schema_file.cohort_schema` makes it again."""
        unique = Constraints(required=True, unique=True)
        identifier = SchemaField(name=self.identifier, type="string", role="identifier", constraints=unique)
        fields = (identifier, *(column.to_field() for column in self.columns))
        return TableSchema(fields=fields, image=self.image, sequence=self.sequence)

    def to_yaml(self) -> str:
        """The schema as a Table Schema in YAML."""
        return self.to_table_schema().to_yaml()
