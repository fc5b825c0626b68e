"""What the report says of the supervised model beside a plain classifier."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from markupsafe import Markup

from retina_vae.classifiers.artefacts import CLASSIFIERS, LIMIT
from retina_vae.files import read_table
from retina_vae.report.environment import report_environment
from retina_vae.report.sections import Table
from retina_vae.report.study import StudySection
from retina_vae.report.wording import number, percent

__all__ = ["classifier_section", "classifier_sentence", "limit_sentence"]

_SHOWN = [
    *("known", "model", "parameters", "accuracy", "accuracy_error", "cross_entropy", "cross_entropy_error"),
    "calibration_error",
]


def classifier_section(folder: Path) -> StudySection | None:
    """The section of the run in ``folder``; None where it has no supervised model.

    Raises:
        InputError: The table is unreadable.
    """
    path = folder / "release" / CLASSIFIERS
    if not path.is_file():
        return None
    table = read_table(path)
    sentences = [classifier_sentence(row) for _, row in table[table["accuracy_gain"].notna()].iterrows()]
    html = (
        report_environment("retina_vae.classifiers")
        .get_template("classifiers.html.j2")
        .render(table=_shown(table), sentences=[*sentences, *limit_sentence(table)])
    )
    return StudySection("classifiers", "The supervised model, and a plain classifier", Markup(html), after="images")


def _shown(table: pd.DataFrame) -> Table:
    rows = [
        [
            f"{known:,}",
            "the limit" if model == LIMIT else str(model),
            f"{weights:,}" if weights else "–",
            f"{percent(accuracy, 1)} ± {percent(accuracy_error, 1)}",
            f"{number(entropy, 3)} ± {number(entropy_error, 3)}",
            percent(calibration, 1),
        ]
        for known, model, weights, accuracy, accuracy_error, entropy, entropy_error, calibration in table[
            _SHOWN
        ].itertuples(index=False, name=None)
    ]
    heads = ["Known labels", "Model", "Weights", "Right", "Cross-entropy (nats)", "Calibration error"]
    return Table([], heads, rows)


def classifier_sentence(row: pd.Series) -> str:
    """Whether the supervised model earns its place with so many labels: by two standard errors of the difference."""
    gain, error = 100 * float(row["accuracy_gain"]), 100 * float(row["accuracy_gain_error"])
    if abs(gain) <= 2 * error:
        verdict = "is right as often as the plain classifier, as far as these folds tell"
    elif gain > 0:
        verdict = "is right more often than the plain classifier"
    else:
        verdict = "is right less often than the plain classifier, which is the better choice"
    return (
        f"With {int(row['known']):,} labels the supervised model {verdict} ({gain:+.1f} points, standard error "
        f"{error:.1f})."
    )


def limit_sentence(table: pd.DataFrame) -> list[str]:
    """How far both models stay below the limit with all labels; nothing where nobody knows the limit."""
    limit = table[table["model"] == LIMIT]
    if limit.empty:
        return []
    best = float(limit["accuracy"].iloc[0])
    rows = table[(table["known"] == table["known"].max()) & table["accuracy_gap"].notna()]
    said = [
        f"the {model} stays {100 * gap:.1f} points below it (standard error {100 * error:.1f})"
        for model, gap, error in rows[["model", "accuracy_gap", "accuracy_gap_error"]].itertuples(
            index=False, name=None
        )
    ]
    return [
        f"The items are simulated, so the best that there can be is known: who knows how they are simulated is right "
        f"for {percent(best, 1)}. With all labels {' and '.join(said)}."
    ]
