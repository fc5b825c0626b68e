from __future__ import annotations

import numpy as np
import pandas as pd

from retina_vae.release.held import release_contributions, release_unlike
from retina_vae.studies.macular.schema import MACULAR
from tests.release.full import context_of
from tests.report.trust import contributions_of


def test_contributions_of_small_clusters_are_hidden_and_others_have_one_digit(
    simulated_patients: pd.DataFrame,
) -> None:
    """Two small clusters: one alone would follow from the number of all patients."""
    patients = simulated_patients.iloc[:100].reset_index(drop=True)
    clusters = pd.Series(np.repeat([1, 2, 3, 4], [40, 45, 5, 10]))
    table = contributions_of(clusters.to_numpy(), MACULAR).assign(standard_error=0.1234)
    shown = release_contributions(table, context_of(patients, clusters, MACULAR, 11))
    hidden = shown["cluster"].isin([3, 4])
    assert shown.loc[hidden, ["against", "contribution", "standard_error", "patients"]].isna().all(axis=None)
    assert (shown.loc[~hidden, "standard_error"] == 0.1).all()
    pd.testing.assert_series_equal(shown.loc[~hidden, "contribution"], table.loc[~hidden, "contribution"].round(1))
    assert release_contributions(table, context_of(patients, clusters, MACULAR, 0)) is table


def test_tables_of_few_other_patients_are_hidden_and_areas_have_two_digits(simulated_patients: pd.DataFrame) -> None:
    patients = simulated_patients.iloc[:100].reset_index(drop=True)
    measured = [f"{name}{end}" for name in ("auroc", "auprc", "fpr_at_95") for end in ("", "_low", "_high")]
    table = pd.DataFrame({name: [0.12345, 0.12345] for name in measured})
    table = table.assign(table=["north", "south"], patients_like=100, patients_unlike=[10, 11])
    clusters = pd.Series(np.repeat([1, 2], 50))
    shown = release_unlike(table, context_of(patients, clusters, MACULAR, 11))
    assert shown.loc[0, [*measured, "patients_like", "patients_unlike"]].isna().all()
    assert shown.loc[1, measured].tolist() == [0.12] * 9
    assert shown["table"].tolist() == ["north", "south"]
    assert release_unlike(table, context_of(patients, clusters, MACULAR, 0)) is table
