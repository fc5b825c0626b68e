"""Disease statistics with the source of each number."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from retina_vae.cohort.schema import CohortSchema
from retina_vae.errors import InputError

__all__ = ["CategoryStatistic", "Disease", "Epidemiology", "NormalStatistic", "load_epidemiology"]

Probability = Annotated[float, Field(ge=0, le=1)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NormalStatistic(_Record):
    """A continuous column: normal with this mean and variance, in the column's unit and its square."""

    mean: float
    variance: Annotated[float, Field(gt=0)]
    source: str


class CategoryStatistic(_Record):
    """A categorical or binary column: the probability of each category, and the standard error where estimated."""

    probabilities: dict[str, Probability]
    standard_error: float | None = None
    source: str

    @model_validator(mode="after")
    def _sums_to_one(self) -> CategoryStatistic:
        total = sum(self.probabilities.values())
        if abs(total - 1) > 1e-9:
            raise ValueError(f"expected probabilities that sum to 1, got a sum of {total:.6g}")
        return self


class Disease(_Record):
    """One disease: its full name and the statistic of each input column, independent given the disease."""

    name: str
    columns: dict[str, NormalStatistic | CategoryStatistic]


class Epidemiology(_Record):
    """The statistics of every disease, and the sources that they refer to."""

    sources: dict[str, str]
    diseases: dict[str, Disease]

    @model_validator(mode="after")
    def _sources_are_known(self) -> Epidemiology:
        for code, disease in self.diseases.items():
            for name, statistic in disease.columns.items():
                if statistic.source not in self.sources:
                    raise ValueError(
                        f"diseases.{code}.columns.{name}.source: expected one of {list(self.sources)}, "
                        f"got {statistic.source!r}"
                    )
        return self


def load_epidemiology(path: Path, schema: CohortSchema) -> Epidemiology:
    """Read disease statistics and check that they describe exactly the columns of ``schema``.

    Raises:
        InputError: The file is missing, is not YAML, or does not describe the schema's diseases and columns.
    """
    try:
        epidemiology = Epidemiology.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"{path}: expected a file of disease statistics, got: {error.strerror}.") from None
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(f"{path}: the disease statistics are not valid: {error}") from None
    _check_fits(epidemiology, schema, path)
    return epidemiology


def _check_fits(epidemiology: Epidemiology, schema: CohortSchema, path: Path) -> None:
    diseases = list(schema.diagnosis.categories)
    if list(epidemiology.diseases) != diseases:
        raise InputError(f"{path}: expected the diseases {diseases}, got {list(epidemiology.diseases)}.")
    for code, disease in epidemiology.diseases.items():
        expected = {column.name: set(column.categories) for column in schema.inputs}
        if set(disease.columns) != set(expected):
            raise InputError(
                f"{path}: diseases.{code}.columns: expected {sorted(expected)}, got {sorted(disease.columns)}."
            )
        for name, statistic in disease.columns.items():
            found = set(statistic.probabilities) if isinstance(statistic, CategoryStatistic) else set()
            if found != expected[name]:
                raise InputError(
                    f"{path}: diseases.{code}.columns.{name}: expected the categories {sorted(expected[name])}, "
                    f"got {sorted(found)}."
                )
