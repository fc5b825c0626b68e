"""Runs behind the gate: their tables released, and again with another number of patients that is called few."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import yaml

from retina_vae.cohort import CohortSchema, read_cohort
from retina_vae.config_files import load_configuration
from retina_vae.files import write_text
from retina_vae.release import release_run
from retina_vae.release.account import column_table, outcome_table
from retina_vae.release.groups import group_table
from retina_vae.release.pictures import bar_table, curve_table
from retina_vae.report import RunTables
from retina_vae.report.released import CohortTables
from retina_vae.run import Run
from tests.release.full import context_of


def release(folder: Path) -> Path:
    """Release the run in ``folder``, as the command does."""
    run = Run(load_configuration(folder / "config.yaml"), folder).numbered()
    run.write("release", release_run(run))
    return folder


def with_floor(folder: Path, floor: int, place: Path) -> RunTables:
    """The tables of the run in ``folder``, copied to ``place`` and released with this floor."""
    return RunTables.load(changed(folder, place, disclosure={"small_cell_floor": floor}))


def changed(folder: Path, place: Path, **sections: dict[str, Any]) -> Path:
    """A copy of the run in ``folder`` with other settings, released again."""
    copy = shutil.copytree(folder, place, dirs_exist_ok=True)
    settings = yaml.safe_load((copy / "config.yaml").read_text())
    for name, values in sections.items():
        settings[name] = settings[name] | values
    write_text(yaml.safe_dump(settings), copy / "config.yaml")
    return release(copy)


class People(NamedTuple):
    """The patients behind a report: their table, first draws of the reported replica, clusters, and probabilities."""

    patients: pd.DataFrame
    codes: pd.DataFrame
    clusters: pd.Series
    probability: pd.Series

    def members(self, cluster: int) -> pd.DataFrame:
        """The patients of a cluster."""
        return self.patients[(self.clusters == cluster).to_numpy()]


def people_of(folder: Path) -> People:
    """The patients of the run in ``folder``."""
    run = Run(load_configuration(folder / "config.yaml"), folder).numbered()
    patients, schema = read_cohort(folder)
    codes = run.table("latent/{model}/codes.parquet", model=run.clustered)
    own = codes[codes["replica"] == run.reported].reset_index(drop=True)
    draws = [schema.identifier, *(name for name in own if name.startswith("draw_1_"))]
    clusters = run.table("clusters/assignments.parquet")["cluster"]
    return People(patients, own[draws], clusters, run.table("clusters/probabilities.parquet")["probability"])


def cohort_of(patients: pd.DataFrame, schema: CohortSchema, floor: int = 0) -> CohortTables:
    """The patients as far as they are told of, all in one cluster."""
    context = context_of(patients, pd.Series(1, index=patients.index), schema, floor)
    tables = column_table(context), group_table(context), outcome_table(context)
    return CohortTables.of(schema, *tables, bar_table(context), curve_table(context))
