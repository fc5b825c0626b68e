"""The rules that take small cells out of the study's artefacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from retina_vae.words import MARK

if TYPE_CHECKING:
    from retina_vae.release.context import Context
    from retina_vae.release.rules import Rule

__all__ = ["RELEASES", "release_claims"]

_OF_TRAINING = (1, 2)
"""Claims whose figures are losses and similarities; those of the others count the patients of clusters."""


def release_claims(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Leave out what was measured of the patients of each cluster: how many are in a minority, their median ages.

    The verdict stays. It follows from which counts are 0, and these are shown.
    """
    if not context.hides:
        return table
    return table.assign(measured=table["measured"].where(table["claim"].isin(_OF_TRAINING), MARK))


RELEASES: Mapping[str, Rule] = {"claims": release_claims}
