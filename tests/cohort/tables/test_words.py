"""Words that say what a column is, and words that only look like it."""

import pytest

from retina_vae.cohort.tables.words import ascending, finding_of, looks_like_date, probably_missing


@pytest.mark.parametrize(
    "order",
    [
        ["none", "mild", "moderate", "severe"],
        ["LOW", "MEDIUM", "HIGH"],
        ["I", "II", "III", "IV"],
        ["grade 0", "grade 1", "grade 2", "grade 10"],
        ["NYHA I", "NYHA II", "NYHA III"],
        ["G1", "G2", "G3"],
        ["<30", "30-39", "40-49", "50+"],
        ["18 to 25", "26 to 40", ">40"],
        ["never", "sometimes", "always"],
        ["None", "Some", "Freq"],
        ["Never", "Occas", "Regul", "Heavy"],
        ["None", "Mild", "Seve"],
        ["None", "Some", "Marked"],
        ["0-5yrs", "6-11yrs", "12+ yrs"],
        ["< 5 mm", "5-9 mm", "10-20 mm"],
    ],
)
def test_words_in_an_order(order: list[str]) -> None:
    assert ascending(order[::-1]) == order


@pytest.mark.parametrize(
    "values",
    [
        ["mild", "severe"],
        ["red", "green", "blue"],
        ["1", "2", "3"],
        ["type 1", "type 2", "type 3"],
        ["grade 1", "stage 2", "grade 3"],
        ["none", "mild", "other"],
        ["grade 1", "grade 01", "grade 2"],
        ["I", "II", "IIX"],
        ["<5", "<7", "<9"],
        ["0-5 yrs", "6-11 kg", "12+ yrs"],
        ["none", "moderately", "mild"],
        ["none", "mil", "sev"],
        ["1-2 a", "3-4 b", "5-6 c"],
    ],
)
def test_words_without_one(values: list[str]) -> None:
    assert ascending(values) is None


def test_findings() -> None:
    assert finding_of(["PRESENT", "absent"]) == ("absent", "PRESENT")
    assert finding_of(["1", "0"]) == ("0", "1")
    assert finding_of(["1", "2"]) is None
    assert finding_of(["yes", "no", "maybe"]) is None


def test_dates_and_missing_words() -> None:
    assert not looks_like_date("2020")
    assert looks_like_date("2020-01-01T10:00:00Z")
    assert looks_like_date("01/02/2020 10:00")
    assert probably_missing("N/A")
    assert not probably_missing("none")
