"""What of the pictures may be released where the images are those of real people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from retina_vae.release.context import Context

__all__ = ["release_pictures"]

_OF_PEOPLE = ("reconstructions", "paths")
"""Sets in which a picture is that of one patient, or what a model makes of it."""


def release_pictures(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Without the image of any patient, or what is nearly one: reconstructions, and the ends of the ways between two.

    What stays is drawn from the prior or at the centre of a cluster; of a cluster whose size is not shown nothing is.
    """
    if not context.hides:
        return table
    of_cluster = table["set"] == "clusters"
    hidden = of_cluster & table["row"].isin(list(context.hidden_clusters))
    nobody = table["model"].fillna("") == ""
    return table[~(table["set"].isin(_OF_PEOPLE) | hidden | nobody)].reset_index(drop=True)
