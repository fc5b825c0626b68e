"""A typed run with corrected codes, and one like the paper's."""

from pathlib import Path

import pandas as pd
import pytest

from retina_vae.assign import TrainedRun, load_run
from tests.assign.clinic import CLINIC, CLINIC_TABLE, clinic_patients
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


@pytest.fixture(scope="session")
def clinic_training() -> pd.DataFrame:
    return clinic_patients(240, seed=1)


@pytest.fixture(scope="session")
def clinic_folder(tmp_path_factory: pytest.TempPathFactory, clinic_training: pd.DataFrame) -> Path:
    """A column of every kind, gaps, and no outcome."""
    home = tmp_path_factory.mktemp("clinic")
    return make_run(home, clinic_training, TYPED, "importance", "means", schema=CLINIC)


@pytest.fixture(scope="session")
def clinic(clinic_folder: Path) -> TrainedRun:
    return load_run(clinic_folder)


@pytest.fixture(scope="session")
def clinic_table_folder(tmp_path_factory: pytest.TempPathFactory, clinic_training: pd.DataFrame) -> Path:
    """The same, made from a table that has codes for categories, decimal commas and -99 for gaps."""
    home = tmp_path_factory.mktemp("clinic_by_table")
    return make_run(home, clinic_training, TYPED, "importance", "means", schema=CLINIC, table_schema=CLINIC_TABLE)


@pytest.fixture(scope="session")
def clinic_by_table(clinic_table_folder: Path) -> TrainedRun:
    return load_run(clinic_table_folder)


@pytest.fixture(scope="session", params=["typed", "paper"])
def either(request: pytest.FixtureRequest) -> TrainedRun:
    """Each of the two runs."""
    return request.getfixturevalue(request.param)
