"""What a model is trained on."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["Patients"]


@dataclass(frozen=True)
class Patients:
    """What a model is trained on.

    ``x`` holds the features, shape (features, patients), NaN where a column is not observed. ``labels``, which only
    the supervised objective needs, holds the class of each patient, counted from 0, shape (patients,); -1 where it is
    not known. Where each replica has patients of its own, such as a resample, the replicas come first in both:
    (replicas, features, patients) and (replicas, patients).
    """

    x: Tensor
    labels: Tensor | None = None

    @property
    def count(self) -> int:
        """Number of patients."""
        return self.x.shape[-1]

    def to(self, device: torch.device) -> Patients:
        """The same on another device."""
        return Patients(self.x.to(device), None if self.labels is None else self.labels.to(device))

    def take(self, positions: Tensor) -> Patients:
        """Each replica's patients at its positions, shape (replicas, n): features (replicas, features, n), labels."""
        if self.x.dim() == 2:
            labels = None if self.labels is None else self.labels[positions]
            return Patients(self.x[:, positions].transpose(0, 1), labels)
        labels = None if self.labels is None else self.labels.gather(1, positions)
        # Features first in memory, as above, so that the same patients give the same bytes.
        by_feature = self.x.transpose(0, 1)
        return Patients(by_feature.gather(2, positions.expand(len(by_feature), -1, -1)).transpose(0, 1), labels)

    def of_replicas(self, part: slice) -> Patients:
        """Those of some replicas: all of them where the replicas share their patients."""
        if self.x.dim() == 2:
            return self
        return Patients(self.x[part], None if self.labels is None else self.labels[part])

    def batch(self, part: slice) -> Patients:
        """Some of the patients that were taken."""
        return Patients(self.x[..., part], None if self.labels is None else self.labels[..., part])
