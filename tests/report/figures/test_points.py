from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retina_vae.report.figures import points
from retina_vae.report.figures.points import PatientMap, patient_map
from retina_vae.report.tables import RunTables
from retina_vae.studies.macular.schema import MACULAR


def test_tables_are_joined_by_the_identifier(tables: RunTables, where: PatientMap) -> None:
    shuffled = tables.assignments.sample(frac=1, random_state=3)
    again = patient_map(tables.codes.iloc[::-1], tables.patients, shuffled, MACULAR)
    assert again.cluster.tolist() == where.cluster[::-1].tolist()
    np.testing.assert_allclose(again.space.points, where.space.points[::-1])
    np.testing.assert_allclose(again.space.centers, where.space.centers)


def test_a_patient_that_comes_twice_is_refused(tables: RunTables) -> None:
    twice = pd.concat([tables.assignments, tables.assignments.head(1)])
    with pytest.raises(pd.errors.MergeError):
        patient_map(tables.codes, tables.patients, twice, MACULAR)


def test_large_cohorts_are_thinned_evenly_and_say_so(tables: RunTables, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "MOST_POINTS", 60)
    thin = patient_map(tables.codes, tables.patients, tables.assignments, MACULAR)
    assert len(thin.cluster) == 60
    assert pd.Series(thin.group).value_counts().tolist() == [20, 20, 20]
    assert thin.note == "60 of 120 patients are shown"
    assert thin.sizes.sum() == 120
