"""The training patients' codes, which several measures look at and which are costly to correct."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
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
        x: Features of all of them, shape (features, patients).
        mean: Mean codes of those that were chosen, shape (replicas, chosen, d); corrected where the run corrects its
            codes and the model can.
        corrected: Their corrected codes, whatever the run clusters; None of a model without a density.
    """

    x: Tensor
    mean: NDArray[np.floating]
    corrected: CorrectedCodes | None


def code_training_patients(
    model: VariationalAutoencoder,
    description: ModelDescription,
    patients: pd.DataFrame,
    settings: LatentSettings,
    chosen: NDArray[np.int64] | None = None,
) -> TrainingCodes:
    """Code them as the run does, with the same seeds.

    Args:
        model: R replicas.
        description: What they are.
        patients: The training patients.
        settings: Of the codes: proposals, draws, correction and the seed of the first replica.
        chosen: Positions of those that are coded
            (:func:`~retina_vae.evaluation.subjects.choose_training_patients`); all by default.
    """
    x, seeds = patient_features(description.encoding, patients), replica_seeds(settings.seed, model.replicas)
    coded = x if chosen is None else x[:, torch.from_numpy(chosen)]
    encoded = encode_patients(model, coded).mean.mT.cpu().numpy()
    if not description.has_density:
        return TrainingCodes(x, encoded, None)
    corrected = corrected_codes(model, coded, settings.proposals, settings.draws, seeds)
    mean = corrected.codes.mean if settings.correction == "importance" else encoded
    return TrainingCodes(x, mean, corrected)
