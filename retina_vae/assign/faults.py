"""The faults of rows that are to be assigned; what a fault is stands in :mod:`retina_vae.faults`."""

from retina_vae.faults import Fault, describe_faults, quoted

__all__ = ["Fault", "describe_faults", "quoted"]
