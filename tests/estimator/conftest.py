"""One small run, and the estimator that does the same."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from retina_vae import RetinaVAE
from tests.clinic import ClinicTable
from tests.estimator.runs import PARAMETERS, run_commands


@pytest.fixture(scope="session")
def frame(clinic_table: ClinicTable) -> pd.DataFrame:
    """The clinic's table as pandas reads it; grades are whole numbers among gaps, so that it makes decimals of them."""
    return pd.read_csv(clinic_table.table)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, clinic_table: ClinicTable) -> Path:
    """A run into four clusters."""
    return run_commands(tmp_path_factory.mktemp("run"), clinic_table, 4, whole=True)


@pytest.fixture(scope="session")
def fitted(clinic_table: ClinicTable, frame: pd.DataFrame) -> RetinaVAE:
    """The estimator with the settings of that run."""
    return RetinaVAE(4, schema=clinic_table.schema, **PARAMETERS).fit(frame)
