"""In which clusters values are missing."""

from __future__ import annotations

import numpy as np

from retina_vae.report.tables import RunTables

__all__ = ["missing_shares"]


def missing_shares(tables: RunTables) -> dict[tuple[int, str], tuple[float, float]]:
    """Share of the patients of a cluster, and of all others, whose value is missing, by cluster and column.

    NaN where it is not shown.
    """
    told = tables.meaning.profiles.drop_duplicates(["cluster", "column"])[["cluster", "column", "observed"]]
    missing, shares = tables.cohort.columns["missing"], {}
    for cluster, column, observed in told.itertuples(index=False, name=None):
        size, total = float(tables.sizes[cluster]), float(missing.get(column, np.nan))
        inside = size - float(observed)
        outside = (total - inside) / max(tables.account.patients - size, 1.0)
        shares[int(cluster), str(column)] = inside / size, outside
    return shares
