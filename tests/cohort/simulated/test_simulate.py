import numpy as np
import pandas as pd
import pytest
from scipy.stats import chisquare, kstest, norm

from retina_vae.cohort import CohortSchema, simulate
from retina_vae.cohort.simulated.epidemiology import Epidemiology
from retina_vae.cohort.simulated.statistics import CategoryStatistic, NormalStatistic
from retina_vae.errors import InputError
from retina_vae.studies.macular.schema import MACULAR
from tests.clinic import clinic_epidemiology, clinic_schema


def test_every_column_follows_its_statistic(epidemiology: Epidemiology) -> None:
    """Goodness of fit of each disease and column; the smallest of 18 p-values is held against 0.05 / 18."""
    patients = simulate(epidemiology, MACULAR, per_group=20_000, seed=11)
    p_values = []
    for code, group in patients.groupby("disease", observed=True):
        for name, statistic in epidemiology.groups[str(code)].columns.items():
            if isinstance(statistic, NormalStatistic):
                p_values.append(kstest(group[name], norm(statistic.mean, statistic.variance**0.5).cdf).pvalue)
            else:
                assert isinstance(statistic, CategoryStatistic)
                expected = {c: p * len(group) for c, p in statistic.probabilities.items() if p > 0}
                counts = group[name].value_counts()
                assert set(counts[counts > 0].index) == set(expected)
                if len(expected) > 1:
                    p_values.append(chisquare([counts[c] for c in expected], list(expected.values())).pvalue)
    assert len(p_values) == 17
    assert min(p_values) > 0.05 / 18


def test_columns_are_independent_within_a_disease(epidemiology: Epidemiology) -> None:
    patients = simulate(epidemiology, MACULAR, per_group=20_000, seed=12)
    group = patients[patients["disease"] == "CSCR"]
    codes = np.stack([group["age"], *(group[c.name].cat.codes for c in MACULAR.inputs if c.name != "age")])
    correlations = np.corrcoef(codes)[np.triu_indices(6, k=1)]
    assert np.abs(correlations).max() < 4 / np.sqrt(len(group))


def test_a_seed_always_gives_the_same_patients(epidemiology: Epidemiology) -> None:
    first, again, other = (simulate(epidemiology, MACULAR, 50, seed) for seed in (3, 3, 4))
    pd.testing.assert_frame_equal(first, again)
    assert not first["age"].equals(other["age"])


def test_identifiers_are_unique_and_diseases_follow_one_another(epidemiology: Epidemiology) -> None:
    patients = simulate(epidemiology, MACULAR, per_group=40, seed=1)
    assert patients["patient_id"].is_unique
    assert patients["disease"].tolist() == ["ARMD"] * 40 + ["CSCR"] * 40 + ["PCV"] * 40


def test_groups_that_no_column_names_are_drawn_one_after_the_other() -> None:
    schema = clinic_schema(outcome=True)
    patients = simulate(clinic_epidemiology(), schema, per_group=500, seed=1)
    assert list(patients) == [schema.identifier, *(column.name for column in schema.columns)]
    assert patients["asthma"].iloc[500:1000].eq("yes").mean() == pytest.approx(0.9, abs=0.05)
    assert patients["asthma"].iloc[1500:].eq("yes").mean() == pytest.approx(0.05, abs=0.04)


def test_columns_that_the_model_does_not_see_follow_their_statistics() -> None:
    patients = simulate(clinic_epidemiology(), clinic_schema(outcome=True), per_group=2000, seed=1)
    expected = {"pollen": 0.8, "mites": 0.45, "atopy": 0.6, "intolerance": 0.1}
    for place, share in enumerate(expected.values()):
        group = patients.iloc[2000 * place : 2000 * (place + 1)]
        observed = group["improved"].dropna()
        assert observed.eq("yes").mean() == pytest.approx(share, abs=4 * (share * (1 - share) / len(observed)) ** 0.5)


def test_the_share_that_is_missing_is_that_of_the_statistic_whatever_the_value() -> None:
    """The gaps of a column go by its group alone: the numbers beside them stay those without gaps."""
    schema, epidemiology = clinic_schema(), clinic_epidemiology()
    with_gaps, without = (
        simulate(statistics, schema, per_group=2000, seed=3)
        for statistics in (epidemiology, epidemiology.with_missing(0.0, schema))
    )
    assert without.notna().all(axis=None)
    for column in schema.inputs:
        gaps = with_gaps[column.name].isna()
        share = epidemiology.groups["mites"].columns[column.name].missing
        assert gaps.mean() == pytest.approx(share, abs=4 * (share * (1 - share) / 8000) ** 0.5)
        assert with_gaps[column.name][~gaps].equals(without[column.name][~gaps])
    large = without["ige"] > without.groupby(np.arange(8000) // 2000)["ige"].transform("median")
    assert with_gaps["ige"].isna()[large].mean() == pytest.approx(0.2, abs=0.03)


def test_more_columns_and_groups_leave_the_other_values_as_they_were() -> None:
    every, epidemiology = clinic_schema(outcome=True), clinic_epidemiology()
    whole = simulate(epidemiology, every, per_group=30, seed=4)
    fewer = CohortSchema(identifier=every.identifier, columns=every.inputs[:4])
    columns = [column.name for column in fewer.columns]
    assert simulate(epidemiology, fewer, per_group=30, seed=4)[columns].equals(whole[columns])
    groups = {code: epidemiology.groups[code] for code in ("pollen", "mites")}
    two = simulate(epidemiology.model_copy(update={"groups": groups}), every, per_group=30, seed=4)
    pd.testing.assert_frame_equal(two[columns], whole[columns].iloc[:60])


def test_a_column_without_a_statistic_is_named(epidemiology: Epidemiology) -> None:
    with pytest.raises(InputError, match="expected a statistic of the column 'asthma' in the group 'ARMD'"):
        simulate(epidemiology, clinic_schema(), per_group=3, seed=1)
