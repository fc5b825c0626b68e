"""The invented clinic is what other tests take it for."""

import pandas as pd
from sklearn.metrics import adjusted_rand_score

from retina_vae.cohort import CohortDensity
from retina_vae.cohort.kinds import KINDS
from tests.clinic import ClinicTable, clinic_epidemiology, clinic_patients, clinic_schema


def test_it_has_every_kind_two_findings_alike_gaps_and_no_outcome(clinic_table: ClinicTable) -> None:
    schema, patients = clinic_table.schema, clinic_table.patients
    assert {column.kind for column in schema.columns} == set(KINDS)
    assert schema.tested == ()
    assert schema["asthma"].categories == schema["eczema"].categories == ("no", "yes")
    gaps = patients.isna().mean()
    for column in schema.columns:
        assert gaps[column.name] == 0 if column.required else 0.01 < gaps[column.name] < 0.3


def test_the_file_reads_as_the_patients(clinic_table: ClinicTable) -> None:
    read = pd.read_csv(clinic_table.table, dtype={"rhinitis": "str"})
    assert read["visits"].dtype == "int64"
    for column in clinic_table.schema.columns:
        values = clinic_table.patients[column.name]
        expected = values if column.numeric else values.astype("str")
        pd.testing.assert_series_equal(read[column.name], expected, check_dtype=False)


def test_the_groups_can_be_found(clinic_table: ClinicTable, clinic_table_with_outcome: ClinicTable) -> None:
    patients, groups = clinic_patients(2000)
    posterior = CohortDensity.of(clinic_epidemiology(), clinic_schema()).group_posterior(patients)
    assert adjusted_rand_score(groups, posterior.argmax(axis=1)) > 0.95
    same = clinic_table_with_outcome.patients[list(clinic_table.patients)]
    pd.testing.assert_frame_equal(same, clinic_table.patients)
    outcome = clinic_table_with_outcome.schema.outcome
    assert outcome is not None
    assert 0 < clinic_table_with_outcome.patients[outcome.name].isna().mean() < 0.4
