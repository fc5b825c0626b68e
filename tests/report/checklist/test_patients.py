from __future__ import annotations

from dataclasses import replace

import numpy as np

from retina_vae.report.checklist import patients
from retina_vae.report.tables import RunTables
from tests.report.conftest import of_a_table
from tests.report.released import People, cohort_of


def test_simulated_patients_have_no_setting_and_real_ones_one_that_the_author_knows(
    tables: RunTables, clinic: RunTables
) -> None:
    simulated, real = patients.source_and_setting(tables), patients.source_and_setting(clinic)
    assert simulated.status == "answered"
    assert simulated.says.startswith("120 patients, simulated")
    assert real.status == "in part"
    assert real.says.endswith("State design, setting, places, dates and approvals.")
    assert patients.flow_of_patients(tables).says == (
        "120 patients were clustered; no row was refused, and nobody was left out for a missing value."
    )


def test_refused_rows_are_counted(tables: RunTables) -> None:
    account = replace(tables.account, refused=12)
    assert (
        "rows refused because they do not fit the schema: 12,"
        in patients.flow_of_patients(replace(tables, account=account)).says
    )


def test_variables_are_counted_by_kind_and_role(tables: RunTables, clinic: RunTables) -> None:
    assert patients.variables(tables).says == ("6 inputs (1 nominal, 1 continuous and 4 binary); not read: 1 outcome.")
    said = patients.variables(clinic).says
    assert said.startswith(
        "8 inputs (2 binary, 1 count, 1 ordinal, 1 positive, 1 zero-inflated, 1 continuous and 1 nominal)"
    )
    assert "not read: 1 held-out column." in said
    assert said.endswith("State how each was measured.")


def test_the_unit_of_a_number_is_asked_for_and_that_of_a_count_is_not(clinic: RunTables) -> None:
    columns = tuple(column.model_copy(update={"unit": None}) for column in clinic.schema.columns)
    bare = replace(clinic, schema=clinic.schema.model_copy(update={"columns": columns}))
    asked = patients.variables(bare).says.partition("State ")[2]
    assert "the unit of creatinine, albumin in the urine, body mass index and follow-up" in asked
    assert "visits" not in asked


def test_missing_values_are_counted_and_the_column_with_most_is_named(tables: RunTables, people: People) -> None:
    assert patients.missing_values(tables).says == "No value of any of the 7 columns is missing."
    assert patients.mechanism_of_gaps(tables).status == "answered"
    gaps = people.patients.assign(
        age=people.patients["age"].where(np.arange(120) >= 30), sex=people.patients["sex"].where(np.arange(120) >= 12)
    )
    run = replace(tables, cohort=cohort_of(gaps, tables.schema))
    assert patients.missing_values(run).says == (
        "Values are missing in 2 of 7 columns, most in age (30, 25\N{NO-BREAK SPACE}%)."
    )
    assert patients.mechanism_of_gaps(run).status == "the author must state"
    assert "in the 2 inputs with gaps" in patients.handling_of_gaps(run).says


def test_a_gap_of_few_patients_is_a_gap_and_is_not_counted_out(tables: RunTables, people: People) -> None:
    gaps = people.patients.assign(age=people.patients["age"].where(np.arange(120) >= 4))
    run = replace(tables, cohort=cohort_of(gaps, tables.schema, floor=11), gate=replace(tables.gate, fewest=11))
    said = patients.missing_values(run).says
    assert said == "Values are missing in 1 of 7 columns; numbers below 11 are not shown."
    assert patients.mechanism_of_gaps(run).status == "the author must state"


def test_what_was_done_before_the_table_only_the_author_knows(tables: RunTables) -> None:
    assert patients.transformations(tables).says == "Categories as codes, numbers as they are."
    assert "State what was done to the values before" in patients.transformations(of_a_table(tables)).says
    assert patients.distributions(tables).says.startswith("Every column is pictured and summed up in each category")
