from __future__ import annotations

import numpy as np
import pandas as pd

from retina_vae.cohort import CohortSchema, Column
from retina_vae.report.generated import MOST_PAIRS, generated_part
from retina_vae.report.tables import RunTables
from retina_vae.studies.macular.schema import MACULAR


def test_columns_are_all_shown_and_of_the_pairs_those_that_differ_most(family: RunTables) -> None:
    part = generated_part(family.decoded["d3"].generated_check, MACULAR, family.formats)
    labels = [row[0] for row in part.table.rows]
    assert labels[:4] == ["Race: Asian", "Age: mean (years)", "Age: standard deviation (years)", "Polyps: present"]
    assert labels[4:7] == [
        "Correlation of Age and Drusen",
        "Correlation of Polyps and Drusen",
        "Correlation of Race: Asian and Age",
    ]
    assert len(labels) == 4 + MOST_PAIRS
    assert "Of 7 correlations, the table shows the 5 with the largest |z|." in part.sentence


def test_the_largest_difference_is_named(family: RunTables) -> None:
    sentence = generated_part(family.decoded["d3"].generated_check, MACULAR, family.formats).sentence.replace(
        "\u00a0", " "
    )
    assert sentence.startswith(
        "The largest of 10 differences is 4.0 standard errors (Polyps: present: 45.0 % generated, 40.0 % in the cohort)"
    )
    assert "; 1 of them exceeds 3. 1 more would need more patients, or patients that vary." in sentence


def test_nothing_measured_is_said(family: RunTables) -> None:
    check = family.decoded["d3"].generated_check.assign(z=np.nan, standard_error=np.nan)
    part = generated_part(check, MACULAR, family.formats)
    assert part.sentence.startswith("No difference could be measured")
    assert all(row[-1] == "–" for row in part.table.rows)


def test_categories_with_commas_and_numbers_of_small_ranges_are_read(clinic: RunTables) -> None:
    check = pd.DataFrame(
        [
            ("creatinine", "mean", 0.9345, 0.9123, 0.0123, 1.8),
            ("a:b:creatinine", "correlation yes, a little", 0.5, 0.4, 0.05, 2.5),
            ("a:b:grade", "correlation yes, a little, severe", 0.5, 0.4, 0.05, 2.0),
        ],
        columns=["column", "statistic", "generated", "cohort", "standard_error", "z"],
    )
    column = Column(name="a:b", label="Pain", kind="nominal", categories=("no", "yes, a little", "yes"))
    schema = CohortSchema(
        identifier="patient_id", columns=(column, clinic.schema["creatinine"], clinic.schema["grade"])
    )
    rows = generated_part(check, schema, clinic.formats).table.rows
    assert rows[0] == ["Creatinine: mean (mg/dL)", "0.9345", "0.9123", "0.0123", "1.8"]
    assert rows[1][0] == "Correlation of Pain: yes, a little and Creatinine"
    assert rows[2][0] == "Correlation of Pain: yes, a little and Grade: severe"
