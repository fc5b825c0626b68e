"""What a patient table holds: its columns, their kinds, their categories and units."""

from __future__ import annotations

from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

__all__ = ["MACULAR", "CohortSchema", "Column"]


class Column(BaseModel):
    """One column of a patient table.

    A category's position in ``categories`` is its code; of a binary column, the second category is the finding
    that is present, so its code is 1.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    label: str
    kind: Literal["categorical", "binary", "continuous"]
    categories: tuple[str, ...] = ()
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None

    @property
    def axis_label(self) -> str:
        """Label with unit, as an axis or a table head shows it."""
        return f"{self.label} ({self.unit})" if self.unit else self.label


class CohortSchema(BaseModel):
    """The columns of a patient table: an identifier, the diagnosis, and the inputs of the model in order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    identifier: str
    diagnosis: Column
    inputs: tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The diagnosis and the inputs."""
        return (self.diagnosis, *self.inputs)

    def __getitem__(self, name: str) -> Column:
        """The column called ``name``; KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def to_yaml(self) -> str:
        """The schema as YAML."""
        return yaml.safe_dump(self.model_dump(mode="json", exclude_none=True), sort_keys=False)


def _finding(name: str, label: str) -> Column:
    return Column(name=name, label=label, kind="binary", categories=("absent", "present"))


MACULAR = CohortSchema(
    identifier="patient_id",
    diagnosis=Column(name="disease", label="Disease", kind="categorical", categories=("ARMD", "CSCR", "PCV")),
    inputs=(
        Column(
            name="race",
            label="Race",
            kind="categorical",
            categories=("Asian", "Black", "Caucasian", "Hispanic", "other"),
        ),
        Column(name="age", label="Age", kind="continuous", unit="years", minimum=0, maximum=120),
        _finding("polyps", "Polyps"),
        _finding("drusen", "Drusen"),
        _finding("srh", "Subretinal haemorrhage"),
        Column(name="sex", label="Sex", kind="binary", categories=("male", "female")),
    ),
)
"""The paper's patient profile vector: three macular diseases, six inputs, codes as in its published arrays."""
