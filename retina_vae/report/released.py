"""What the gate says of the patients as a whole, and of itself."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from retina_vae.cohort import CohortSchema
from retina_vae.errors import InputError
from retina_vae.files import read_table
from retina_vae.report.figures.groups import PatientGroups, patient_groups
from retina_vae.report.wording import NumberFormat

__all__ = ["Account", "CohortTables", "Gate", "read_json"]


@dataclass(frozen=True)
class Gate:
    """What a reader must know of the gate.

    Attributes:
        hides: Whether numbers of few patients are hidden.
        fewest: The fewest patients that anything tells of.
        mark: What stands in the place of a missing number.
        footnote: What the mark means; empty where nothing is hidden.
        hidden_clusters: How many clusters have no size.
        explorer: Why there is no explorer; empty where there is one.
    """

    hides: bool
    fewest: int
    mark: str
    footnote: str
    hidden_clusters: int
    explorer: str


@dataclass(frozen=True)
class Account:
    """Numbers of all patients; NaN where one is not shown.

    Attributes:
        patients: Of the cohort.
        refused: Rows of the source that are no patients.
        doubtful: Patients below the bound of doubt.
        sure: For how many the assignment is sure, in words.
        mean_probability: Of a patient's own cluster.
        consensus: Share of the patients whose cluster is the one that the replicas have in common.
    """

    patients: int
    refused: float
    doubtful: float
    sure: str
    mean_probability: float
    consensus: float


@dataclass(frozen=True, eq=False)
class CohortTables:
    """The patients as far as they are told of, and what the pictures of their columns are drawn from.

    Attributes:
        columns: ``column, observed, missing, decimals, whole, spread``.
        groups: The groups that pictures distinguish.
        sizes: Patients of every group by its name; missing where it is not shown.
        occurring: The categories of the outcome that a patient has.
        outcomes: ``outcome, categories, ari``: how nearly the clusters are the categories of each outcome.
        bars: ``column, group, place, bar, share, error, hidden``.
        curves: ``column, group, place, height``.
    """

    columns: pd.DataFrame
    groups: PatientGroups
    sizes: pd.Series[Any]
    occurring: list[str]
    outcomes: pd.DataFrame
    bars: pd.DataFrame
    curves: pd.DataFrame

    @classmethod
    def load(cls, folder: Path, schema: CohortSchema) -> CohortTables:
        """Read them from the folder ``release`` of a run.

        Raises:
            InputError: A table is missing, unreadable or lacks a column.
        """
        told = ["column", "observed", "missing", "decimals", "whole", "spread"]
        groups, pictures = ["category", "group", "place", "patients", "occurs"], folder / "pictures"
        return cls.of(
            schema,
            columns=read_table(folder / "columns.csv", told, texts=["column"]),
            groups=read_table(folder / "groups.csv", groups, texts=["category", "group"]),
            outcomes=read_table(folder / "outcomes.csv", ["outcome", "categories", "ari"], texts=["outcome"]),
            bars=read_table(pictures / "bars.parquet", ["column", "group", "place", "bar", "share", "error", "hidden"]),
            curves=read_table(pictures / "curves.parquet", ["column", "group", "place", "height"]),
        )

    @classmethod
    def of(
        cls,
        schema: CohortSchema,
        columns: pd.DataFrame,
        groups: pd.DataFrame,
        outcomes: pd.DataFrame,
        bars: pd.DataFrame,
        curves: pd.DataFrame,
    ) -> CohortTables:
        """The same from the tables themselves, as the gate makes them."""
        groups = groups.assign(category=groups["category"].fillna(""))
        occurs = zip(groups["category"], groups["occurs"], strict=True)
        return cls(
            columns=columns.set_index("column").astype({"observed": float, "missing": float}),
            groups=patient_groups(groups, schema),
            sizes=groups.drop_duplicates("group").set_index("group")["patients"].astype(float),
            occurring=[str(name) for name, some in occurs if some and name],
            outcomes=outcomes,
            bars=bars,
            curves=curves,
        )

    def formats(self, schema: CohortSchema) -> dict[str, NumberFormat]:
        """How the numbers of each numeric column are written."""
        rows = self.columns.to_dict("index")
        numeric = [column.name for column in schema.columns if column.numeric]
        return {name: NumberFormat(int(rows[name]["decimals"]), whole=bool(rows[name]["whole"])) for name in numeric}

    def spread(self, column: str) -> float:
        """Standard deviation of a numeric column in all patients."""
        return float(self.columns["spread"].loc[column])


def read_account(path: Path) -> Account:
    """The account of the patients.

    Raises:
        InputError: The file is missing or holds no such thing.
    """
    values = read_json(path)
    numbers = {name: math.nan if values.get(name) is None else values[name] for name in ("refused", "doubtful")}
    return _filled(Account, values | numbers, path)


def read_gate(path: Path) -> Gate:
    """What the gate says of itself.

    Raises:
        InputError: The file is missing or holds no such thing.
    """
    return _filled(Gate, read_json(path), path)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object.

    Raises:
        InputError: The file is missing or holds none.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: expected JSON, got: {error}. Run `snakemake --cores 8` to make it.") from None
    if not isinstance(found, dict):
        raise InputError(f"{path}: expected a JSON object, got a {type(found).__name__}. Run `snakemake --cores 8`.")
    return found


def _filled(kind: Any, values: dict[str, Any], path: Path) -> Any:
    try:
        return kind(**values)
    except TypeError as error:
        raise InputError(
            f"{path}: expected what this version writes, got: {error}. Run `snakemake --cores 8`."
        ) from None
