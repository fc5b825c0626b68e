"""Fixtures and options that every test folder shares."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import torch

from retina_vae.cohort import load_epidemiology, simulate
from retina_vae.cohort.simulated.epidemiology import Epidemiology
from retina_vae.studies.macular.published import read_published
from retina_vae.studies.macular.schema import MACULAR
from tests.clinic import ClinicTable, write_clinic_table

if TYPE_CHECKING:
    # The mathematics is tested where no browser is.
    from playwright.sync_api import Browser
    from xdist.remote import Producer
    from xdist.scheduler import LoadFileScheduling

ROOT = Path(__file__).parent.parent

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Without a screen and without a network; WebGL in software, so that it is there on any machine.
ARGUMENTS = [
    *("--headless", "--no-sandbox", "--no-first-run", "--disable-gpu", "--disable-quic", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
    *("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
]


# Files whose tests take longest come first, so that no worker is left with one at the end.
LONGEST = ("tests/workflow/", "tests/browser/")


@pytest.hookimpl(hookwrapper=True)
def pytest_collection() -> Iterator[None]:
    """The collector of garbage need not look through what was imported and collected, which stays to the end.

    Nor as often as by default, which was made for programs whose objects are few: it took a sixth of what a page takes.
    """
    gc.disable()
    yield
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return next((n for n, folder in enumerate(LONGEST) if item.nodeid.startswith(folder)), len(LONGEST))

    items.sort(key=place)


# Folders whose files share runs, pages or a browser that take long to make: as long as workers are few, one makes them.
SHARING = ("tests/assign/", "tests/browser/", "tests/compare/", "tests/estimator/", "tests/report/")
FEW_WORKERS = 3


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """``--dist loadfile``, but the files of a folder that shares much stay together; None for other distributions."""
    if config.getoption("dist") != "loadfile" or len(config.getoption("tx")) > FEW_WORKERS:
        return None
    from xdist.scheduler import LoadFileScheduling

    class ByFolder(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            shared = next((folder for folder in SHARING if nodeid.startswith(folder)), None)
            return shared or super()._split_scope(nodeid)

    return ByFolder(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--device", default="cpu", help="device of the tests that compute with torch: cpu or cuda")


@pytest.fixture(scope="session")
def device(request: pytest.FixtureRequest) -> torch.device:
    """The device that the command line names; a missing one fails rather than skips."""
    return torch.device(request.config.getoption("--device"))


@pytest.fixture(scope="session")
def published_folder() -> Path:
    """The folder of the paper's arrays; tests that need it are skipped where it is missing."""
    places = [os.environ.get("RETINA_VAE_PUBLISHED"), ROOT / "data/published", ROOT / "../shared/published-cohort"]
    for place in places:
        if place and (Path(place) / "macSpectrum_stack.npy").is_file():
            return Path(place).resolve()
    pytest.skip("the published arrays are not here; data/README.md says where they come from")


@pytest.fixture(scope="session")
def published_patients(published_folder: Path) -> pd.DataFrame:
    return read_published(published_folder)


@pytest.fixture(scope="session")
def epidemiology() -> Epidemiology:
    return load_epidemiology(ROOT / "data/epidemiology.yaml", MACULAR)


@pytest.fixture(scope="session")
def simulated_patients(epidemiology: Epidemiology) -> pd.DataFrame:
    return simulate(epidemiology, MACULAR, per_group=1000, seed=1)


@pytest.fixture(scope="session")
def clinic_table(tmp_path_factory: pytest.TempPathFactory) -> ClinicTable:
    """240 patients of a clinic without an outcome, as a CSV file with its schema."""
    return write_clinic_table(tmp_path_factory.mktemp("clinic"))


@pytest.fixture(scope="session")
def clinic_table_with_outcome(tmp_path_factory: pytest.TempPathFactory) -> ClinicTable:
    """The same patients with an outcome and a held-out number."""
    return write_clinic_table(tmp_path_factory.mktemp("clinic-with-outcome"), outcome=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; the tests are skipped where none is installed."""
    from playwright.sync_api import expect, sync_playwright

    # WebGL in software beside other tests: what is waited for may take long, and is the same when it comes.
    expect.set_options(timeout=30_000)
    named = os.environ.get("RETINA_VAE_CHROMIUM")
    path = named or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium here: install one, or name its program in RETINA_VAE_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
