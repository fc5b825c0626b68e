"""The configuration that a new cohort starts from, with a word on each choice."""

from __future__ import annotations

import json
import re
from pathlib import Path

__all__ = ["initial_configuration", "run_name"]

_TEMPLATE = """\
# The run {run}: clusters of the patients in {table}.
# `snakemake --cores 8 --configfile {config}` makes it; config/README.md explains every key.
run: {run}

cohort:
  source: table
  table: {table_text}
{sheet}  schema: {schema_text}  # what the columns are; docs/your-own-cohort.md explains it

# A variational autoencoder with a likelihood for each kind of column. What is not said here has a default that needs no
# tuning (config/README.md).
vae:
  latent_dims: auto  # as many as it takes to describe unseen patients; or a list, such as [3]
  replicas: 8  # the same model from 8 seeds: what differs between them is no property of the patients

latent:
  correction: importance

clusters:
  # How many clusters. auto: as many as there are groups by what describes unseen patients best, and 1 where nothing
  # goes beyond margins and correlations; the report's part "Groups or a continuum" says why. Or a number, which is
  # yours to choose where the report says that the patients lie along a continuum.
  k: {k}
  on: means

# How the codes see the number of clusters: numbers up to k_max are compared.
choice:
  k_max: 15
  references: 10
"""


def initial_configuration(
    run: str, table: Path, schema: Path, config: Path, k: int | None, sheet: str | None = None
) -> str:
    """A configuration as commented YAML.

    Args:
        run: Name of the run.
        table: The patients, as a path from where the workflow is started.
        schema: What their columns are.
        config: Where the configuration will stand.
        k: Number of clusters; None leaves it to the run.
        sheet: Which sheet of a workbook.
    """
    # JSON's texts are YAML's, whatever they hold.
    return _TEMPLATE.format(
        run=run,
        table=json.dumps(table.as_posix(), ensure_ascii=False)[1:-1],
        config=json.dumps(config.as_posix(), ensure_ascii=False)[1:-1],
        table_text=json.dumps(table.as_posix(), ensure_ascii=False),
        schema_text=json.dumps(schema.as_posix(), ensure_ascii=False),
        sheet="" if sheet is None else f"  sheet: {json.dumps(sheet, ensure_ascii=False)}\n",
        k="auto" if k is None else k,
    )


def run_name(table: Path) -> str:
    """A name of a run from a file's name: letters, digits, `_`, `.` and `-`.

    >>> run_name(Path("data/My patients (2).xlsx")), run_name(Path("_.csv"))
    ('My_patients_2', 'cohort')
    """
    return re.sub(r"[^A-Za-z0-9.-]+", "_", table.stem).strip("_.-") or "cohort"
