"""Columns that do not apply to everybody: what does not exist counts nothing, what exists counts as ever."""

import numpy as np
import pandas as pd
import pytest
import torch

from retina_vae.cohort import CohortSchema, Encoding, fit_encoding
from retina_vae.vae.outputs import TypedOutput
from retina_vae.vae.replicas import replica_generators
from tests.vae.every_kind import SCHEMA, every_kind_patients

from .test_base import random

NAMES = [column.name for column in SCHEMA.columns]


def encodings(name: str) -> tuple[pd.DataFrame, Encoding, Encoding]:
    """Patients of whom the third has no such value; the encoding of the column that says so, and of one with a gap."""
    patients = every_kind_patients(40)
    patients.loc[2, name] = np.nan
    column = SCHEMA[name]
    schemas = (column.model_copy(update={"not_applicable": ("-",)}), column)
    remarked = patients.assign(**{f"{name} (remark)": [None, None, "not applicable"] + [None] * 37})
    said, gap = (
        fit_encoding(remarked, CohortSchema(identifier="patient_id", columns=(own,)), "by_kind") for own in schemas
    )
    return remarked, said, gap


@pytest.mark.parametrize("name", NAMES)
def test_a_value_counts_as_without_the_flag_and_none_counts_nothing(name: str) -> None:
    patients, said, gap = encodings(name)
    flagged, plain = said.encode(patients), gap.encode(patients)
    assert said.width == gap.width + 1
    assert flagged[:, -1].tolist() == [0, 0, 1] + [0] * 37
    np.testing.assert_array_equal(flagged[:, :-1], plain)
    ours, theirs = TypedOutput(1, said, "predicted", 1.0), TypedOutput(1, gap, "predicted", 1.0)
    numbers = random(1, ours.width, 40)
    scales = numbers[:, said.width :]
    found = ours(numbers).log_prob(torch.from_numpy(flagged.T))
    expected = theirs(torch.cat([numbers[:, : gap.width], scales], dim=1)).log_prob(torch.from_numpy(plain.T))
    torch.testing.assert_close(found, expected)
    assert found[0, 0, 2] == 0
    np.testing.assert_array_equal(said.log_jacobian(flagged), gap.log_jacobian(plain))


@pytest.mark.parametrize("name", NAMES)
def test_drawn_values_exist(name: str) -> None:
    _, said, _ = encodings(name)
    output = TypedOutput(1, said, "fixed", 1.0)
    likelihood = output(random(1, output.width, 5))
    draws = likelihood.sample(replica_generators([1]))
    assert draws.shape == likelihood.mean.shape == (1, said.width, 5)
    assert (draws[:, -1] == 0).all()
    assert said.decode(draws[0].T.numpy())[name].notna().all()
