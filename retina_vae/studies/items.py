"""Defaults that the studies of drawn items and of sequences share, where they differ from the engine's.

The engine's are for a table of some columns: a small decoder with a prior on its weights, an importance-weighted bound,
a limit on the steps. Items of many alike inputs are trained with one draw each, as in Kingma and Welling (2014), in so
many epochs as are asked for; and no simpler method stands beside them, nor is the whole method repeated on resamples.
"""

from __future__ import annotations

from typing import Any

__all__ = ["AROUND_ITEMS", "ITEM_TRAINING"]

ITEM_TRAINING: dict[str, Any] = {
    "decoder_units": None,
    "draws_per_patient": 1,
    "max_steps": None,
    "weight_prior": None,
    "refit_epochs": 0,
    "adam_beta2": 0.999,
}
"""Of the section ``vae``."""

AROUND_ITEMS: dict[str, Any] = {"stability": {"retrained": 0}, "rivals": {"methods": []}}
"""Whole sections."""
