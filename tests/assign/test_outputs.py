import os
from pathlib import Path

import pytest

from retina_vae.assign.outputs import prepare_outputs, refused_path, require_another_file
from retina_vae.atomic import atomic_path
from retina_vae.errors import ConfigurationError, InputError

TOKEN = "0123456789abcdef"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "new.csv"
    path.write_text("patient_id\n")
    return path


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "run" / "cohort").mkdir(parents=True)
    (tmp_path / "run" / "cohort" / "patients.parquet").write_text("table")
    return tmp_path / "run"


@pytest.mark.parametrize("name", ["config.csv", "cohort/patients.parquet", "new_folder/a.csv", "../run/a.csv"])
def test_nothing_is_written_into_the_folder_of_the_run(source: Path, run: Path, name: str):
    with pytest.raises(ConfigurationError, match="--output: expected a file outside the folder of a run"):
        prepare_outputs(run / name, source, run)


def test_links_do_not_lead_into_the_run(source: Path, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "folder").symlink_to(run / "cohort")
    (tmp_path / "a.parquet").symlink_to(run / "cohort" / "patients.parquet")
    (tmp_path / "same_run").symlink_to(run)
    monkeypatch.chdir(run)
    for output, folder in (
        (tmp_path / "folder" / "b.csv", run),
        (tmp_path / "a.parquet", run),
        (run / "b.csv", tmp_path / "same_run"),
        (Path("b.csv"), run),
    ):
        with pytest.raises(ConfigurationError, match="outside the folder of a run"):
            prepare_outputs(output, source, folder)


def test_a_folder_beside_the_run_of_a_longer_name_is_no_part_of_it(source: Path, run: Path, tmp_path: Path):
    (tmp_path / "run_2").mkdir()
    prepare_outputs(tmp_path / "run_2" / "a.csv", source, run)
    prepare_outputs(tmp_path / "run.csv", source, run)


def test_the_table_that_is_read_is_no_output_under_any_name(source: Path, tmp_path: Path):
    (tmp_path / "link.csv").symlink_to(source)
    os.link(source, tmp_path / "hard.csv")
    os.link(source, tmp_path / "a.refused.csv")
    for name in ("new.csv", "./new.csv", "link.csv", "hard.csv", "a.csv"):
        with pytest.raises(InputError, match="another file than the one that is read"):
            require_another_file(source, tmp_path / name)
    require_another_file(source, tmp_path / "b.csv")


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_what_killed_processes_left_goes_and_what_a_living_one_writes_stays(
    source: Path, run: Path, tmp_path: Path, name: str
):
    output = tmp_path / "out" / name
    output.parent.mkdir()
    for written in (output, refused_path(output)):
        (output.parent / f".{written.stem}-{TOKEN}-part{written.suffix}").write_text("patient 7")
    other = output.parent / f".b-{TOKEN}-part.csv"
    other.write_text("of another output")
    with atomic_path(output) as alive:
        with pytest.raises(ConfigurationError, match=r"another process is writing it\. Wait"):
            prepare_outputs(output, source, run)
        assert sorted(output.parent.iterdir()) == sorted([alive, other])
    prepare_outputs(output, source, run)
    with atomic_path(refused_path(output)), pytest.raises(ConfigurationError, match="another process is writing it"):
        prepare_outputs(output, source, run)


def test_an_output_of_another_kind_is_refused(source: Path, run: Path, tmp_path: Path):
    with pytest.raises(ConfigurationError, match=r"ends in \.csv or \.parquet"):
        prepare_outputs(tmp_path / "a.xlsx", source, run)
