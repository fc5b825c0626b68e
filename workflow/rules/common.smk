import fcntl
import shlex
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

from retina_vae.config import parse_configuration
from retina_vae.errors import ConfigurationError
from retina_vae.files import require_file, require_writable, write_text
from retina_vae.manifest import source_fingerprint
from retina_vae.pictures import decoded_models, pictured_models

# The command `retina-vae` is found even where the environment of this Python was not activated; an activated one
# goes before it.
shell.prefix(f'set -euo pipefail; export PATH="$PATH:{Path(sys.executable).parent}"; ')

try:
    CONFIGURATION = parse_configuration(dict(config), "the workflow's configuration")
    require_writable(CONFIGURATION.folder)
    require_file(CONFIGURATION.cohort.epidemiology, "cohort.epidemiology", "a file of disease statistics")
except ConfigurationError as error:
    raise WorkflowError(str(error))

config.update(CONFIGURATION.model_dump(mode="json"))
validate(config, schema="../schemas/config.schema.yaml")

RUN = str(CONFIGURATION.folder)
CONFIG_FILE = f"{RUN}/config.yaml"
CLUSTERED = CONFIGURATION.clusters.latent_dim
ENVIRONMENT = "../../environment.yml"
LOCKS = []
# What keeps counts of few patients out of tables and figures.
DISCLOSURE = ["disclosure.py", "suppression.py"]


wildcard_constraints:
    model="|".join(CONFIGURATION.models),


def settings(section, without=()):
    """The keys of a section of the configuration that decide a rule's results; a change makes it run again."""
    values = CONFIGURATION.model_dump(mode="json")[section]
    return {key: value for key, value in values.items() if key not in without}


def model_settings(name):
    """What decides the weights of a model: its own keys, its size and its replicas."""
    chosen, latent_dim, replicas = CONFIGURATION.model(name)
    counted = {"latent_dims", "replicas", "comparison_replicas"}
    return chosen.model_dump(mode="json", exclude=counted) | {"latent_dim": latent_dim, "replicas": replicas}


def code(*stages):
    """Fingerprint of the source that a rule runs; an edit of it makes the rule run again."""
    return source_fingerprint(*stages)


def published_arrays():
    """Path, size and time of the published arrays: other arrays make the cohort be read again.

    They are no input of the rule, because the command's own message about a missing one says where to get it.
    """
    if CONFIGURATION.cohort.source != "published":
        return []
    # Imported here because it takes a second, which a run that is up to date need not spend.
    from retina_vae.studies.macular.published import PUBLISHED_FILES, published_folder

    paths = [published_folder(CONFIGURATION.cohort.published_folder) / name for name in PUBLISHED_FILES]
    return [(str(path), path.stat().st_size, path.stat().st_mtime) for path in paths if path.is_file()]


def lock_run():
    """Keep a second Snakemake out of this run's folder; the operating system ends the lock with the process."""
    Path(RUN).mkdir(parents=True, exist_ok=True)
    LOCKS.append(open(f"{RUN}/.lock", "w"))
    try:
        fcntl.flock(LOCKS[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise WorkflowError(f"{RUN}: another Snakemake is making this run. Wait for it, or set `run` to another name.")


def write_configuration():
    """Write the configuration that the jobs read.

    It is no rule's output: the parameters of each rule name the sections that it depends on, so that a change of one
    key does not run everything again.
    """
    try:
        write_text(CONFIGURATION.to_yaml(), Path(CONFIG_FILE))
    except ConfigurationError as error:
        raise WorkflowError(str(error))
