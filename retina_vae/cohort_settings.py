"""The section of the configuration on the patients, with the meaning and the default of each key."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from retina_vae.section import Seed, Settings

__all__ = ["CohortSettings"]


class CohortSettings(Settings):
    """Who the patients are."""

    source: str = Field(
        "table",
        description="Where the patients come from: 'table', an analyst's own table; 'simulated', drawn from an "
        "epidemiology; or a source that the study brings along.",
    )
    table: str | None = Field(
        None,
        description="File with one row per patient (CSV, Excel, Parquet, SPSS, Stata or SAS), for the source 'table'.",
    )
    sheet: str | None = Field(None, description="Sheet of an Excel file that has several.")
    schema_file: str | None = Field(
        None,
        alias="schema",
        description="File that says what the table's columns are (docs/your-own-cohort.md), or the columns of "
        "simulated patients where the study has no schema of its own.",
    )
    set_rows_aside: bool = Field(
        False,
        description="Leave out rows of the table that hold a value which does not fit the schema, and list them in "
        "cohort/refused.csv, rather than refuse the table.",
    )
    epidemiology: str | None = Field(
        None,
        description="File with the statistics of each group of patients. Simulated patients are drawn from it; those "
        "of a study are compared with it.",
    )
    patients_per_group: Annotated[int, Field(ge=1, le=10_000_000)] = Field(
        1000, description="Simulated patients of each group."
    )
    seed: Seed = Field(
        1, description="Seed of the simulated patients, and of the pictures or sequences that are drawn."
    )
    folder: str | None = Field(None, description="Folder with the files of a source that a study brings along.")
    levels: Annotated[int, Field(ge=1, le=255)] | None = Field(
        None,
        description="Of pictures, the highest level that a pixel is rounded to: 1 makes them black and white. Without "
        "a number the pixels stay as they are.",
    )
    pictures: Annotated[int, Field(ge=1, le=10_000_000)] | None = Field(
        None,
        description="The most pictures that are taken, drawn at random with cohort.seed; all of them without a number.",
    )
    file: str | None = Field(None, description="File of a source of sequences that a study brings along.")
    notation: str | None = Field(
        None, description="Of sequences, the notation in which they are read by the model, one of those of the study."
    )
    sequences: Annotated[int, Field(ge=2, le=10_000_000)] | None = Field(
        None,
        description="The most sequences that are taken, drawn at random with cohort.seed; without a number all but "
        "those that the study holds out.",
    )
    length: Annotated[int, Field(ge=1, le=1024)] | None = Field(
        None,
        description="The most symbols that a sequence may have; a longer one is refused. Without a number, as many as "
        "the longest has.",
    )
