"""What a patient table holds: its columns, their kinds, their categories and units."""

from __future__ import annotations

from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

__all__ = ["MACULAR", "CohortSchema", "Column"]


class Column(BaseModel):
    """One column of a patient table.

    A category's position in ``categories`` is its code; of a binary column, the second category is the finding
    that is present, so its code is 1. ``phrases`` says each category in plain words and ``role`` where the phrase
    stands in a description: adjectives, then the noun, then attributes ("Asian", "men", "with polyps").
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    label: str
    kind: Literal["categorical", "binary", "continuous"]
    categories: tuple[str, ...] = ()
    role: Literal["adjective", "noun", "attribute"] = "attribute"
    phrases: tuple[str, ...] = ()
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


def _finding(name: str, label: str, word: str) -> Column:
    phrases = (f"without {word}", f"with {word}")
    return Column(name=name, label=label, kind="binary", categories=("absent", "present"), phrases=phrases)


MACULAR = CohortSchema(
    identifier="patient_id",
    diagnosis=Column(name="disease", label="Disease", kind="categorical", categories=("ARMD", "CSCR", "PCV")),
    inputs=(
        Column(
            name="race",
            label="Race",
            kind="categorical",
            categories=("Asian", "Black", "Caucasian", "Hispanic", "other"),
            role="adjective",
            phrases=("Asian", "Black", "Caucasian", "Hispanic", "other-race"),
        ),
        Column(name="age", label="Age", kind="continuous", unit="years", minimum=0, maximum=120),
        _finding("polyps", "Polyps", "polyps"),
        _finding("drusen", "Drusen", "drusen"),
        _finding("srh", "Subretinal haemorrhage", "subretinal haemorrhage"),
        Column(
            name="sex",
            label="Sex",
            kind="binary",
            categories=("male", "female"),
            role="noun",
            phrases=("men", "women"),
        ),
    ),
)
"""The paper's patient profile vector: three macular diseases, six inputs, codes as in its published arrays."""
