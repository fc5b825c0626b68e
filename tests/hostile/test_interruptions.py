"""A command that is killed, or finds the disk full, a folder closed or no memory, leaves whole files and one error."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from retina_vae.atomic import is_temporary
from retina_vae.commands.cohort import cohort
from tests.assign.clinic import CLINIC, CLINIC_TABLE, as_clinic_writes, clinic_patients
from tests.assign.runs import TYPED, make_run
from tests.hostile.forks import Ended, Forks, forks

TINY = {
    "run": "r",
    "study": "macular",
    "cohort": {"patients_per_group": 20},
    "vae": {"latent_dims": [2], "replicas": 2, "hidden_units": 8, "epochs": 2, "batch_size": 20},
    "clusters": {"latent_dim": 2, "k": 3},
}
STEPS = ["vae", "assign"]


@pytest.fixture(scope="module")
def forked() -> Iterator[Forks]:
    with forks() as found:
        yield found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of whose steps the first is done, a finished run, and new patients, two of whom are refused."""
    folder = tmp_path_factory.mktemp("interrupted")
    (folder / "vae").mkdir()
    (folder / "vae/config.yaml").write_text(yaml.safe_dump({"results": str(folder / "vae")} | TINY))
    cohort(folder / "vae/config.yaml")
    patients = clinic_patients(60, seed=1)
    make_run(folder / "run", patients, TYPED, "importance", "means", schema=CLINIC, table_schema=CLINIC_TABLE)
    (folder / "assign").mkdir()
    new = as_clinic_writes(clinic_patients(300, seed=3), codes=True)
    new.loc[[5, 9], "ward"] = "?"
    new.to_csv(folder / "new.csv", index=False)
    return folder


def arguments(step: str, home: Path, folder: Path) -> tuple[object, ...]:
    """A command that writes into ``folder``, a copy of ``home / step``."""
    if step == "assign":
        return "assign", home / "new.csv", "--run", home / "run/r", "-o", folder / "assigned.csv"
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump({"results": str(folder)} | TINY))
    return "vae", "--config", config, "--model", "d2"


def files(folder: Path) -> dict[str, bytes]:
    """Everything but the configuration, which names the folder."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "config.yaml"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


DONE = {"vae": 0, "assign": 3}
"""Exit code of each step where nothing disturbs it: the table to assign has two rows that are refused."""


@pytest.fixture(scope="module")
def whole(home: Path, forked: Forks, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """What each step makes where nothing disturbs it."""
    made = {}
    for step in STEPS:
        folder = tmp_path_factory.mktemp("whole") / step
        shutil.copytree(home / step, folder)
        assert forked.run(*arguments(step, home, folder)).code == DONE[step]
        made[step] = files(folder)
    return made


def require_one_line(ended: Ended, *words: str) -> None:
    assert ended.code == 2, ended
    assert "Traceback" not in ended.said
    assert ended.said.count("Error: ") == 1, ended.said
    assert len(ended.said[ended.said.index("Error: ") :].splitlines()) == 1, ended.said
    for word in words:
        assert word in ended.said


def require_whole_files(folder: Path, whole: dict[str, bytes], *, temporary: bool = False) -> None:
    """What lies at a name of its own is what should lie there."""
    found = {name: data for name, data in files(folder).items() if not is_temporary(Path(name))}
    assert found == {name: whole[name] for name in found}
    assert temporary or not [path for path in folder.rglob("*") if is_temporary(path)]


@pytest.mark.parametrize("step", STEPS)
def test_a_command_that_is_killed_leaves_whole_files_and_is_continued_to_the_same_bytes(
    home: Path, forked: Forks, whole: dict[str, dict[str, bytes]], tmp_path: Path, step: str
) -> None:
    """Killed before the disk has the first file, before each has its name, and after; and then once more."""
    written = len(whole[step].keys() - files(home / step).keys())
    assert written == {"vae": 4, "assign": 2}[step]
    moments = [("fsync", 0), *((moment, n) for moment in ("rename", "renamed") for n in range(written))]
    for number, moment in enumerate(moments):
        folder = tmp_path / str(number)
        shutil.copytree(home / step, folder)
        command = arguments(step, home, folder)
        assert forked.run(*command, kill=moment).code == -9, moment
        require_whole_files(folder, whole[step], temporary=True)
        if number % 4 == 0:
            assert forked.run(*command, kill=("rename", 0)).code == -9
        assert forked.run(*command).code == DONE[step]
        assert files(folder) == whole[step], moment


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("size", [0, 60, 700, 4000])
def test_a_full_disk_is_one_error_and_nothing_is_half_written(
    home: Path, forked: Forks, whole: dict[str, dict[str, bytes]], tmp_path: Path, step: str, size: int
) -> None:
    """Files that may not grow beyond a size, which fails where a full disk does, and for any user."""
    folder = tmp_path / step
    shutil.copytree(home / step, folder)
    require_one_line(forked.run(*arguments(step, home, folder), file_size=size), "File too large")
    require_whole_files(folder, whole[step])


@pytest.mark.parametrize("step", STEPS)
def test_a_disk_that_is_full_says_so(
    home: Path, forked: Forks, whole: dict[str, dict[str, bytes]], tmp_path: Path, step: str
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("no file system of a size of its own can be mounted here")
    try:
        folder = disk / step
        shutil.copytree(home / step, folder)
        command = arguments(step, home, folder)
        with (disk / "filler").open("wb", buffering=0) as filler:
            while filler.write(bytes(4096)) == 4096 and os.statvfs(disk).f_bavail > 0:
                pass
        require_one_line(forked.run(*command), "No space left on device")
        require_whole_files(folder, whole[step])
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("step", STEPS)
def test_a_folder_that_may_not_be_written_is_one_error(
    home: Path, forked: Forks, whole: dict[str, dict[str, bytes]], tmp_path: Path, step: str
) -> None:
    folder = tmp_path / step
    shutil.copytree(home / step, folder)
    command = arguments(step, home, folder)
    closed = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    for path in closed:
        path.chmod(0o555)
    try:
        says = {"vae": "Permission denied", "assign": "nothing may be written into the folder"}[step]
        require_one_line(forked.run(*command, as_user=True), says)
    finally:
        for path in closed:
            path.chmod(0o755)
    require_whole_files(folder, whole[step])


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("megabytes", [1, 8, 32])
def test_too_little_memory_is_one_error(
    home: Path, forked: Forks, whole: dict[str, dict[str, bytes]], tmp_path: Path, step: str, megabytes: int
) -> None:
    folder = tmp_path / step
    shutil.copytree(home / step, folder)
    ended = forked.run(*arguments(step, home, folder), memory=megabytes * 2**20)
    assert "Traceback" not in ended.said
    if ended.code == 2:
        require_one_line(ended, "memory")
    else:
        # It was enough; or the C library itself had none, which ends the process at once.
        assert ended.code in (DONE[step], -signal.SIGABRT, -signal.SIGSEGV), ended
    require_whole_files(folder, whole[step])


def test_two_assignments_into_one_file_leave_a_whole_one(
    home: Path, forked: Forks, whole: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    command = arguments("assign", home, tmp_path)
    for ended in forked.run_all([command, command]):
        assert ended.code == DONE["assign"] or "another process is writing it" in ended.said
    assert files(tmp_path) == whole["assign"]
