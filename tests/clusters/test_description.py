import pandas as pd

from retina_vae.clusters import describe_clusters
from retina_vae.cohort import MACULAR


def describe(patients: pd.DataFrame, mask: pd.Series) -> str:
    return describe_clusters(patients, mask.map({True: 1, False: 2}), MACULAR)["description"][0]


def test_a_pure_cluster_is_said_in_plain_words(simulated_patients: pd.DataFrame) -> None:
    p = simulated_patients
    mask = (p["race"] == "Asian") & (p["sex"] == "male") & (p["polyps"] == "present")
    ages, shares = p.loc[mask, "age"], p.loc[mask, "disease"].value_counts(normalize=True)
    expected = (
        f"Asian men with polyps; {ages.median():.0f} years ({ages.min():.0f}–{ages.max():.0f}); "
        f"{100 * shares['PCV']:.0f} % PCV"
    )
    assert describe(p, mask) == expected


def test_what_is_mixed_is_not_said(simulated_patients: pd.DataFrame) -> None:
    everyone = pd.Series(True, index=simulated_patients.index)
    assert describe(simulated_patients, everyone).startswith("Patients; ")


def test_a_missing_category_of_several_is_said(simulated_patients: pd.DataFrame) -> None:
    p = simulated_patients
    mask = (p["race"] != "Asian") & (p["drusen"] == "present") & (p["polyps"] == "absent") & (p["sex"] == "female")
    assert describe(p, mask).startswith("Non-Asian women with drusen, without polyps; ")


def test_two_categories_are_joined(simulated_patients: pd.DataFrame) -> None:
    p = simulated_patients
    mask = p["race"].isin(["Hispanic", "other"]) & (p["sex"] == "male")
    assert describe(p, mask).startswith("Hispanic or other-race men; ")
