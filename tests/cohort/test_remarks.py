"""What cells say beside values: companions, and which of them contradict their column."""

import numpy as np
import pandas as pd

from retina_vae.cohort import Column
from retina_vae.cohort.remarks import misplaced_remarks, remark_column, remark_texts, remarks_of, sides_of


def test_remarks_are_texts_and_sides_are_signs() -> None:
    none = np.array([False, False, False, True])
    texts = remark_texts(np.array([-1, 0, 1, 0], dtype=np.int8), none)
    assert texts.astype(object).where(texts.notna(), "").tolist() == ["below", "", "above", "not applicable"]
    np.testing.assert_array_equal(sides_of(texts), [-1, 0, 1, 0])


def test_a_table_without_a_companion_says_nothing() -> None:
    patients = pd.DataFrame({"crp": [1.0, 2.0]}, index=[7, 9])
    assert remark_column("crp") == "crp (remark)"
    assert remarks_of(patients, "crp").isna().tolist() == [True, True]
    assert remarks_of(patients, "crp").index.tolist() == [7, 9]


def test_a_remark_that_contradicts_its_column_or_value_is_misplaced() -> None:
    patients = pd.DataFrame(
        {
            "crp": [0.1, np.nan, 5.0, np.nan, 5.0, np.nan, 1.0],
            "crp (remark)": ["below", "below", "not applicable", "not applicable", None, None, "beyond"],
        }
    )
    both = Column(name="crp", label="CRP", kind="positive", censored=True, not_applicable=("-",))
    assert misplaced_remarks(patients, both).tolist() == [False, True, True, False, False, False, True]
    required = both.model_copy(update={"required": True})
    assert misplaced_remarks(patients, required).tolist() == [False, True, True, False, False, True, True]
    limits = both.model_copy(update={"not_applicable": ()})
    assert misplaced_remarks(patients, limits).tolist() == [False, True, True, True, False, False, True]
    gaps = both.model_copy(update={"censored": False})
    assert misplaced_remarks(patients, gaps).tolist() == [True, True, True, False, False, False, True]
