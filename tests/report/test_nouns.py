"""Images in place of patients."""

import pytest
from matplotlib.figure import Figure

from retina_vae.report.nouns import items_in_figures, items_in_html, items_in_text


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
    assert items_in_text(said, "image") == expected


@pytest.mark.parametrize(
    ("said", "called", "expected"),
    [
        ("A patient who is rare, and patients by whom", "patient", "A molecule that is rare, and molecules by which"),
        ("The mean of its images; an image's code", "image", "The mean of its molecules; a molecule's code"),
        ("An imagery of patients", "image", "An imagery of patients"),
    ],
)
def test_any_regular_noun_takes_the_place_of_patients_or_of_images(said: str, called: str, expected: str) -> None:
    assert items_in_text(said, "molecule", called) == expected


def test_patients_stay_patients() -> None:
    assert items_in_text("Patients who are doubtful", "patient") == "Patients who are doubtful"


def test_a_page_keeps_its_addresses_scripts_and_code() -> None:
    page = (
        '<a href="#patients" class="patient">Patients</a><script>const patients = "patients";</script>'
        '<img alt="All patients." src="patients.png"><code>patients.csv</code><style>.patient {}</style>'
    )
    assert items_in_html(page, "image") == (
        '<a href="#patients" class="patient">Images</a><script>const patients = "patients";</script>'
        '<img alt="All images." src="patients.png"><code>patients.csv</code><style>.patient {}</style>'
    )


def test_figures_speak_of_images() -> None:
    figure = Figure()
    axes = figure.add_subplot()
    axes.set_ylabel("Patients")
    axes.legend(*[[axes.plot([0, 1])[0]], ["all patients"]])
    items_in_figures([figure], "image")
    assert axes.get_ylabel() == "Images"
    assert axes.get_legend().get_texts()[0].get_text() == "all images"
