"""Where patients can come from: the sources that every run has, beside those that a study brings along.

Importing this costs little, so that a configuration can be checked before anything heavy is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from retina_vae.cohort_settings import CohortSettings
from retina_vae.errors import ConfigurationError
from retina_vae.files import require_file

if TYPE_CHECKING:
    import pandas as pd

    from retina_vae.cohort.schema import CohortSchema
    from retina_vae.cohort.simulated import Epidemiology
    from retina_vae.cohort.table_schema import TableSchema

__all__ = ["SOURCES", "Cohort", "Source"]

SchemaMaker = Callable[[], "CohortSchema"]


class Cohort(NamedTuple):
    """Patients from a source.

    Attributes:
        patients: One row per patient, with the schema's columns.
        schema: What they are.
        epidemiology: What their statistics should be, where that is known.
        refused: Rows that were set aside, with the reason; None where the source refuses none.
        table_schema: By which the cells of an analyst's table were read; None where they were not read from one.
        warnings: What is no fault but may be one, in words.
    """

    patients: pd.DataFrame
    schema: CohortSchema
    epidemiology: Epidemiology | None = None
    refused: pd.DataFrame | None = None
    table_schema: TableSchema | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """A way to get patients.

    Attributes:
        words: What a report says of the patients, after a comma: "simulated from given statistics".
        real: Whether they are people, so that counts of few of them are not shown.
        reads: The keys of ``cohort`` in a configuration that decide who they are.
        load: From these keys, and the study's schema if it has one, to the patients. Raises InputError.
        check: Raises ConfigurationError where a key is missing or names no file; cheap.
        files: The files that are read, for the record of the run.
        simulated: Whether fresh patients with an exactly known density can be drawn.
        has_table_schema: Whether its cohorts come with a Table Schema, which the run keeps.
        images: Whether its patients are pictures, whose pixels the inputs are.
        labels: Whether an outcome may be known of them.
        sequences: Whether they are sequences, whose symbols the inputs are.
        noun: What one of them is called in a report, a regular noun; by default a patient, an image or a sequence.
        part: What one of its inputs is called, a regular noun, where these have no meaning each; by default a pixel of
            an image, a symbol of a sequence.
    """

    words: str
    real: bool
    reads: tuple[str, ...]
    load: Callable[[CohortSettings, SchemaMaker | None], Cohort]
    check: Callable[[CohortSettings, SchemaMaker | None], None]
    files: Callable[[CohortSettings], list[Path]]
    simulated: bool = False
    has_table_schema: bool = False
    images: bool = False
    labels: bool = True
    sequences: bool = False
    noun: str | None = None
    part: str | None = None

    @property
    def made_of_parts(self) -> bool:
        """Whether the inputs are parts of one thing, rather than columns with a meaning each."""
        return self.images or self.sequences

    @property
    def parts(self) -> str:
        """What the inputs are, in words; columns where they have a meaning each."""
        if not self.made_of_parts:
            return "columns"
        return f"{self.part or ('pixel' if self.images else 'symbol')}s"

    @property
    def parts_of_one(self) -> str:
        """The same with what they are parts of."""
        return f"{self.parts} of a {self.noun or ('picture' if self.images else 'sequence')}"

    @property
    def item(self) -> str:
        """What one of them is called."""
        return self.noun or ("image" if self.images else "sequence" if self.sequences else "patient")


def _load_table(settings: CohortSettings, schema: SchemaMaker | None) -> Cohort:
    from retina_vae.cohort.table import read_schema, read_table_cohort

    table, schema_path, aside = Path(str(settings.table)), Path(str(settings.schema_file)), settings.set_rows_aside
    _require_columns(read_schema(schema_path))
    found = read_table_cohort(table, schema_path, settings.sheet, set_rows_aside=aside)
    return Cohort(
        found.patients,
        found.schema,
        refused=found.refused,
        table_schema=found.table_schema,
        warnings=found.warnings,
    )


def _require_columns(schema: CohortSchema) -> None:
    """Refuse columns that are pixels or symbols: which steps a run has, the source says before any schema is read."""
    if schema.sequence is not None:
        raise ConfigurationError(
            "cohort.schema: expected the columns of a table, got a schema with retinaVae:sequence. Sequences come from "
            "a source that a study brings along (config/README.md); leave retinaVae:sequence out to have the positions "
            "taken for columns like any others."
        )
    if schema.image is not None:
        raise ConfigurationError(
            "cohort.schema: expected the columns of a table, got a schema with retinaVae:image. Pictures come from a "
            "source that a study brings along (config/README.md); leave retinaVae:image out to have the pixels taken "
            "for columns like any others."
        )


def _check_table(settings: CohortSettings, schema: SchemaMaker | None) -> None:
    remedy = "`retina-vae init patients.csv` writes a schema and a configuration"
    for key, value, what in (
        ("cohort.table", settings.table, "a table of patients"),
        ("cohort.schema", settings.schema_file, "the schema of that table"),
    ):
        if value is None:
            raise ConfigurationError(
                f"{key}: expected the file of {what} because cohort.source is 'table', got nothing; {remedy}."
            )
        require_file(value, key, what)


def _load_simulated(settings: CohortSettings, schema: SchemaMaker | None) -> Cohort:
    from retina_vae.cohort.simulated import load_epidemiology, simulate
    from retina_vae.cohort.table import read_schema

    columns = schema() if schema is not None else read_schema(Path(str(settings.schema_file)))
    _require_columns(columns)
    epidemiology = load_epidemiology(Path(str(settings.epidemiology)), columns)
    patients = simulate(epidemiology, columns, settings.patients_per_group, settings.seed)
    return Cohort(patients, columns, epidemiology)


def _check_simulated(settings: CohortSettings, schema: SchemaMaker | None) -> None:
    if schema is None and settings.schema_file is None:
        raise ConfigurationError("cohort.schema: expected the file of the simulated columns, got nothing.")
    if settings.epidemiology is None:
        raise ConfigurationError("cohort.epidemiology: expected the file of the groups' statistics, got nothing.")
    require_file(settings.epidemiology, "cohort.epidemiology", "a file of statistics of groups")
    if settings.schema_file is not None:
        require_file(settings.schema_file, "cohort.schema", "the schema of the simulated columns")


def _named(*paths: str | None) -> list[Path]:
    return [Path(path) for path in paths if path is not None]


SOURCES: dict[str, Source] = {
    "table": Source(
        words="from a table",
        real=True,
        reads=("table", "sheet", "schema", "set_rows_aside"),
        load=_load_table,
        check=_check_table,
        files=lambda settings: _named(settings.table, settings.schema_file),
        has_table_schema=True,
    ),
    "simulated": Source(
        words="simulated from given statistics",
        real=False,
        reads=("schema", "epidemiology", "patients_per_group", "seed"),
        load=_load_simulated,
        check=_check_simulated,
        files=lambda settings: _named(settings.schema_file, settings.epidemiology),
        simulated=True,
    ),
}
"""The sources that every run has, by the name in ``cohort.source``."""
