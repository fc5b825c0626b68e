"""Third stage: codes of the patients, drawn from the posterior q(z | x).

``encode`` and ``sample`` need torch and are imported from their modules; the table of codes does not.
"""

from retina_vae.latent.codes import Codes, read_replica

__all__ = ["Codes", "read_replica"]
