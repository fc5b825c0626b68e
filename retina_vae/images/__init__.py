"""Pictures as items of a cohort: their files, their measures in words, and the columns that they become.

It stands on :mod:`retina_vae.cohort` and knows neither a model nor a study; a study's source of pictures uses it.
"""

from retina_vae.images.cohort import Told, draw_images, image_cohort, image_schema, round_levels
from retina_vae.images.idx import Expected, find_idx, read_images, read_labels
from retina_vae.images.measures import MEASURES, measure_images

__all__ = [
    "MEASURES",
    "Expected",
    "Told",
    "draw_images",
    "find_idx",
    "image_cohort",
    "image_schema",
    "measure_images",
    "read_images",
    "read_labels",
    "round_levels",
]
