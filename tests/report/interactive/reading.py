"""Reading payloads as the page's scripts do."""

import base64
from typing import Any

import numpy as np

from retina_vae.report.interactive.arrays import STEPS


def unpack(array: dict[str, Any]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(array["base64"]), array["dtype"]).reshape(array["shape"]).astype(int)


def coordinates(payload: dict[str, Any]) -> np.ndarray:
    """Where the points lie, shape (points, axes)."""
    low, high = np.array(payload["limits"]).T
    return low + (high - low) * unpack(payload["points"]) / STEPS


def colouring(payload: dict[str, Any], key: str) -> dict[str, Any]:
    return next(own for own in payload["colourings"] if own["key"] == key)
