import numpy as np
import pandas as pd
from scipy.stats import chisquare, kstest, norm

from retina_vae.cohort import simulate
from retina_vae.cohort.simulated.epidemiology import Epidemiology
from retina_vae.cohort.simulated.statistics import CategoryStatistic, NormalStatistic
from retina_vae.studies.macular.schema import MACULAR


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
