import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

from retina_vae.config import parse_configuration
from retina_vae.errors import ConfigurationError
from retina_vae.manifest import source_fingerprint

# The command `retina-vae` is found even where the environment of this Python was not activated; an activated one
# goes before it.
shell.prefix(f'set -euo pipefail; export PATH="$PATH:{Path(sys.executable).parent}"; ')

try:
    CONFIGURATION = parse_configuration(dict(config), "the workflow's configuration")
except ConfigurationError as error:
    raise WorkflowError(str(error))

validate(config, schema="../schemas/config.schema.yaml")

RUN = str(CONFIGURATION.folder)
CLUSTERED = CONFIGURATION.clusters.latent_dim
ENVIRONMENT = "../../environment.yml"


wildcard_constraints:
    latent_dim=r"\d+",


def settings(*sections):
    """The parts of the configuration that decide a rule's results; a change of them makes it run again."""
    values = CONFIGURATION.model_dump(mode="json")
    return {section: values[section] for section in sections}


def code(stage):
    """Fingerprint of a stage's source; an edit of it makes its rule run again."""
    return source_fingerprint(stage)
