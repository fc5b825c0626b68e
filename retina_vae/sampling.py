"""From trained replicas to samples of their weights, and what is said of the chains."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch

from retina_vae.config import ModelSettings
from retina_vae.progress import Advance, silent
from retina_vae.training import TrainingCohort, plan_training
from retina_vae.vae import ModelDescription, VariationalAutoencoder
from retina_vae.vae.chains import effective_sample_size, r_hat
from retina_vae.vae.weight_samples import WeightSamples, sample_chains

__all__ = ["chain_table", "sample_run", "sample_table", "unsettled"]

_UNSETTLED_ABOVE = 1.1
"""Of R-hat: with tens of samples of a chain, chance alone reaches several hundredths above 1."""


def sample_run(
    cohort: TrainingCohort,
    model: VariationalAutoencoder,
    description: ModelDescription,
    settings: ModelSettings,
    device: torch.device,
    advance: Advance = silent,
) -> WeightSamples:
    """Sample the weights of a model on the patients that it was trained on.

    Args:
        cohort: These.
        model: The trained replicas.
        description: Of them.
        settings: Of the model.
        device: Where to sample.
        advance: Is told the number of steps done, added up over the chains.

    Raises:
        NonFiniteLossError: A chain has left the numbers that can be computed.
    """
    per_pass = plan_training(cohort, settings, device).per_pass
    return sample_chains(model, description, cohort.patients, settings.vae, device, per_pass, advance)


def sample_table(samples: WeightSamples) -> pd.DataFrame:
    """One row per chain and sample, both counted from 1."""
    chains, kept = samples.log_joint.shape
    return pd.DataFrame(
        {
            "replica": np.repeat(np.arange(1, chains + 1), kept),
            "sample": np.tile(np.arange(1, kept + 1), chains),
            "log_joint": samples.log_joint.double().numpy().ravel(),
            "bound": samples.bound.double().numpy().ravel(),
        }
    )


def chain_table(samples: WeightSamples) -> pd.DataFrame:
    """One row per quantity: whether the chains agree on it, and how many independent samples they are worth."""
    rows = []
    for quantity in ("log_joint", "bound"):
        draws = getattr(samples, quantity).double().numpy()
        rows.append(
            {
                "quantity": quantity,
                "chains": len(draws),
                "samples": draws.shape[1],
                "mean": draws.mean(),
                "standard_deviation": draws.std(ddof=1),
                "r_hat": r_hat(draws),
                "effective_samples": effective_sample_size(draws),
            }
        )
    return pd.DataFrame(rows)


def unsettled(chains: pd.DataFrame) -> bool:
    """Whether a quantity of a :func:`chain_table` differs between chains or along them."""
    return bool((chains["r_hat"] > _UNSETTLED_ABOVE).any())
