import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

from retina_vae.config import parse_configuration
from retina_vae.errors import ConfigurationError
from retina_vae.files import require_writable, write_text
from retina_vae.manifest import source_fingerprint

# The command `retina-vae` is found even where the environment of this Python was not activated; an activated one
# goes before it.
shell.prefix(f'set -euo pipefail; export PATH="$PATH:{Path(sys.executable).parent}"; ')

try:
    CONFIGURATION = parse_configuration(dict(config), "the workflow's configuration")
    require_writable(CONFIGURATION.folder)
except ConfigurationError as error:
    raise WorkflowError(str(error))

validate(config, schema="../schemas/config.schema.yaml")

RUN = str(CONFIGURATION.folder)
CONFIG_FILE = f"{RUN}/config.yaml"
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


def write_configuration():
    """Write the configuration that the jobs read.

    It is no rule's output: the parameters of each rule name the sections that it depends on, so that a change of one
    key does not run everything again.
    """
    try:
        write_text(CONFIGURATION.to_yaml(), Path(CONFIG_FILE))
    except ConfigurationError as error:
        raise WorkflowError(str(error))
