from pathlib import Path

import pytest
import yaml

from retina_vae.cohort import load_epidemiology
from retina_vae.cohort.simulated.epidemiology import Epidemiology
from retina_vae.cohort.simulated.statistics import CategoryStatistic, NormalStatistic
from retina_vae.errors import InputError
from retina_vae.studies.macular.schema import MACULAR

FILE = Path(__file__).parents[3] / "data/epidemiology.yaml"


def write(values: dict, folder: Path) -> Path:
    path = folder / "epidemiology.yaml"
    path.write_text(yaml.safe_dump(values, sort_keys=False))
    return path


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


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        (("CSCR", "race", "probabilities", "Asian"), 0.5, "sum to 1"),
        (("CSCR", "age", "variance"), -1, "greater than 0"),
        (("PCV", "polyps", "source"), "a friend", "expected one of .* got 'a friend'"),
        (("PCV", "sex", "probabilities"), {"male": 0.5, "man": 0.5}, "expected the categories"),
    ],
)
def test_faults_are_named(tmp_path: Path, keys: tuple, value: object, message: str) -> None:
    values = yaml.safe_load(FILE.read_text())
    disease, *rest, last = keys
    target = values["groups"][disease]["columns"]
    for key in rest:
        target = target[key]
    target[last] = value
    path = write(values, tmp_path)
    with pytest.raises(InputError, match=message) as error:
        load_epidemiology(path, MACULAR)
    assert str(path) in str(error.value)


def test_a_missing_disease_column_or_file_is_named(tmp_path: Path) -> None:
    values = yaml.safe_load(FILE.read_text())
    del values["groups"]["PCV"]["columns"]["srh"]
    with pytest.raises(InputError, match=r"groups\.PCV\.columns: expected"):
        load_epidemiology(write(values, tmp_path), MACULAR)
    del values["groups"]["PCV"]
    with pytest.raises(InputError, match="expected the categories of 'disease'"):
        load_epidemiology(write(values, tmp_path), MACULAR)
    with pytest.raises(InputError, match="expected a file with the statistics of groups"):
        load_epidemiology(tmp_path / "nowhere.yaml", MACULAR)
