from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import numpy as np
import pandas as pd
import pytest

from retina_vae.config import Configuration
from retina_vae.report.account import flow, settings_rows
from retina_vae.report.origin import origin_of
from retina_vae.report.tables import RunTables
from retina_vae.words import MARK
from tests.report.released import People, cohort_of


def test_the_flow_counts_the_patients_from_source_to_doubt(tables: RunTables, people: People) -> None:
    source, encoded, clustered, doubtful = flow(tables)
    assert (source.count, source.more) == ("120", "Disease: 40 ARMD, 40 CSCR and 40 PCV")
    assert encoded.more == "none left out; no value is missing"
    sizes = tables.table1["size"]
    assert clustered.what == "put into 6 clusters"
    assert clustered.more == f"of {sizes.min()} to {sizes.max()} patients"
    assert doubtful.count == str((people.probability < 0.8).sum())


@pytest.mark.parametrize(("floor", "told"), [(0, "4 (3\N{NO-BREAK SPACE}%)"), (11, MARK)])
def test_missing_values_are_counted_by_column_and_few_are_not_shown(
    tables: RunTables, people: People, floor: int, told: str
) -> None:
    gaps = people.patients.assign(age=people.patients["age"].where(np.arange(120) >= 4))
    said = flow(replace(tables, cohort=cohort_of(gaps, tables.schema, floor)))[1].more
    assert said == f"none left out; values are missing: age in {told}"


def test_settings_name_seeds_and_versions(tables: RunTables) -> None:
    rows = dict(settings_rows(tables))
    assert rows["Seeds"] == (
        "cohort 1, training 7, draws 1, k-means 1, groups or a continuum 1, criteria on the codes 1, resamples 1, "
        "folds 1"
    )
    assert f"pandas {pd.__version__}" in rows["Versions"]
    assert rows["Replicas"] == "3; clusters are reported of replica 2"


def test_settings_say_the_model_in_words(tables: RunTables, family: RunTables) -> None:
    assert dict(settings_rows(tables))["Likelihood"] == "squared error of sigmoid outputs; inputs: raw"
    assert "More models" not in dict(settings_rows(tables))
    rows = dict(settings_rows(family))
    assert rows["Objective"].startswith("importance-weighted bound")
    assert rows["More models"].startswith("paper, autoencoder")


def test_corrected_draws_are_said_to_be_so(family: RunTables) -> None:
    corrected = family.configuration.latent.model_copy(update={"correction": "importance", "proposals": 64})
    changed = family.configuration.model_copy(update={"latent": corrected})
    rows = dict(settings_rows(replace(family, configuration=changed)))
    assert (
        rows["Draws per patient"] == "16, from p(z | x) by importance weights on 64 draws from q(z | x) and wider ones"
    )


def test_refused_rows_come_first_and_few_are_not_counted(clinic: RunTables) -> None:
    refused = flow(replace(clinic, account=replace(clinic.account, refused=12)))[0]
    assert (refused.count, refused.what) == ("12", "rows refused")
    assert flow(replace(clinic, account=replace(clinic.account, refused=math.nan)))[0].count == MARK
    assert len(flow(clinic)) == 4


def test_a_table_is_named_without_its_folder(tables: RunTables) -> None:
    source = SimpleNamespace(words="from a table", real=True, simulated=False)
    cohort = SimpleNamespace(source="table", table="/home/anna/secret/patients.csv")
    origin = origin_of(cast(Configuration, SimpleNamespace(source=source, cohort=cohort)))
    assert origin.words == "from the table patients.csv"
    assert origin.real
    assert origin_of(tables.configuration).words == "simulated from given statistics"


def test_of_many_columns_with_gaps_those_with_most_are_named(clinic: RunTables, clinic_people: People) -> None:
    encoded = flow(clinic)[1].more
    gaps = clinic_people.patients.isna().sum()
    assert f"{gaps['grade']} (" in encoded
    assert encoded.endswith(" other columns")
    assert encoded.count(" in ") <= 9


def test_without_an_outcome_the_patients_are_not_split(clinic: RunTables) -> None:
    source = flow(clinic)[0]
    assert (source.what, source.more) == ("patients, from a table", "")


def test_a_large_cohort_says_of_how_many_patients_its_evidence_comes(tables: RunTables) -> None:
    title = "Patients drawn at random for"
    assert title not in dict(settings_rows(tables))
    large = replace(tables, account=replace(tables.account, patients=15_000))
    said = dict(settings_rows(large))[title]
    assert "criteria on the codes: 10,000" in said
    assert "centres of the clusters, their resamples and other clusterings: 10,000" in said
    assert "regressions" not in said
