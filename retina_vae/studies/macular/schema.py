"""The paper's patient profile vector."""

from __future__ import annotations

from retina_vae.cohort.schema import CohortSchema, Column

__all__ = ["MACULAR"]


def _finding(name: str, label: str, word: str) -> Column:
    phrases = (f"without {word}", f"with {word}")
    return Column(
        name=name,
        label=label,
        kind="binary",
        categories=("absent", "present"),
        finding="present",
        phrases=phrases,
        required=True,
    )


MACULAR = CohortSchema(
    identifier="patient_id",
    columns=(
        Column(
            name="disease",
            label="Disease",
            kind="nominal",
            role="outcome",
            categories=("ARMD", "CSCR", "PCV"),
            phrases=("ARMD", "CSCR", "PCV"),
            required=True,
        ),
        Column(
            name="race",
            label="Race",
            kind="nominal",
            categories=("Asian", "Black", "Caucasian", "Hispanic", "other"),
            part="adjective",
            phrases=("Asian", "Black", "Caucasian", "Hispanic", "other-race"),
            required=True,
        ),
        Column(name="age", label="Age", kind="continuous", unit="years", minimum=0, maximum=120, required=True),
        _finding("polyps", "Polyps", "polyps"),
        _finding("drusen", "Drusen", "drusen"),
        _finding("srh", "Subretinal haemorrhage", "subretinal haemorrhage"),
        Column(
            name="sex",
            label="Sex",
            kind="binary",
            categories=("male", "female"),
            part="noun",
            phrases=("men", "women"),
            required=True,
        ),
    ),
)
"""The paper's patient profile vector: three macular diseases, six inputs, codes as in its published arrays."""
