import re

import pandas as pd

from retina_vae.clusters.description.sentences import NOT_DESCRIBED, cluster_sentences
from retina_vae.studies.macular.schema import MACULAR


def describe(patients: pd.DataFrame, mask: pd.Series, floor: int = 0) -> str:
    return cluster_sentences(patients, mask.map({True: 1, False: 2}), MACULAR, floor=floor)["description"][0]


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


def test_with_a_floor_no_patients_own_value_is_said(simulated_patients: pd.DataFrame) -> None:
    p = simulated_patients
    mask = (p["race"] == "Asian") & (p["sex"] == "male") & (p["polyps"] == "present")
    assert describe(p, mask, floor=2) == re.sub(r"(\d+ years) \(\d+–\d+\)", r"median \1", describe(p, mask))
    assert "median 58 years" in describe(p, mask, floor=2)


def test_what_holds_for_all_but_a_few_is_said_of_a_large_cluster_alone(simulated_patients: pd.DataFrame) -> None:
    """Polyps of 2 patients: "without polyps" says 5 % at most have them, which of 300 may be 10, of 100 not."""
    p = simulated_patients
    absent, present = (p.index[(p["polyps"] == value) & (p["sex"] == "male")] for value in ("absent", "present"))
    for size, said in ((300, True), (100, False)):
        mask = pd.Series(p.index.isin([*absent[:: len(absent) // size][: size - 2], *present[:2]]))
        assert "without polyps" in describe(p, mask)
        assert ("without polyps" in describe(p, mask, floor=11)) is said


def test_a_share_that_gives_a_small_count_away_is_not_said(simulated_patients: pd.DataFrame) -> None:
    p = simulated_patients
    mask = pd.Series(p.index.isin([*p.index[p["disease"] == "PCV"][:60], *p.index[p["disease"] == "ARMD"][:4]]))
    assert describe(p, mask).endswith("94 % PCV")
    assert describe(p, mask, floor=11).endswith("mostly PCV")
    assert describe(p, mask, floor=4).endswith("94 % PCV")


def test_a_cluster_of_few_is_not_described_and_neither_is_one_that_would_tell_its_size(
    simulated_patients: pd.DataFrame,
) -> None:
    clusters = pd.Series(3, index=simulated_patients.index)
    clusters[:5], clusters[5:100] = 1, 2
    said = cluster_sentences(simulated_patients, clusters, MACULAR, floor=11)["description"]
    assert said[0] == said[1] == NOT_DESCRIBED != said[2]
