"""What a run says to an item of a reporting checklist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Answer", "Status", "answered", "author", "in_part"]

Status = Literal["answered", "in part", "the author must state"]


@dataclass(frozen=True)
class Answer:
    """Whether the run answers an item, what it says, and where more stands.

    Attributes:
        status: Whether anything is left to the author.
        says: What this run says, and what the author must state.
        where: Sections of the page (``#cohort``), and files below the run's folder.
    """

    status: Status
    says: str
    where: tuple[str, ...] = ()


def answered(says: str, *where: str) -> Answer:
    """The run says it all."""
    return Answer("answered", says, where)


def in_part(says: str, *where: str) -> Answer:
    """The run says a part, and the text what is left."""
    return Answer("in part", says, where)


def author(says: str, *where: str) -> Answer:
    """The run cannot know it; the text says what to state."""
    return Answer("the author must state", says, where)
