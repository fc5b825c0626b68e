"""From a run of images to its pictures."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from retina_vae.clusters.partitions.storage import read_partition
from retina_vae.cohort import CohortSchema
from retina_vae.drawing.acceptance import Classifier, fit_classifier
from retina_vae.drawing.artefacts import PICTURES, QUALITY
from retina_vae.drawing.models import compared_models, plane_model, traversed_models
from retina_vae.drawing.pictures import (
    Member,
    Picture,
    cluster_pictures,
    model_pictures,
    picture_table,
    plane_pictures,
)
from retina_vae.drawing.quality import QualityOptions, quality_table
from retina_vae.errors import ConfigurationError
from retina_vae.latent.decode import take_replica
from retina_vae.latent.encode import patient_features
from retina_vae.progress import Advance, silent
from retina_vae.run import Run
from retina_vae.vae import load_model

__all__ = ["picture_tables"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_MEASURED = 2000
"""Pictures of each kind whose sharpness and acceptance are measured."""

_MOST_FOR_CLASSIFIER = 6000
_TESTED = 0.2


class _Images(NamedTuple):
    """Images of a run: shares of the maximum (images, pixels), the label of each (-1 unknown), and its name."""

    values: FloatArray
    labels: IntArray
    names: list[str]


def picture_tables(run: Run, advance: Advance = silent) -> dict[str, pd.DataFrame]:
    """The tables of :data:`retina_vae.drawing.artefacts.IMAGE_ARTEFACTS`, by their paths.

    Args:
        run: Finished as far as its clusters.
        advance: Told of every model that has been looked at.

    Raises:
        ConfigurationError: Its patients are no images.
        InputError: A file of the run is missing or damaged.
    """
    torch.set_num_threads(1)
    patients, schema = run.patients()
    if schema.image is None:
        raise ConfigurationError("cohort.source: expected one whose patients are images, got one of a table.")
    images, settings = _images(patients, schema), run.settings
    options = QualityOptions(schema.image, _classifier(images, settings.latent.seed), _MEASURED, settings.latent.seed)
    members, every = _members(run, patients, advance)
    clusters = run.labels(patients[schema.identifier].tolist(), ["cluster"])[:, 0]
    centers = read_partition(run.verified("clusters/centers.csv"), run.reported, settings.clusters).centers
    found: list[Picture] = [*cluster_pictures(images.values, clusters, members[-1], centers)]
    moved = traversed_models(settings)
    found += model_pictures(images.values, images.names, members, settings.latent.seed, moved)
    plane = plane_model(settings)
    if plane is not None:
        model, _ = take_replica(*load_model(run.model_folder(plane)), 1)
        found += plane_pictures(plane, model)
    quality = quality_table(images.values, images.labels, every, options)
    accuracy = np.nan if options.classifier is None else options.classifier.accuracy
    return {PICTURES: picture_table(iter(found)), QUALITY: quality.assign(classifier=accuracy)}


def _images(patients: pd.DataFrame, schema: CohortSchema) -> _Images:
    pixels = [column.name for column in schema.inputs]
    values = patients[pixels].to_numpy(dtype=np.float64) / float(schema.inputs[0].maximum or 1)
    if schema.outcome is None:
        return _Images(values, np.full(len(values), -1), [""] * len(values))
    column = patients[schema.outcome.name]
    return _Images(values, column.cat.codes.to_numpy().astype(np.int64), column.astype(object).fillna("").tolist())


def _classifier(images: _Images, seed: int) -> Classifier | None:
    """Networks that tell the labels; None where fewer than two are known."""
    known = np.flatnonzero(images.labels >= 0)
    if len(np.unique(images.labels[known])) < 2:
        return None
    rng = np.random.default_rng([seed, 3])
    chosen = rng.permutation(known)[:_MOST_FOR_CLASSIFIER]
    held_out = np.arange(len(chosen)) < round(_TESTED * len(chosen))
    return fit_classifier(images.values[chosen], images.labels[chosen], held_out, seed)


def _members(run: Run, patients: pd.DataFrame, advance: Advance) -> tuple[list[Member], list[tuple[int, Member]]]:
    """The replica of each model that is drawn, the reported one of the clustered model last; and all of every model."""
    drawn, every = [], []
    names = compared_models(run.settings)
    for done, name in enumerate(names, start=1):
        model, description = load_model(run.model_folder(name))
        x = patient_features(description.encoding, patients)
        own = [
            (replica, Member.of(name, take_replica(model, description, replica)[0], x))
            for replica in range(1, description.replicas + 1)
        ]
        every += own
        drawn.append(own[run.reported - 1 if name == run.clustered else 0][1])
        advance(done, name)
    return drawn, every
