"""What a study has to say in the report, beside what the engine says of any cohort."""

from __future__ import annotations

from dataclasses import dataclass, field

from markupsafe import Markup
from matplotlib.figure import Figure

__all__ = ["StudyPages", "StudySection"]


@dataclass(frozen=True)
class StudySection:
    """A section of the study's own.

    Attributes:
        anchor: Its address in the page.
        title: Its heading, and its line in the contents.
        html: What stands below the heading; texts of the data in it are escaped already.
        after: Anchor of the section that it follows.
    """

    anchor: str
    title: str
    html: Markup
    after: str = "agreement"


@dataclass(frozen=True)
class StudyPages:
    """The words of a study, each where it belongs; of a run without a study all are empty.

    Attributes:
        sections: Sections of its own.
        verdict: Sentences behind the answer to "How many?".
        structure: Paragraphs behind what the clusters are made of.
        limits: What not to conclude, before the last limit.
        citation: What to cite first.
        glossary: Terms of its own, such as abbreviations of its categories, and what each means.
        methods: Sentences on the patients for the paragraph on the methods.
        subtitle: A sentence below the title of the page.
        captions: A sentence behind the caption of a picture, by the picture's name.
        files: Files beside the report, by their path from it, and what each holds.
        figures: Pictures of its own, by the names that their files have beside those of the engine.
    """

    sections: list[StudySection] = field(default_factory=list)
    verdict: list[str] = field(default_factory=list)
    structure: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    citation: list[str] = field(default_factory=list)
    glossary: dict[str, str] = field(default_factory=dict)
    methods: list[str] = field(default_factory=list)
    subtitle: str | None = None
    captions: dict[str, str] = field(default_factory=dict)
    files: list[tuple[str, str]] = field(default_factory=list)
    figures: dict[str, Figure] = field(default_factory=dict)
