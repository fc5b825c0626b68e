"""The configuration that a new cohort starts from."""

from pathlib import Path

import pytest
import yaml

from retina_vae.config_files import parse_configuration
from retina_vae.initial_configuration import initial_configuration, run_name


def values(**more: object) -> dict:
    given = {"run": "r", "table": Path("t.csv"), "schema": Path("data/s.yaml"), "config": Path("config/r.yaml"), "k": 4}
    return yaml.safe_load(initial_configuration(**{**given, **more}))


def test_it_is_a_configuration_of_a_typed_model() -> None:
    written = values()
    assert written.pop("cohort") == {"source": "table", "table": "t.csv", "schema": "data/s.yaml"}
    settings = parse_configuration(written, "r.yaml")
    assert (settings.run, settings.clusters.k, settings.vae.likelihood) == ("r", 4, "typed")
    assert settings.latent.correction == "importance"
    assert settings.clusters.latent_dim in settings.vae.latent_dims


@pytest.mark.parametrize(
    "name", ["a b.csv", "größe #1.csv", '\'"quoted": x.csv', "back\\slash.csv", "no.csv", "{x}.csv"]
)
def test_any_file_name_comes_back(name: str) -> None:
    assert values(table=Path("some folder") / name)["cohort"]["table"] == f"some folder/{name}"


def test_a_sheet_is_named_where_there_is_one() -> None:
    assert values(sheet="Sheet: 1 #")["cohort"]["sheet"] == "Sheet: 1 #"


def test_a_run_is_called_like_its_table_as_far_as_it_can() -> None:
    assert [run_name(Path(name)) for name in ("x/My data.v2.xlsx", "größe.csv", "..csv")] == [
        "My_data.v2",
        "gr_e",
        "cohort",
    ]
