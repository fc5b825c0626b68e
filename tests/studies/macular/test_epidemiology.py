import pytest

from retina_vae.cohort.simulated.epidemiology import Epidemiology
from retina_vae.cohort.simulated.statistics import CategoryStatistic, NormalStatistic


def test_the_papers_printed_numbers_are_there(epidemiology: Epidemiology) -> None:
    ages = {code: disease.columns["age"] for code, disease in epidemiology.groups.items()}
    assert {c: (a.mean, a.variance) for c, a in ages.items() if isinstance(a, NormalStatistic)} == {
        "ARMD": (80, 80),
        "CSCR": (39, 60),
        "PCV": (60, 40),
    }
    race = epidemiology.groups["PCV"].columns["race"]
    assert isinstance(race, CategoryStatistic)
    assert list(race.probabilities.values()) == [0.40, 0.30, 0.10, 0.18, 0.02]


def test_estimated_numbers_agree_with_the_published_arrays(epidemiology, published_patients) -> None:
    """Every probability whose source is the arrays is the share in them, with its binomial standard error."""
    checked = 0
    for code, group in published_patients.groupby("disease", observed=True):
        for name, statistic in epidemiology.groups[code].columns.items():
            if not statistic.source.startswith("published_arrays"):
                continue
            for category, probability in statistic.probabilities.items():
                assert (group[name] == category).mean() == pytest.approx(probability, abs=5e-4)
                error = (probability * (1 - probability) / len(group)) ** 0.5
                assert statistic.standard_error == pytest.approx(error, abs=5e-5)
                checked += 1
    assert checked == 2 * (3 + 2 + 1 + 1)
