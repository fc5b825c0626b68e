"""The rules that take small cells out of the study's artefacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from retina_vae.words import MARK

if TYPE_CHECKING:
    from retina_vae.release.context import Context
    from retina_vae.release.rules import Rule

__all__ = ["RELEASES", "release_claims", "release_matches"]

_OF_TRAINING = (1, 2)
"""Claims whose figures are losses and similarities; those of the others count the patients of clusters."""

_TOLD = ("miss", "measured", "paper_miss", "paper_measured")
_DIGITS = 2


def release_claims(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Leave out what was measured of the patients of each cluster: how many are in a minority, their median ages.

    The verdict stays. It follows from which counts are 0, and these are shown. How many replicas have such counts is
    left out, because nothing else of these is shown.
    """
    if not context.hides:
        return table
    shown = table["claim"].isin(_OF_TRAINING)
    texts = {name: table[name].where(shown, MARK) for name in _TOLD}
    return table.assign(**texts, **{name: table[name].where(shown) for name in ("held", "tested", "value")})


def release_matches(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Round the similarities, and leave out those of clusters whose size is not shown, with the clusters' numbers."""
    if not context.hides:
        return table
    hidden = context.of_hidden(table)
    return table.assign(
        cluster=table["cluster"].astype("Int64").mask(hidden), jaccard=table["jaccard"].round(_DIGITS).mask(hidden)
    )


RELEASES: Mapping[str, Rule] = {"claims": release_claims, "matches": release_matches}
