"""Which coordinate of a code carries which column: measures of disentanglement, of any codes and any known factors.

A *factor* is what is known of an item beside its code: a column of a table, a measure of a picture, what a renderer
drew.
"""

from retina_vae.factors.factor import Factor, column_factors
from retina_vae.factors.measure import Measured, measure_codes
from retina_vae.factors.mutual_information import Information, information

__all__ = ["Factor", "Information", "Measured", "column_factors", "information", "measure_codes"]
