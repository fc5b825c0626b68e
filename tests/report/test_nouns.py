"""Images in place of patients."""

import pytest
from matplotlib.figure import Figure

from retina_vae.report.nouns import renamed_in_figures, renamed_in_html, renamed_in_text


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("3 patients", "3 images"),
        ("Patients who are doubtful", "Images that are doubtful"),
        ("a patient's code, and of a patient", "an image's code, and of an image"),
        ("A patient falls", "An image falls"),
        ("the patients' columns", "the images' columns"),
        ("patients of whom the column is known", "images of which the column is known"),
        ("impatient outpatients", "impatient outpatients"),
    ],
)
def test_sentences_keep_their_grammar(said: str, expected: str) -> None:
    assert renamed_in_text(said) == expected


def test_a_page_keeps_its_addresses_scripts_and_code() -> None:
    page = (
        '<a href="#patients" class="patient">Patients</a><script>const patients = "patients";</script>'
        '<img alt="All patients." src="patients.png"><code>patients.csv</code><style>.patient {}</style>'
    )
    assert renamed_in_html(page) == (
        '<a href="#patients" class="patient">Images</a><script>const patients = "patients";</script>'
        '<img alt="All images." src="patients.png"><code>patients.csv</code><style>.patient {}</style>'
    )


def test_figures_speak_of_images() -> None:
    figure = Figure()
    axes = figure.add_subplot()
    axes.set_ylabel("Patients")
    axes.legend(*[[axes.plot([0, 1])[0]], ["all patients"]])
    renamed_in_figures([figure])
    assert axes.get_ylabel() == "Images"
    assert axes.get_legend().get_texts()[0].get_text() == "all images"
