"""Simulated cohorts: the statistics that patients are drawn from, the drawing, and the exact density of the drawn."""

from retina_vae.cohort.simulated.density import CohortDensity
from retina_vae.cohort.simulated.epidemiology import Epidemiology, load_epidemiology
from retina_vae.cohort.simulated.simulate import simulate

__all__ = ["CohortDensity", "Epidemiology", "load_epidemiology", "simulate"]
