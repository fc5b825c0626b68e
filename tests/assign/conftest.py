"""A typed run with corrected codes, and one like the paper's."""

from pathlib import Path

import pandas as pd
import pytest

from retina_vae.assign import TrainedRun, load_run
from tests.assign.runs import PAPER, TYPED, make_run


@pytest.fixture(scope="session")
def training(simulated_patients: pd.DataFrame) -> pd.DataFrame:
    return simulated_patients.iloc[::10].reset_index(drop=True)


@pytest.fixture(scope="session")
def fresh(simulated_patients: pd.DataFrame) -> pd.DataFrame:
    return simulated_patients.iloc[5::10].reset_index(drop=True)


@pytest.fixture(scope="session")
def typed_folder(tmp_path_factory: pytest.TempPathFactory, training: pd.DataFrame) -> Path:
    return make_run(tmp_path_factory.mktemp("typed"), training, TYPED, "importance", "means")


@pytest.fixture(scope="session")
def paper_folder(tmp_path_factory: pytest.TempPathFactory, training: pd.DataFrame) -> Path:
    return make_run(tmp_path_factory.mktemp("paper"), training, PAPER, "none", "draws")


@pytest.fixture(scope="session")
def mixture_folder(tmp_path_factory: pytest.TempPathFactory, training: pd.DataFrame) -> Path:
    """Like the paper's, its draws clustered by a Gaussian mixture."""
    return make_run(tmp_path_factory.mktemp("mixture"), training, PAPER, "none", "draws", "gaussian_mixture")


@pytest.fixture(scope="session")
def typed(typed_folder: Path) -> TrainedRun:
    return load_run(typed_folder)


@pytest.fixture(scope="session")
def paper(paper_folder: Path) -> TrainedRun:
    return load_run(paper_folder)


@pytest.fixture(scope="session")
def mixture(mixture_folder: Path) -> TrainedRun:
    return load_run(mixture_folder)


@pytest.fixture(scope="session", params=["typed", "paper"])
def either(request: pytest.FixtureRequest) -> TrainedRun:
    """Each of the two runs."""
    return request.getfixturevalue(request.param)
