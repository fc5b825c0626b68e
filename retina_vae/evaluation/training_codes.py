"""The training patients' codes, which several measures look at and which are costly to correct."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import Tensor

from retina_vae.latent.correct import CorrectedCodes, corrected_codes
from retina_vae.latent.encode import encode_patients, patient_features
from retina_vae.settings import LatentSettings
from retina_vae.vae import ModelDescription, VariationalAutoencoder, replica_seeds

__all__ = ["TrainingCodes", "code_training_patients"]


@dataclass(frozen=True, eq=False)
class TrainingCodes:
    """What the run knows of the patients that a model was trained on.

    Attributes:
        x: Features, shape (features, patients).
        mean: Mean codes, shape (replicas, patients, d); corrected where the run corrects its codes and the model can.
        corrected: The corrected codes, whatever the run clusters; None of a model without a density.
    """

    x: Tensor
    mean: NDArray[np.floating]
    corrected: CorrectedCodes | None


def code_training_patients(
    model: VariationalAutoencoder, description: ModelDescription, patients: pd.DataFrame, settings: LatentSettings
) -> TrainingCodes:
    """Code them as the run does, with the same seeds.

    Args:
        model: R replicas.
        description: What they are.
        patients: The training patients.
        settings: Of the codes: proposals, draws, correction and the seed of the first replica.
    """
    x, seeds = patient_features(description.encoding, patients), replica_seeds(settings.seed, model.replicas)
    encoded = encode_patients(model, x).mean.mT.cpu().numpy()
    if not description.has_density:
        return TrainingCodes(x, encoded, None)
    corrected = corrected_codes(model, x, settings.proposals, settings.draws, seeds)
    mean = corrected.codes.mean if settings.correction == "importance" else encoded
    return TrainingCodes(x, mean, corrected)
