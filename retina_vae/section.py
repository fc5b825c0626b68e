"""What every section of the configuration is, and kinds of values that several have."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["LatentDim", "Seed", "Settings"]

LatentDim = Annotated[int, Field(ge=1, le=32)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]


class Settings(BaseModel):
    """A frozen section of the configuration that refuses unknown keys and silent conversions."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        validate_default=True,
        allow_inf_nan=False,
        serialize_by_alias=True,
    )
