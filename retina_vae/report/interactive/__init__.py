"""What a script brings to life in the report: the latent space in three dimensions, and the explorer of profiles.

Everything that the scripts need stands in the page, as text that a browser does not run; nothing is loaded.
"""

from retina_vae.report.interactive.explorer import explorer_payload
from retina_vae.report.interactive.page import content_security_policy, embedded_json, interactive
from retina_vae.report.interactive.space import space_payload

__all__ = ["content_security_policy", "embedded_json", "explorer_payload", "interactive", "space_payload"]
