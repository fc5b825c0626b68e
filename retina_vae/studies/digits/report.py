"""What the study of pictures adds to the report: pictures, classifiers, what to cite, what not to conclude."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from markupsafe import Markup

from retina_vae.config import Configuration
from retina_vae.drawing.section import image_pages
from retina_vae.files import read_table
from retina_vae.report.environment import report_environment
from retina_vae.report.sections import Table
from retina_vae.report.study import StudyPages, StudySection
from retina_vae.report.wording import number, percent
from retina_vae.run import Run

__all__ = ["classifier_sentence", "study_pages"]

_CITATIONS = {
    "digits": "Alpaydin, E. and Kaynak, C. Optical Recognition of Handwritten Digits. UCI Machine Learning Repository, "
    "1998. doi:10.24432/C50P49. As scikit-learn ships it.",
    "mnist": "LeCun, Y., Bottou, L., Bengio, Y. and Haffner, P. Gradient-based learning applied to document "
    "recognition. Proceedings of the IEEE 86, 2278-2324, 1998.",
    "fashion": "Xiao, H., Rasul, K. and Vollgraf, R. Fashion-MNIST: a novel image dataset for benchmarking machine "
    "learning algorithms. arXiv:1708.07747, 2017.",
}
_SHOWN = [
    *("known", "model", "parameters", "accuracy", "accuracy_error", "cross_entropy", "cross_entropy_error"),
    "calibration_error",
]
_LIMITS = [
    "Tables and sentences are about a few measures of each image (brightness, contrast, where the brightness lies), "
    "not about its pixels: two clusters that look alike in them may be different pictures. The pictures of the "
    "clusters say what they hold.",
    "A classifier that accepts a picture has seen nothing but the cohort. It may be sure of a picture that no person "
    "would read, so a share of accepted pictures compares models, and measures none alone.",
]


def study_pages(folder: Path, configuration: Configuration) -> StudyPages:
    """The study's words on the run in ``folder``, and its pictures.

    Raises:
        InputError: A table of the run is unreadable.
    """
    settings = Run(configuration, folder / "release").dimensioned().settings
    sections, figures = image_pages(folder, settings)
    beside = folder / "release" / "pictures" / "classifiers.csv"
    if beside.is_file():
        sections = [*sections, _classifiers(read_table(beside))]
    source = configuration.cohort.source
    shown = [("../release/pictures/quality.csv", "how sharp pictures are, and how many a classifier accepts")]
    if beside.is_file():
        shown.append(("../release/pictures/classifiers.csv", "the supervised model beside a plain classifier"))
    return StudyPages(
        sections=sections,
        figures=figures,
        limits=_LIMITS,
        citation=[_CITATIONS[source]] if source in _CITATIONS else [],
        methods=["The inputs are the pixels of images; the tables hold measures of these."],
        subtitle="A run of images, whose pixels the model reads.",
        files=shown + [(f"figures/{name}.svg", f"{name.replace('_', ', ')}, for print") for name in figures],
    )


def _classifiers(table: pd.DataFrame) -> StudySection:
    rows = [
        [
            f"{known:,}",
            str(model),
            f"{weights:,}",
            f"{percent(accuracy, 1)} ± {percent(accuracy_error, 1)}",
            f"{number(entropy, 3)} ± {number(entropy_error, 3)}",
            percent(calibration, 1),
        ]
        for known, model, weights, accuracy, accuracy_error, entropy, entropy_error, calibration in table[
            _SHOWN
        ].itertuples(index=False, name=None)
    ]
    heads = ["Known labels", "Model", "Weights", "Right", "Cross-entropy (nats)", "Calibration error"]
    html = (
        report_environment("retina_vae.studies.digits")
        .get_template("classifiers.html.j2")
        .render(table=Table([], heads, rows), sentences=[classifier_sentence(own) for own in _pairs(table)])
    )
    return StudySection("classifiers", "The supervised model, and a plain classifier", Markup(html), after="images")


def _pairs(table: pd.DataFrame) -> list[pd.Series]:
    """The rows of the supervised model that say what it gains."""
    return [row for _, row in table[table["accuracy_gain"].notna()].iterrows()]


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
