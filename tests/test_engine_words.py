"""The engine knows no disease, no column of a study, no paper and no number of its clusters."""

import re
from pathlib import Path

import pytest

from retina_vae.studies import STUDIES, find_study

PACKAGE = Path(__file__).parent.parent / "retina_vae"
ENGINE = [
    path
    for path in sorted(PACKAGE.rglob("*"))
    if path.suffix in {".py", ".j2", ".js", ".css"} and "studies" not in path.relative_to(PACKAGE).parts
]
WORDS = (
    r"\bdiseases?\b|diagnos[ie]s|\bthe paper\b|\bpaper's\b|1907\.05195|Odaibo|retina-VAE|\bmacular\b|published arrays"
)
NUMBER = r"(?<![\w.*])14(?![\w.])"
# What a reader must not take from any report, and a term of statistics.
ALLOWED = r"supports a diagnosis, a prognosis or a treatment"


def study_words() -> str:
    """Names and categories of the studies' columns that are no words of everyday statistics."""
    everyday = {"age", "sex", "race", "male", "female", "other", "absent", "present", "patient_id"}
    found = set()
    for study in map(find_study, STUDIES):
        if study.schema is not None:
            schema = study.schema()
            found |= {word for c in schema.columns for word in (c.name, *c.categories)} - everyday
    return "|".join(rf"\b{re.escape(word)}\b" for word in sorted(found))


def test_the_words_that_are_looked_for_are_those_of_the_studies() -> None:
    assert re.search(study_words(), "rows of PCV with drusen")
    assert len(ENGINE) > 150


@pytest.mark.parametrize("path", ENGINE, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_an_engine_file_names_nothing_of_a_study(path: Path) -> None:
    text = re.sub(ALLOWED, "", path.read_text())
    found = [
        f"line {number}: {match.group()}"
        for number, line in enumerate(text.splitlines(), start=1)
        for match in re.finditer(f"{WORDS}|{NUMBER}|{study_words()}", line)
    ]
    assert not found
