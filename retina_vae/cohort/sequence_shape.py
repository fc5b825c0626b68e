"""What the inputs are of which each patient, or other item, is a sequence of symbols."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["END", "SequenceShape"]

END = "(end)"
"""The category behind the last symbol of a sequence, which fills the positions that are left.

It is the last category of each column.
"""


class SequenceShape(BaseModel):
    """How many symbols the longest sequence may have: one column each, from the first on.

    The columns are nominal and have one alphabet, whose last category is :data:`END`. A sequence ends where it first
    says so; what stands behind that says nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    length: Annotated[int, Field(ge=1, le=1024)]

    @model_validator(mode="before")
    @classmethod
    def _is_a_shape(cls, value: Any) -> Any:
        """Refuse what is no mapping, or has other keys."""
        if isinstance(value, cls):
            return value
        example = "such as {length: 24}"
        if not isinstance(value, Mapping):
            raise ValueError(f"expected the length of the longest sequence, {example}, got {value!r}")
        if set(value) != set(cls.model_fields):
            raise ValueError(f"expected the key length and no other, {example}, got {sorted(map(str, value))}")
        return value
