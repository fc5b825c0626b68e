"""The reported replica as numbers that a browser can assign one patient with, without Python."""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from retina_vae.assign.explain import Explainer, can_explain
from retina_vae.assign.run import UNLIKE_BELOW
from retina_vae.assign.score import Scorer
from retina_vae.assign.trained import TrainedRun
from retina_vae.clusters.partitions import Partition
from retina_vae.cohort import Column
from retina_vae.cohort.encoding import ColumnEncoding
from retina_vae.cohort.number_range import number_range
from retina_vae.latent.cluster_points import FITTED, INFLATED, NARROWEST, RIDGE, STEP
from retina_vae.latent.shapley import SampledOrders
from retina_vae.vae import BatchedPerceptron, StandardNormal
from retina_vae.vae.outputs import LOG_SCALE_RANGE, TypedOutput
from retina_vae.vae.proposals import WIDER, shares

__all__ = ["FORMAT", "explorer_model"]

FORMAT = 6
"""Version of ``explorer.json``; a change that the page's script cannot read raises it."""

_MOST_RANKS = 5000

_HALF_RANGE = 8


def explorer_model(run: TrainedRun, unlike_below: float = UNLIKE_BELOW) -> dict[str, Any]:
    """Everything that the browser computes :class:`retina_vae.assign.Scores` of one patient with, as plain JSON.

    Arrays are base64 of little-endian floats in C order. The decoder is there only where there is a density.

    Args:
        run: A finished run.
        unlike_below: p-value in per cent up to which a patient is flagged.
    """
    scorer = run.scorer
    description, cohort = scorer.description, scorer.description.encoding.decode(run.known.features)
    pairs = zip(run.schema.inputs, description.encoding.columns, strict=True)
    return {
        "format": FORMAT,
        "latent_dim": description.latent_dim,
        "columns": [_column(column, own, cohort[column.name]) for column, own in pairs],
        "encoder": _perceptron(scorer.model.encoder),
        "feature_bound": bound if math.isfinite(bound := scorer.model.feature_bound) else None,
        "posterior": description.posterior,
        "decoder": _decoder(scorer) if description.has_density else None,
        "partition": _partition(scorer.partition),
        "noise": _array(scorer.noise[0, :, :, 0]),
        "shares": shares(scorer.noise.shape[2])._asdict() | {"wider": WIDER},
        "on_means": scorer.on_means,
        "corrected": scorer.corrected,
        "typicality": _typicality(run) | {"unlike_below": unlike_below},
        "explain": _explanation(Explainer.of(scorer, "explorer")) if can_explain(scorer) else None,
    }


def _array(values: ArrayLike | Tensor, kind: str = "<f4") -> dict[str, Any]:
    numbers = np.ascontiguousarray(values.detach().numpy() if isinstance(values, Tensor) else values, dtype=kind)
    return {"dtype": kind, "shape": list(numbers.shape), "base64": base64.b64encode(numbers.tobytes()).decode()}


def _column(column: Column, encoding: ColumnEncoding, values: pd.Series) -> dict[str, Any]:
    """A control of the form, and how what it holds becomes features."""
    about: dict[str, Any] = {"name": column.name, "label": column.label, "unit": column.unit, "kind": column.kind}
    about |= {"numeric": column.numeric, "expectation": column.expectation}
    code = {"by_kind": encoding.by_kind, "center": encoding.center, "scale": encoding.scale, "gaps": encoding.gaps}
    # A patient in the form has numbers that were measured; what the model reads of remarks says so.
    code |= {name: True for name in ("censored", "not_applicable") if getattr(encoding, name)}
    known = values.dropna()
    if not column.numeric:
        return about | code | {"categories": list(column.categories), "start": str(known.mode().iloc[0])}
    bounds = {"minimum": column.minimum, "maximum": column.maximum}
    return about | code | bounds | number_range(column, known.to_numpy(dtype=np.float64))


def _partition(partition: Partition) -> dict[str, Any]:
    """The numbers of the law in double precision: small variances make large distances."""
    return {"method": partition.method} | {name: _array(values, "<f8") for name, values in partition.law().items()}


def _perceptron(network: Any) -> dict[str, Any]:
    if not isinstance(network, BatchedPerceptron):
        raise TypeError(f"expected a perceptron, got {type(network).__name__}")
    deeper = [_affine(own) for own in network.deeper]
    return {"hidden": _affine(network.hidden), "deeper": deeper, "output": _affine(network.output)}


def _affine(layer: Any) -> dict[str, Any]:
    return {"weight": _array(layer.weight[0]), "bias": _array(layer.bias[0, :, 0])}


def _decoder(scorer: Scorer) -> dict[str, Any]:
    """The decoder and what log sigma of its numbers is, in the order of the columns that have one."""
    if not isinstance(scorer.model.prior, StandardNormal):
        raise TypeError(f"expected the prior that the page knows, got {type(scorer.model.prior).__name__}")
    output = scorer.model.output
    if not isinstance(output, TypedOutput):
        raise TypeError(f"expected a typed output, got {type(output).__name__}")
    lowest, highest = LOG_SCALE_RANGE
    scale: dict[str, Any] = {"kind": "fixed", "log_sigma": output.log_sigma}
    if output.predicted:
        scale |= {"kind": "predicted", "lowest": lowest, "highest": highest}
    elif hasattr(output, "log_scale"):
        scale |= {"kind": "learned", "values": _array(output.log_scale[0, :, 0])}
    return _perceptron(scorer.model.decoder) | {"log_scale": scale}


def _explanation(explainer: Explainer) -> dict[str, Any]:
    """The points of each cluster, and what else a page needs to divide the log-odds among the columns.

    A coordinate is a whole number of steps above -8, which two bytes hold exactly.
    """
    prior, plan = explainer.prior, explainer.plan
    steps = ((prior.codes.double().numpy() + _HALF_RANGE) / STEP).round()
    return {
        "points": _array(steps, "<u2"),
        "counts": prior.counts.tolist(),
        "log_share": prior.log_share.tolist(),
        "orders": _array(plan.orders, "<u2") if isinstance(plan, SampledOrders) else None,
        "fitted": FITTED,
        "gaussian": {"inflated": INFLATED, "ridge": RIDGE, "narrowest": NARROWEST},
    }


def _typicality(run: TrainedRun) -> dict[str, Any]:
    """The score's parameters in double precision: small eigenvalues of the covariance make large distances.

    ``calibration`` is there where p-values come from other patients' scores than percentiles do.
    """
    typicality, calibration = run.typicality, run.calibration
    arrays = _ranks(typicality.reference)
    if not typicality.has_density:
        arrays |= {"means": typicality.means, "precision": typicality.precision}
    about: dict[str, Any] = {"has_density": typicality.has_density, "patients": len(typicality.reference)}
    about["calibration"] = None
    if calibration.held_out:
        about["calibration"] = {"patients": len(calibration.scores)} | _packed(_ranks(calibration.scores))
    return about | _packed(arrays)


def _packed(arrays: dict[str, NDArray[np.float64]]) -> dict[str, Any]:
    return {name: _array(own, "<f8") for name, own in arrays.items()}


def _ranks(reference: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Scores in ascending order; of many, means of neighbours, at the middle of their ranks."""
    count = len(reference)
    step = -(-count // _MOST_RANKS)
    if step <= 1:
        return {"reference": reference}
    starts = np.arange(max(count // step, 1)) * step
    stops = np.append(starts[1:], count)
    means = np.array([reference[start:stop].mean() for start, stop in zip(starts, stops, strict=True)])
    return {"reference": means, "percent": 50 * (starts + stops) / count}
