"""Patients of the macular study in clusters, for the tests of Table 1 and of what is released of it."""

import pandas as pd

BLOCKS = (
    ["asian", "black", "caucasian", "hispanic", "other"],
    ["polyps_without", "polyps_with"],
    ["drusen_without", "drusen_with"],
    ["srh_without", "srh_with"],
    ["male", "female"],
    ["armd", "cscr", "pcv"],
)
"""The columns of Table 1 that add up to the size of a cluster."""


def some_patients(simulated: pd.DataFrame) -> pd.DataFrame:
    """400 of the simulated patients."""
    return simulated.sample(400, random_state=1, ignore_index=True)


def three_clusters(patients: pd.DataFrame) -> pd.Series:
    """The patients in turn in one of three clusters."""
    return pd.Series([1 + number % 3 for number in range(len(patients))])
