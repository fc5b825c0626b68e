"""What the inputs are of which each patient, or other item, is a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["ImageShape"]


class ImageShape(BaseModel):
    """The size of a picture whose pixels are the inputs: row after row from the top, each from the left.

    Of several channels, all pixels of the first come first.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    height: Annotated[int, Field(ge=1, le=1024)]
    width: Annotated[int, Field(ge=1, le=1024)]
    channels: Annotated[int, Field(ge=1, le=4)] = 1

    @model_validator(mode="before")
    @classmethod
    def _is_a_shape(cls, value: Any) -> Any:
        """Refuse what is no mapping, or has other keys."""
        if isinstance(value, cls):
            return value
        example = "such as {height: 28, width: 28}"
        if not isinstance(value, Mapping):
            raise ValueError(f"expected height and width of a picture, {example}, got {value!r}")
        unknown, missing = sorted(set(value) - set(cls.model_fields)), sorted({"height", "width"} - set(value))
        if unknown or missing:
            found = sorted(map(str, value))
            raise ValueError(
                f"expected the keys height, width and, of several colours, channels, {example}, got {found}"
            )
        return value

    def halved(self, times: int) -> list[tuple[int, int]]:
        """Height and width of the picture, and after each of ``times`` halvings, in which odd numbers are rounded up.

        >>> ImageShape(height=12, width=7).halved(2)
        [(12, 7), (6, 4), (3, 2)]
        """
        found = [(self.height, self.width)]
        for _ in range(times):
            height, width = found[-1]
            found.append((-(-height // 2), -(-width // 2)))
        return found

    @property
    def pixels(self) -> int:
        """How many inputs there are."""
        return self.channels * self.height * self.width

    @property
    def axes(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        return self.channels, self.height, self.width
