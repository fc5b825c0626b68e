from __future__ import annotations

from pathlib import Path

import pytest

from retina_vae.errors import ConfigurationError, InputError
from retina_vae.opening import load_run, open_run
from tests.test_run import write_configuration


def test_a_run_is_opened_by_its_folder_wherever_it_lies(tmp_path: Path) -> None:
    folder = tmp_path / "moved"
    folder.mkdir()
    (folder / "config.yaml").write_text("run: once\nresults: elsewhere\n")
    by_file, by_folder = open_run(folder / "config.yaml"), open_run(folder)
    assert by_file.folder == Path("elsewhere/once")
    assert by_folder.folder == folder
    assert by_folder.settings == by_file.settings


def test_a_folder_that_is_none_of_a_run_is_named_with_those_like_it(tmp_path: Path) -> None:
    (tmp_path / "paper").mkdir()
    for opened in (open_run, load_run):
        with pytest.raises(
            InputError, match=r"paper: expected the folder of a run with its config.yaml\. Name another"
        ):
            opened(tmp_path / "paper")
        with pytest.raises(InputError, match=rf"papr: .* there is none\. Check the path: {tmp_path}/paper is there\.$"):
            opened(tmp_path / "papr")
    with pytest.raises(ConfigurationError, match=r"papr\.yaml: expected a configuration file in YAML, but there is no"):
        open_run(tmp_path / "papr.yaml")
    (tmp_path / "settings").write_text("run: any\n")
    assert open_run(tmp_path / "settings").settings.run == "any"


def test_what_is_missing_is_made_by_the_command_for_that_run(tmp_path: Path) -> None:
    path = write_configuration(tmp_path)
    with pytest.raises(InputError, match=rf"Run `snakemake --cores 8 --configfile {tmp_path}/r/config.yaml`\.$"):
        open_run(path).verified("cohort/schema.yaml")
    with pytest.raises(
        InputError, match=rf"found none\. Run `snakemake --cores 8 --configfile {tmp_path}/r/config.yaml`"
    ):
        load_run(tmp_path / "r")
    path.rename(tmp_path / "config.yaml")
    with pytest.raises(InputError, match=r"Run `snakemake --cores 8`\.$"):
        open_run(tmp_path / "config.yaml").verified("cohort/schema.yaml")
