"""The statistics that a simulated cohort is drawn from, with the source of each number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, InstanceOf, ValidationError, field_validator, model_validator

from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.cohort.simulated.statistics import STATISTICS, Statistic
from retina_vae.errors import InputError
from retina_vae.yaml_files import read_yaml

__all__ = ["Epidemiology", "Group", "load_epidemiology"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Group(_Record):
    """One group of patients: its full name and the statistic of each column, independent given the group."""

    name: str
    columns: dict[str, InstanceOf[Statistic]]


class Epidemiology(_Record):
    """The groups of a cohort, as many patients of each, and the sources of their statistics.

    Attributes:
        sources: Where the numbers come from, in words, by the key that the statistics name.
        column: The column that says to which group a patient belongs, its categories the keys of ``groups`` in their
            order. Without one the groups are latent: no column of the table names them.
        groups: The groups by their code.
    """

    sources: dict[str, str]
    column: str | None = None
    groups: dict[str, Group]

    @model_validator(mode="after")
    def _sources_are_known(self) -> Epidemiology:
        if not self.groups:
            raise ValueError("groups: expected one group or more, got none")
        for code, group in self.groups.items():
            for name, statistic in group.columns.items():
                if statistic.source not in self.sources:
                    raise ValueError(
                        f"groups.{code}.columns.{name}.source: expected one of {list(self.sources)}, "
                        f"got {statistic.source!r}"
                    )
        return self

    def drawn_columns(self, schema: CohortSchema) -> tuple[Column, ...]:
        """The columns that have statistics: first the inputs, then the others but for the one that names the group."""
        return (*schema.inputs, *(column for column in schema.tested if column.name != self.column))

    def with_missing(self, share: float, schema: CohortSchema) -> Epidemiology:
        """The same groups with this share of the values of every input not observed."""
        names = {column.name for column in schema.inputs}

        def changed(group: Group) -> Group:
            columns = {
                name: statistic.model_copy(update={"missing": share}) if name in names else statistic
                for name, statistic in group.columns.items()
            }
            return group.model_copy(update={"columns": columns})

        return self.model_copy(update={"groups": {code: changed(group) for code, group in self.groups.items()}})


class _GroupInFile(_Record):
    name: str
    columns: dict[str, dict[str, Any]]


class _File(_Record):
    sources: dict[str, str]
    column: str | None = None
    groups: dict[str, _GroupInFile]

    @field_validator("groups", mode="before")
    @classmethod
    def _codes_are_texts(cls, value: Any) -> Any:
        for code in value if isinstance(value, dict) else ():
            if not isinstance(code, str):
                raise ValueError(f"expected groups whose keys are texts, got {code!r}; put quotes around it")
        return value


def load_epidemiology(path: Path, schema: CohortSchema) -> Epidemiology:
    """Read the statistics of groups and check that they describe exactly the columns of ``schema``.

    A column's kind decides which statistic it has (:data:`~retina_vae.cohort.simulated.statistics.STATISTICS`). Every
    column of the schema has one in every group, but for the column that names the group.

    Raises:
        InputError: The file is missing, is not YAML, or does not describe the columns of the schema.
    """
    try:
        found = _File.model_validate(read_yaml(path, "the statistics of groups in YAML"))
    except ValidationError as error:
        raise InputError(f"{path}: the statistics are not valid: {_faults(error)}.") from None
    try:
        _check_column(found, schema)
        groups = {code: _group(code, group, found.column, schema) for code, group in found.groups.items()}
        return Epidemiology(sources=found.sources, column=found.column, groups=groups)
    except ValidationError as error:
        raise InputError(f"{path}: {_faults(error)}.") from None
    except ValueError as error:
        raise InputError(f"{path}: {error}.") from None


def _check_column(found: _File, schema: CohortSchema) -> None:
    """The column that names the group has the groups as its categories, and is no input."""
    if found.column is None:
        return
    possible = {column.name: column for column in schema.tested if column.categories}
    if found.column not in possible:
        raise ValueError(
            f"column: expected a column with categories that is no input, one of {list(possible)}, "
            f"got {found.column!r}; leave the key out where no column names the group"
        )
    categories = list(possible[found.column].categories)
    if list(found.groups) != categories:
        raise ValueError(f"groups: expected the categories of {found.column!r}, {categories}, got {list(found.groups)}")


def _group(code: str, found: _GroupInFile, column: str | None, schema: CohortSchema) -> Group:
    expected = [each for each in schema.columns if each.name != column]
    if set(found.columns) != {each.name for each in expected}:
        names = [each.name for each in expected]
        raise ValueError(f"groups.{code}.columns: expected {sorted(names)}, got {sorted(found.columns)}")
    columns = {each.name: _statistic(f"groups.{code}.columns", found.columns[each.name], each) for each in expected}
    return Group(name=found.name, columns=columns)


def _statistic(place: str, values: dict[str, Any], column: Column) -> Statistic:
    try:
        statistic = STATISTICS[column.kind].model_validate(values)
        statistic.check_fits(column)
    except ValidationError as error:
        raise ValueError(f"{place}.{column.name}: {_faults(error)} (a column of kind {column.kind!r})") from None
    except ValueError as error:
        raise ValueError(f"{place}.{column.name}: {error}") from None
    return statistic


def _faults(error: ValidationError) -> str:
    """Every fault with its place in the file."""
    return "; ".join(
        ": ".join(filter(None, [".".join(map(str, fault["loc"])), fault["msg"].removeprefix("Value error, ")]))
        for fault in error.errors()
    )
