from pathlib import Path

import pytest
import yaml

from retina_vae.cohort import load_epidemiology
from retina_vae.errors import InputError
from retina_vae.studies.macular.schema import MACULAR
from tests.clinic import clinic_epidemiology, clinic_schema

FILE = Path(__file__).parents[3] / "data/epidemiology.yaml"


def write(values: dict, folder: Path) -> Path:
    path = folder / "epidemiology.yaml"
    path.write_text(yaml.safe_dump(values, sort_keys=False))
    return path


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        (("CSCR", "race", "probabilities", "Asian"), 0.5, "sum to 1"),
        (("CSCR", "age", "variance"), -1, "greater than 0"),
        (("PCV", "polyps", "source"), "a friend", "expected one of .* got 'a friend'"),
        (("PCV", "sex", "probabilities"), {"male": 0.5, "man": 0.5}, "expected the categories"),
        (("PCV", "sex", "probabilities"), {False: 0.5, True: 0.5}, "put quotes around"),
        (("PCV", "age"), {"median": 60, "log_sd": 1, "source": "paper"}, r"PCV\.columns\.age: .*of kind 'continuous'"),
        (("PCV", "age", "missing"), 0.2, "no missing values of a column that is required"),
        (("PCV", "age", "mean"), float("inf"), "finite number"),
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
    with pytest.raises(InputError, match="expected the statistics of groups in YAML, but there is no such file"):
        load_epidemiology(tmp_path / "nowhere.yaml", MACULAR)


def test_the_column_that_names_the_groups_is_checked(tmp_path: Path) -> None:
    values = yaml.safe_load(FILE.read_text())
    for column in ("race", "age", "nowhere"):
        with pytest.raises(InputError, match=rf"no input, one of \['disease'\], got '{column}'"):
            load_epidemiology(write(values | {"column": column}, tmp_path), MACULAR)
    del values["column"]
    with pytest.raises(InputError, match=r"groups\.ARMD\.columns: expected .*'disease'"):
        load_epidemiology(write(values, tmp_path), MACULAR)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    for text, message in [
        ("groups: [", "expected the statistics of groups in YAML, found: while parsing"),
        ("sources: {}", "groups: Field required"),
        ("{}", "required"),
    ]:
        path = tmp_path / "epidemiology.yaml"
        path.write_text(text)
        with pytest.raises(InputError, match=message):
            load_epidemiology(path, MACULAR)
    with pytest.raises(InputError, match="expected groups whose keys are texts, got 1; put quotes"):
        load_epidemiology(write({"sources": {}, "groups": {1: {}}}, tmp_path), MACULAR)
    with pytest.raises(InputError, match="expected one group or more, got none"):
        load_epidemiology(write({"sources": {}, "groups": {}}, tmp_path), clinic_schema())


def test_every_input_can_get_the_same_gaps() -> None:
    schema = clinic_schema(outcome=True)
    gaps = clinic_epidemiology().with_missing(0.3, schema)
    for code, group in gaps.groups.items():
        for name, statistic in group.columns.items():
            before = clinic_epidemiology().groups[code].columns[name]
            assert statistic.missing == (0.3 if schema[name].role == "input" else before.missing)
            assert statistic.model_copy(update={"missing": before.missing}) == before
