"""Tables in which there is next to nothing to find have an answer all the same."""

import numpy as np
import pandas as pd
import pytest

from retina_vae.cluster_settings import LatentStructureSettings
from retina_vae.clusters.latent_structure.answers import FEWEST
from retina_vae.clusters.latent_structure.structure import find_structure
from retina_vae.cohort import CohortSchema, Column
from retina_vae.errors import InputError
from tests.clusters.latent_structure.cohorts import FINDINGS, MIXED, one_bell

SMALL = LatentStructureSettings(folds=3, k_max=3)
TYPE = Column(name="type", label="type", kind="nominal", categories=("r", "s", "t"))


def said(patients: pd.DataFrame, schema: CohortSchema = MIXED) -> tuple[str, int]:
    row = find_structure(patients, schema, SMALL).answer.iloc[0]
    return row["answer"], int(row["k"])


@pytest.mark.parametrize("column", [FINDINGS[0], TYPE], ids=lambda column: column.name)
def test_one_column_has_nothing_beyond_its_margin(column: Column) -> None:
    rng = np.random.default_rng(1)
    values = rng.random(400) < 0.5 if column is not TYPE else rng.integers(0, 3, 400)
    patients = pd.DataFrame({"id": np.arange(400).astype(str), column.name: np.array(column.categories)[values * 1]})
    assert said(patients, CohortSchema(identifier="id", columns=(column,))) == ("nothing", 1)


@pytest.mark.parametrize("patients", [2, 3, 7, FEWEST - 1])
def test_few_patients_decide_nothing(patients: int) -> None:
    assert said(one_bell(patients))[0] in ("nothing", "undecided")


@pytest.mark.parametrize("patients", [0, 1])
def test_one_patient_cannot_be_compared(patients: int) -> None:
    with pytest.raises(InputError, match=f"expected at least two patients .* got {patients}"):
        find_structure(one_bell(5).iloc[:patients], MIXED, SMALL)


@pytest.mark.parametrize("name", ["x", "a"])
def test_a_column_may_be_seen_in_one_fold_alone(name: str) -> None:
    """What is fitted to the other folds has seen no value of it."""
    patients = one_bell(150)
    outside = np.random.default_rng(SMALL.seed).permutation(150) % SMALL.folds != 0
    patients[name] = patients[name].mask(outside)
    assert said(patients)[1] >= 1


def test_a_column_that_three_patients_have_says_nothing() -> None:
    patients = one_bell(200)
    patients["a"] = pd.Series(["no", "yes", "yes"] + [None] * 197, dtype=object)
    assert said(patients) == ("nothing", 1)
