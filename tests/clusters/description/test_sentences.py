import re

import numpy as np
import pandas as pd

from retina_vae.clusters.description.sentences import NOT_DESCRIBED
from retina_vae.cohort import CohortSchema
from retina_vae.studies.macular.schema import MACULAR
from tests.clusters.description.clinic import CLINIC, WITHOUT_OUTCOME
from tests.release.full import cluster_sentences


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


def said(patients: pd.DataFrame, schema: CohortSchema, floor: int = 0) -> list[str]:
    clusters = pd.Series(1, index=patients.index)
    return cluster_sentences(patients, clusters, schema, floor=floor)["description"][0].split("; ")


def test_yes_or_no_columns_are_distinguished_by_their_labels(clinic: pd.DataFrame) -> None:
    patients = clinic[(clinic["diabetes"] == "yes") & (clinic["smoker"] == "no")].reset_index(drop=True)
    parts = said(patients, CLINIC)
    assert parts[0] == "Patients with diabetes"
    assert parts[1] == "smoker: no"
    without = said(clinic[clinic["diabetes"] == "no"].reset_index(drop=True), CLINIC)
    assert without[0] == "Patients without diabetes"


def test_grades_are_said_in_their_order(clinic: pd.DataFrame) -> None:
    patients = clinic[clinic["stage"].isin(["II", "III"])].reset_index(drop=True)
    assert "stage: II or III" in said(patients, CLINIC)


def test_numbers_have_their_label_and_the_decimals_that_they_need(clinic: pd.DataFrame) -> None:
    parts = {part.split(":")[0]: part for part in said(clinic, CLINIC)}
    visits, creatinine = clinic["visits"].dropna(), clinic["creatinine"].dropna()
    assert parts["visits"] == f"visits: median {visits.median():g} ({visits.min():.0f}–{visits.max():.0f})"
    assert parts["creatinine"] == (
        f"creatinine: median {creatinine.median():.2f} mg/dl ({creatinine.min():.2f}–{creatinine.max():.2f})"
    )
    floored = {part.split(":")[0]: part for part in said(clinic, CLINIC, floor=11)}
    assert floored["visits"] == f"visits: median {visits.median():g}"


def test_every_outcome_is_named_by_its_label_and_none_where_there_is_none(clinic: pd.DataFrame) -> None:
    parts = said(clinic, CLINIC)
    died = clinic["died"].value_counts(normalize=True)
    assert f"died: {100 * died.iloc[0]:.0f} % {died.index[0]}" in parts
    assert any(part.startswith("relapse: ") for part in parts)
    assert not any(part.startswith(("died", "relapse", "score")) for part in said(clinic, WITHOUT_OUTCOME))


def test_of_what_most_do_not_have_nothing_is_said(clinic: pd.DataFrame) -> None:
    patients = clinic.assign(visits=clinic["visits"].where(clinic.index < 100))
    assert not any(part.startswith("visits") for part in said(patients, CLINIC))
    assert any(part.startswith("visits") for part in said(clinic, CLINIC))
    gone = clinic.assign(**{name: clinic[name].where(clinic.index < 0) for name in ("died", "stage", "diabetes")})
    assert not any(part.startswith(("died", "stage")) for part in said(gone, CLINIC))


def test_where_gaps_are_few_no_share_tells_how_many(clinic: pd.DataFrame) -> None:
    patients = clinic[clinic["died"].notna()].reset_index(drop=True)
    patients["died"] = patients["died"].mask(patients.index >= 150, "no")
    patients.loc[:3, "died"] = np.nan
    assert any(part.startswith("died: ") and "%" in part for part in said(patients, CLINIC))
    assert "died: mostly no" in said(patients, CLINIC, floor=11)
