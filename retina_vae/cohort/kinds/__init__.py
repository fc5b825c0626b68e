"""Kinds of columns: one file for each, and one registration here; its likelihood is registered in ``vae``."""

from retina_vae.cohort.kinds.base import CategoricalKind, Coding, Kind, NumericKind
from retina_vae.cohort.kinds.binary import Binary
from retina_vae.cohort.kinds.continuous import Continuous
from retina_vae.cohort.kinds.count import Count
from retina_vae.cohort.kinds.level import Level
from retina_vae.cohort.kinds.nominal import Nominal
from retina_vae.cohort.kinds.ordinal import Ordinal
from retina_vae.cohort.kinds.positive import Positive
from retina_vae.cohort.kinds.zero_inflated import ZeroInflated

__all__ = ["KINDS", "CategoricalKind", "Coding", "Kind", "NumericKind"]

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (Nominal(), Binary(), Ordinal(), Continuous(), Positive(), ZeroInflated(), Count(), Level())
}
"""Every kind by the name that a schema gives it."""
