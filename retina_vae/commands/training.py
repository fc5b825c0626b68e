"""What the commands that train a model read of a run, and what they write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retina_vae.config import VaeSettings
from retina_vae.run import WRITTEN, Run

if TYPE_CHECKING:
    import pandas as pd

    from retina_vae.training import TrainingCohort
    from retina_vae.vae import ModelDescription, VariationalAutoencoder

__all__ = ["training_cohort", "write_model"]


def training_cohort(run: Run, model: VaeSettings) -> TrainingCohort:
    """Read the cohort of a run as one of its models is trained on it.

    Raises:
        InputError: A table of the cohort is missing or damaged.
        ConfigurationError: The model shall learn an outcome that nobody has.
    """
    from retina_vae.training import prepare_cohort

    return prepare_cohort(*run.patients(), model)


def write_model(
    run: Run, model: str, trained: VariationalAutoencoder, description: ModelDescription, history: pd.DataFrame
) -> None:
    """Write a model of a run with all its replicas.

    Raises:
        ConfigurationError: A file cannot be written.
    """
    from retina_vae.vae import save_model

    save_model(trained, description, run.folder / "vae" / model)
    contents = {
        "vae/{model}/weights.safetensors": WRITTEN,
        "vae/{model}/model.json": WRITTEN,
        "vae/{model}/history.parquet": history,
    }
    run.write("vae", contents, model)
