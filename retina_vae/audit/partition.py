"""Sorting patients by the rules behind the printed rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from retina_vae.errors import InputError

__all__ = ["apply_rules"]


def apply_rules(patients: pd.DataFrame, rules: pd.DataFrame) -> pd.Series:
    """The row of the printed table whose rule each patient meets.

    Args:
        patients: A validated patient table with the columns that the rules name; of the published patients the
            result is the paper's partition, of others the cells of the input space that the rules name.
        rules: The columns ``row`` and ``rule`` of :func:`~retina_vae.audit.rules.find_rules`.

    Returns:
        Integers named ``row``, aligned with ``patients``: 1..14, and 0 for a patient whom no rule names.

    Raises:
        InputError: A rule names a column that the patients lack, or two rules name the same patient.
    """
    found = np.zeros(len(patients), dtype=np.int64)
    for row, rule in zip(rules["row"], rules["rule"], strict=True):
        try:
            met = np.asarray(patients.eval(rule, engine="python"), dtype=np.bool_)
        except (NameError, KeyError) as error:
            raise InputError(
                f"rule of row {row}: expected patients with every column of {rule!r}, got: {error}. "
                "The audit takes tables with the paper's columns only."
            ) from None
        twice = met & (found > 0)
        if twice.any():
            raise InputError(
                f"rule of row {row}: expected rules that name each patient once, but {int(twice.sum())} patients are "
                f"also in row {int(found[twice][0])}. Rules are pandas queries over the patient table."
            )
        found[met] = row
    return pd.Series(found, index=patients.index, name="row")
