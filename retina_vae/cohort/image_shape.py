"""What the inputs are of which each patient, or other item, is a picture."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["ImageShape"]


class ImageShape(BaseModel):
    """The size of a picture whose pixels are the inputs: row after row from the top, each from the left.

    Of several channels, all pixels of the first come first.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    height: Annotated[int, Field(ge=1, le=1024)]
    width: Annotated[int, Field(ge=1, le=1024)]
    channels: Annotated[int, Field(ge=1, le=4)] = 1

    @property
    def pixels(self) -> int:
        """How many inputs there are."""
        return self.channels * self.height * self.width

    @property
    def axes(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        return self.channels, self.height, self.width
