"""The section of the configuration on the chains of weights, with the meaning and the default of its keys."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from retina_vae.section import Settings

__all__ = ["SghmcSettings"]

FEWEST_SAMPLES = 4
"""Fewer samples of a chain, halved, would have no variance that tells whether it has settled."""


class SghmcSettings(Settings):
    """The chains of weights that start from the trained replicas."""

    steps: Annotated[int, Field(ge=1, le=100_000_000)] = Field(
        6000, description="Steps of each chain, its burn-in among them."
    )
    burn_in: Annotated[int, Field(ge=1, le=100_000_000)] = Field(
        2000, description="First steps, whose weights are not kept; they find the scale of each weight's steps."
    )
    thinning: Annotated[int, Field(ge=1, le=100_000_000)] = Field(
        200, description="After the burn-in the weights of every so many steps are kept."
    )
    step_size: Annotated[float, Field(gt=0, le=1)] = Field(
        0.001, description="Size of a step before it is scaled weight by weight, comparable to a learning rate."
    )
    friction: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.05, description="Share of its velocity that a weight loses in a step."
    )
    bias_prior: Annotated[float, Field(gt=0)] = Field(
        3.0,
        description="Standard deviation of the normal prior of the decoder's biases; that of its other weights is "
        "vae.weight_prior.",
    )

    @property
    def kept(self) -> int:
        """How many samples of the weights each chain gives."""
        return max(0, self.steps - self.burn_in) // self.thinning

    @model_validator(mode="after")
    def _samples_are_kept(self) -> SghmcSettings:
        if self.burn_in >= self.steps:
            raise ValueError(
                f"vae.sghmc.burn_in: expected fewer than the {self.steps} steps of the chain (vae.sghmc.steps), got "
                f"{self.burn_in}"
            )
        if self.kept < FEWEST_SAMPLES:
            raise ValueError(
                f"vae.sghmc.steps: expected at least {self.burn_in + FEWEST_SAMPLES * self.thinning}, so that each "
                f"chain keeps {FEWEST_SAMPLES} samples (one every {self.thinning} steps after {self.burn_in}), got "
                f"{self.steps}, which keep {self.kept}"
            )
        return self
