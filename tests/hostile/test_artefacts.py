"""A damaged file of a finished run is named, or changes nothing."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from retina_vae.opening import load_run
from retina_vae.report import RunTables
from tests.assign.clinic import CLINIC, CLINIC_TABLE, as_clinic_writes, clinic_patients
from tests.assign.runs import TYPED, make_run
from tests.hostile.artefacts import DAMAGES, Damage
from tests.hostile.ending import hostile, require_good_ending, require_one_error
from tests.manifests import sign

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two runs of one configuration on other patients, a table of new ones, and what becomes of them by the first."""
    threads, folder = torch.get_num_threads(), tmp_path_factory.mktemp("artefacts")
    for seed in (1, 2):
        patients = clinic_patients(60, seed=seed)
        run = folder / str(seed)
        make_run(run, patients, TYPED, "importance", "means", schema=CLINIC, table_schema=CLINIC_TABLE)
    as_clinic_writes(clinic_patients(20, seed=3), codes=True).to_csv(folder / "new.csv", index=False)
    arguments = (folder / "new.csv", "--run", folder / "1/r", "-o", folder / "good.csv")
    assert require_good_ending("assign", *arguments, folder=folder, makes=(folder / "good.csv",)) == 0
    yield folder
    torch.set_num_threads(threads)


@contextmanager
def damaged(home: Path, damage: Damage) -> Iterator[tuple[Path, Path, bool]]:
    """A copy of the first run with the damage, the file that it was done to, and whether that is still the same."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "r"
        shutil.copytree(home / "1/r", folder)
        path = damage.apply(folder, home / "2/r")
        same = path.is_file() and path.read_bytes() == (home / "1/r" / path.relative_to(folder)).read_bytes()
        yield folder, path, same


def assigned(home: Path, folder: Path) -> bytes | None:
    """What becomes of the new patients by a run; None where it is refused."""
    output = folder.parent / "assigned.csv"
    arguments = (home / "new.csv", "--run", folder, "-o", output)
    ending = require_good_ending("assign", *arguments, folder=folder.parent, makes=(output,))
    return output.read_bytes() if ending == 0 else None


@hostile(50)
@given(damage=DAMAGES)
def test_a_damaged_file_is_named_or_changes_nothing(home: Path, damage: Damage) -> None:
    with damaged(home, damage) as (folder, path, same):
        opened = require_one_error("open", lambda: load_run(folder))
        # A manifest and a configuration are taken by what they say, so that blanks in them change nothing.
        assert opened is None or same or path.name in ("manifest.json", "config.yaml")
        found = assigned(home, folder)
        assert found in (None, (home / "good.csv").read_bytes())


@hostile(50)
@given(damage=DAMAGES, twice=st.booleans(), again=DAMAGES)
def test_a_file_that_was_written_damaged_is_one_error_or_a_run(
    home: Path, damage: Damage, twice: bool, again: Damage
) -> None:
    """As if a run had written it so: the hashes say nothing, and its readers must look at it."""
    with damaged(home, damage) as (folder, _, _):
        if twice:
            again.apply(folder, home / "2/r")
        sign(folder)
        assigned(home, folder)


@pytest.mark.skipif("HOSTILE_RUN" not in os.environ, reason="the benchmark names a finished run with its report")
@hostile(1)
@given(damage=DAMAGES, recorded=st.booleans())
def test_a_damaged_file_of_the_report_is_one_error_or_changes_nothing(damage: Damage, recorded: bool) -> None:
    """With the record of what the gate wrote, and without, so that only the readers look at it."""
    whole = Path(os.environ["HOSTILE_RUN"])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / whole.name
        for part in ("release", "hashes"):
            shutil.copytree(whole / part, folder / part)
        shutil.copy(whole / "config.yaml", folder)
        path = damage.apply(folder, whole)
        same = path.is_file() and path.read_bytes() == (whole / path.relative_to(folder)).read_bytes()
        if not recorded:
            (folder / "hashes/release.json").unlink(missing_ok=True)
        opened = require_one_error("report", lambda: RunTables.load(folder))
        assert opened is None or same or not recorded or path.parent == folder or "hashes" in path.parts
