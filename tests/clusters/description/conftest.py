from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from tests.clusters.description.clinic import clinic_patients


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As the whole command computes; on a busy machine threads of small sums only wait for each other."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def sparse_patients(simulated_patients: pd.DataFrame) -> pd.DataFrame:
    """The simulated patients, of whom a tenth of each input is not observed."""
    patients, rng = simulated_patients.copy(), np.random.default_rng(3)
    for name in ("race", "age", "polyps", "sex"):
        patients.loc[rng.random(len(patients)) < 0.1, name] = np.nan
    return patients


@pytest.fixture(scope="session")
def clinic() -> pd.DataFrame:
    """Patients with every kind of column and gaps in most."""
    return clinic_patients(400, seed=1)
