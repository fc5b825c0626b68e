"""Third stage: codes of the patients, drawn from the posterior q(z | x).

``encode`` and ``sample`` need torch and are imported from their modules; the files of codes do not.
"""

from retina_vae.latent.codes import Codes, read_replica
from retina_vae.latent.storage import read_codes

__all__ = ["Codes", "read_codes", "read_replica"]
