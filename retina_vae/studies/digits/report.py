"""What the study of pictures adds to the report: pictures, classifiers, what to cite, what not to conclude."""

from __future__ import annotations

from pathlib import Path

from retina_vae.config import Configuration
from retina_vae.drawing.pages import drawn_pages
from retina_vae.report.study import StudyPages

__all__ = ["study_pages"]

_CITATIONS = {
    "digits": "Alpaydin, E. and Kaynak, C. Optical Recognition of Handwritten Digits. UCI Machine Learning Repository, "
    "1998. doi:10.24432/C50P49. As scikit-learn ships it.",
    "mnist": "LeCun, Y., Bottou, L., Bengio, Y. and Haffner, P. Gradient-based learning applied to document "
    "recognition. Proceedings of the IEEE 86, 2278-2324, 1998.",
    "fashion": "Xiao, H., Rasul, K. and Vollgraf, R. Fashion-MNIST: a novel image dataset for benchmarking machine "
    "learning algorithms. arXiv:1708.07747, 2017.",
}
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
    source = configuration.cohort.source
    own = StudyPages(
        limits=_LIMITS,
        citation=[_CITATIONS[source]] if source in _CITATIONS else [],
        methods=["The inputs are the pixels of images; the tables hold measures of these."],
        subtitle="A run of images, whose pixels the model reads.",
    )
    return drawn_pages(folder, configuration, own)
