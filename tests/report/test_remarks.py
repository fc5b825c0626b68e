"""What the page says of limits and of what does not apply, in words."""

from types import SimpleNamespace
from typing import cast

import numpy as np
import pandas as pd

from retina_vae.cohort import CohortSchema, Column, summarize
from retina_vae.report.remarks import remark_sentences
from retina_vae.report.tables import RunTables

SCHEMA = CohortSchema(
    identifier="id",
    columns=(
        Column(name="crp", label="CRP", kind="positive", censored=True),
        Column(name="tnf", label="TNF", kind="continuous", censored=True, role="held_out"),
        Column(name="parity", label="Parity", kind="count", not_applicable=("-",)),
        Column(name="sex", label="Sex", kind="binary", categories=("f", "m"), role="outcome"),
    ),
)


def patients(limits: bool = True) -> pd.DataFrame:
    """Ten women and ten men of whom each fifth has a CRP below the limit, each fourth woman a TNF above it."""
    number = np.arange(20)
    female = number < 10
    said = {
        "crp (remark)": np.where(number % 5 == 0, "below", None),
        "tnf (remark)": np.where(female & (number % 4 == 0), "above", None),
        "parity (remark)": np.where(female, None, "not applicable"),
    }
    table = pd.DataFrame({"id": number.astype(str), "crp": number + 1.0, "tnf": number + 1.0, "parity": 1.0})
    table["sex"] = pd.Categorical(np.where(female, "f", "m"), categories=["f", "m"])
    table.loc[~female, "parity"] = np.nan
    table.loc[[1, 2, 3, 6], "tnf"] = np.nan
    return table.assign(**{name: pd.Series(texts, dtype="str") for name, texts in said.items()}) if limits else table


def sentences(summary: pd.DataFrame) -> list[str]:
    said = remark_sentences(cast(RunTables, SimpleNamespace(schema=SCHEMA, summary=summary)))
    return [sentence.replace("\xa0", " ") for sentence in said]


def test_shares_are_those_of_all_groups_together() -> None:
    crp, parity, tnf = sentences(summarize(patients(), SCHEMA))
    assert crp.startswith("CRP: 20 % of the values lie below a limit of detection. Tables")
    assert crp.endswith("the model sees that they lie beyond it.")
    assert parity.startswith("Parity: does not apply to 50 % of the patients.")
    # Three of the sixteen that were measured.
    assert tnf.startswith("TNF: 19 % of the values lie above a limit of detection. Tables")
    assert tnf.endswith("the model does not see them.")


def test_where_nobody_has_a_remark_nothing_is_said() -> None:
    table = patients(limits=False).assign(parity=1.0)
    assert sentences(summarize(table, SCHEMA)) == []


def test_shares_that_are_not_shown_are_some() -> None:
    summary = summarize(patients(), SCHEMA)
    summary.loc[summary["statistic"].str.startswith("share"), "observed"] = np.nan
    crp, parity, _ = sentences(summary)
    assert crp.startswith(
        "CRP: some values lie below a limit of detection and some values lie above a limit of detection."
    )
    assert parity.startswith("Parity: does not apply to some patients.")
