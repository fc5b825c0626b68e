"""The section of the configuration on tables of other patients, with the meaning and the default of its keys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from retina_vae.errors import ConfigurationError
from retina_vae.section import Seed, Settings

__all__ = ["UnlikeSettings"]

TableName = Annotated[str, Field(max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.-]*$")]


class UnlikeSettings(Settings):
    """Which tables of other patients the run is asked to tell from its cohort."""

    tables: dict[TableName, str] = Field(
        {},
        description="Tables of patients who are unlike the cohort, by a name for each (letters, digits, spaces, `_`, "
        "`.` and `-`), in the form of the cohort's table. evaluation/unlike.csv and the report say how well each score "
        "tells them from patients like the cohort. Without one nothing is measured.",
    )
    like: str | None = Field(
        None,
        description="Table of patients like the cohort that the run has not seen, whom the others are held against. "
        "Without it fresh ones where patients are simulated, else those of the run, which makes areas too high.",
    )
    draws: Annotated[int, Field(ge=8, le=100_000)] = Field(
        256, description="Draws that estimate each patient's log-evidence."
    )
    resamples: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        1000, description="Bootstrap resamples of the intervals."
    )
    regret: bool = Field(
        False, description="Measure likelihood regret as well, which fits a posterior to each patient and takes long."
    )
    seed: Seed = Field(1, description="Seed of draws and resamples.")

    @property
    def files(self) -> list[Path]:
        """The files that are read, where there is a table to be told from the cohort."""
        if not self.tables:
            return []
        return [*(Path(own) for own in self.tables.values()), *([] if self.like is None else [Path(self.like)])]

    def check(self) -> None:
        """Check that the files are there; cheap, for before anything is computed.

        Raises:
            ConfigurationError: One is not.
        """
        named = {f"unlike.tables.{name}": own for name, own in self.tables.items()}
        for key, path in (named | ({} if self.like is None else {"unlike.like": self.like})).items():
            if not Path(path).is_file():
                raise ConfigurationError(
                    f"{key}: expected a table of patients, found no file {path}. Correct the path."
                )
