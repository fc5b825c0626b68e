"""The printed numbers of Table 1 that the published patients contradict."""

from __future__ import annotations

from importlib.resources import files

import pandas as pd

from retina_vae.cohort import CohortSchema
from retina_vae.studies.macular.audit.printed import derive_rows, printed_table

__all__ = ["find_errata", "packaged_errata"]


def packaged_errata() -> pd.DataFrame:
    """What :func:`find_errata` finds among the published patients, packaged because it never changes."""
    folder = files("retina_vae.studies.macular.audit")
    with folder.joinpath("data/errata.csv").open(encoding="utf-8") as stream:
        return pd.read_csv(stream)


def find_errata(patients: pd.DataFrame, partition: pd.Series, schema: CohortSchema) -> pd.DataFrame:
    """Compare every printed number with the patients behind its row.

    Printed ages are compared with rounded-up ages, since the paper rounds up throughout (the youngest patient of
    13.3 years is printed as 14, the oldest of 106.5 as 107); a true age of whole years would be its own rounding.
    A number is listed because it contradicts the patients whom the row's rule names, so the list is only as sure as
    the rule. Two entries are misprints whatever the rules: row 3's races do not add up to its size, and the printed
    drusen counts exceed the patients with drusen by 129, which is what exchanging row 1's two counts (189 and 60) takes
    away. For row 1's median and row 11's largest age the rules speak alone, with every other patient in another row.

    Args:
        patients: The paper's patients, validated.
        partition: The row of each patient (1..14), aligned with ``patients``.
        schema: The paper's schema.

    Returns:
        The columns ``row, column, printed, derived``, one row per contradicted number, in the printed order.
    """
    printed = printed_table()
    derived = derive_rows(patients, partition, schema).reindex(printed.index, fill_value=0)
    wrong = [
        (row, column, int(printed.loc[row, column]), int(derived.loc[row, column]))
        for row in printed.index
        for column in printed.columns
        if printed.loc[row, column] != derived.loc[row, column]
    ]
    return pd.DataFrame(wrong, columns=["row", "column", "printed", "derived"])
