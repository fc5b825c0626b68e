import fcntl
import shlex
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

from retina_vae.config import check_sources, parse_configuration
from retina_vae.errors import ConfigurationError
from retina_vae.files import require_writable, write_text
from retina_vae.manifest import source_fingerprint
from retina_vae.pictures import decoded_models, dense_models, pictured_models

# The command `retina-vae` is found even where the environment of this Python was not activated; an activated one
# goes before it.
shell.prefix(f'set -euo pipefail; export PATH="$PATH:{Path(sys.executable).parent}"; ')

try:
    CONFIGURATION = parse_configuration(dict(config), "the workflow's configuration")
    require_writable(CONFIGURATION.folder)
    check_sources(CONFIGURATION)
    STUDY = CONFIGURATION.own_study
except ConfigurationError as error:
    raise WorkflowError(str(error))

config.update(CONFIGURATION.model_dump(mode="json"))
validate(config, schema="../schemas/config.schema.yaml")

RUN = str(CONFIGURATION.folder)
CONFIG_FILE = f"{RUN}/config.yaml"
CLUSTERED = CONFIGURATION.clusters.latent_dim
# The table with the number of clusters, where the run finds it.
FOUND_NUMBER = [] if isinstance(CONFIGURATION.clusters.k, int) else f"{RUN}/clusters/latent_structure.csv"
ENVIRONMENT = "../../environment.yml"
LOCKS = []
# The rules of the study, where it has some.
STUDY_RULES = f"rules/{STUDY.name}.smk" if STUDY is not None and STUDY.tables(CONFIGURATION) else None
# What the rules of the study add to a finished run, and a partition that the clusters are numbered by.
STUDY_TABLES = [] if STUDY is None else [f"{RUN}/{name}" for name in STUDY.tables(CONFIGURATION)]
REFERENCE = None if STUDY is None else STUDY.reference(CONFIGURATION)
STUDY_CODE = [] if STUDY is None else [f"studies/{STUDY.name}"]
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


def source_files():
    """Files that the patients are made from and that are there; where one is not, the command's message says more."""
    return [str(path) for path in CONFIGURATION.source.files(CONFIGURATION.cohort) if path.is_file()]


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
