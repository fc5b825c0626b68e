"""What the gate writes beside the released forms of others' files."""

from __future__ import annotations

from retina_vae.artefacts.base import AS_IT_IS, RELEASED, Artefact
from retina_vae.pictures import decoded_models

__all__ = ["RELEASE"]

RELEASE = (
    Artefact(
        "release/gate.json",
        RELEASED,
        "",
        ("What a reader must know of the gate: the fewest patients that anything tells of, and the words for it.",),
        AS_IT_IS,
    ),
    Artefact(
        "release/account.json",
        RELEASED,
        "",
        ("Numbers of all patients: in the cohort, refused, doubtful, with the consensus; null where not shown.",),
        AS_IT_IS,
    ),
    Artefact(
        "release/columns.csv",
        RELEASED,
        "column",
        (
            *("column", "observed: patients, empty where not shown", "missing", "decimals: worth a reader's time"),
            *("whole: whether all numbers are", "spread: standard deviation"),
        ),
        AS_IT_IS,
    ),
    Artefact(
        "release/groups.csv",
        RELEASED,
        "category of the outcome",
        (
            "category: empty for patients whose outcome is missing; all patients without an outcome",
            *("group: that pictures distinguish", "place: of the group among the others"),
            *("patients: of the group, empty where not shown", "occurs: whether a patient has the category"),
        ),
        AS_IT_IS,
    ),
    Artefact(
        "release/outcomes.csv",
        RELEASED,
        "outcome with categories",
        ("outcome", "categories: that occur", "ari: of the clusters with them"),
        AS_IT_IS,
    ),
    Artefact(
        "release/doubt_bands.csv",
        RELEASED,
        "band of assignment probability",
        ("low", "high: empty of the highest", "patients: empty where not shown"),
        AS_IT_IS,
    ),
    Artefact(
        "release/pictures/bars.parquet",
        RELEASED,
        "column, group, bar",
        (
            *("column", "group", "place: from 0", "bar: its name", "share: empty where not shown or nothing is known"),
            *("error: standard error", "hidden"),
        ),
        AS_IT_IS,
    ),
    Artefact(
        "release/pictures/curves.parquet",
        RELEASED,
        "column, group, place",
        ("column", "group", "place: a value, or its decimal logarithm", "height: density"),
        AS_IT_IS,
    ),
    Artefact(
        "release/pictures/points.parquet",
        RELEASED,
        "point of the maps",
        ("cluster", "outcome: empty where missing", "z_<j>: of a patient, or where cells are hidden of nobody"),
        AS_IT_IS,
    ),
    Artefact(
        "release/pictures/point_values.parquet",
        RELEASED,
        "the same point",
        ("<column>: what the patient has; without columns where cells are hidden",),
        AS_IT_IS,
    ),
    Artefact(
        "release/pictures/centers.parquet",
        RELEASED,
        "cluster that has points",
        ("cluster", "z_<j>: mean"),
        AS_IT_IS,
    ),
    Artefact(
        "release/pictures/{model}/posterior.parquet",
        RELEASED,
        "patient who is drawn",
        ("outcome", "mean_<j>", "covariance_<i>_<j>: lower triangle; no rows where cells are hidden"),
        AS_IT_IS,
        models=decoded_models,
    ),
)
