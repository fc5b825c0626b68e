import fcntl
import json
import shlex
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

# The command `retina-vae` is found even where the environment of this Python was not activated; an activated one
# goes before it.
shell.prefix(f'set -euo pipefail; export PATH="$PATH:{Path(sys.executable).parent}"; ')

ENVIRONMENT = "../../environment.yml"
LOCKS = []
# What the rules show in `snakemake --report`, by the file below the run's folder: category and labels. The caption of
# each stands in workflow/report/ under the name of the file.
SHOWN = {
    "release/cohort/summary.csv": ("Cohort", {"table": "Summary", "of": "the patients"}),
    "release/evaluation/evaluation.csv": ("Models", {"table": "Models", "of": "fit, limits, active units"}),
    "release/clusters/latent_structure.csv": (
        "Clusters",
        {"table": "Groups or a continuum", "of": "the answer, and the number of groups"},
    ),
    "release/clusters/choices.csv": (
        "Clusters",
        {"table": "Number of clusters", "of": "what each criterion on the codes chooses"},
    ),
    "release/clusters/bootstrap.csv": (
        "Clusters",
        {"table": "Stability", "of": "every cluster in resampled patients, model held fixed"},
    ),
    "release/clusters/retrained.csv": (
        "Clusters",
        {"table": "Stability, whole method", "of": "every cluster, model trained again on each resample"},
    ),
    "release/clusters/table1.html": ("Clusters", {"table": "Table 1", "of": "what each cluster holds"}),
    "release/clusters/doubt.csv": ("Clusters", {"table": "Doubt", "of": "how sure the assignments are"}),
    "release/audit/claims.csv": ("Audit", {"table": "Claims", "of": "what of the paper holds"}),
    "release/audit/agreement.csv": ("Audit", {"table": "Agreement", "of": "replicas and the paper"}),
    "report/report.html": ("Clusters", {"table": "Cluster report", "of": "the whole run"}),
    "report/figures/columns.png": ("Cohort", {"figure": "columns", "of": "every column"}),
    "report/figures/training.png": ("Training", {"figure": "training", "of": "loss over epochs"}),
    "report/figures/space.png": ("Latent space", {"figure": "space", "of": "all clusters"}),
    "report/figures/panels.png": ("Clusters", {"figure": "panels", "of": "one by one"}),
    "report/figures/latent_structure.png": (
        "Clusters",
        {"figure": "latent_structure", "of": "groups or a continuum"},
    ),
    "report/figures/choice.png": ("Clusters", {"figure": "choice", "of": "how the codes see their number"}),
    "report/figures/tree.png": ("Clusters", {"figure": "tree", "of": "which split into which"}),
    "report/figures/coverage.png": ("Models", {"figure": "coverage", "of": "coverage of the codes"}),
    "report/figures/posteriors.png": (
        "Models",
        {"figure": "posteriors", "of": "posteriors with and without the KL divergence"},
    ),
    "report/figures/traversals.png": ("Models", {"figure": "traversals", "of": "what each latent dimension does"}),
    "report/figures/supervised.png": (
        "Models",
        {"figure": "supervised", "of": "the latent space that knows the outcome"},
    ),
}

try:
    from retina_vae.config_files import parse_configuration
    from retina_vae.config_values import check_configuration_files
    from retina_vae.errors import ConfigurationError
    from retina_vae.plan import make_plan, write_configuration
    from retina_vae.replacement import replacement_warning
except ModuleNotFoundError:
    # Linted, or looked at, where the package is not installed: with the plan of the default configuration.
    PACKAGE = False
    PLAN = json.loads(Path(workflow.source_path("../plan.json")).read_text(encoding="utf-8"))
else:
    PACKAGE = True
    try:
        check_configuration_files(workflow.configfiles)
        given = list(map(Path, workflow.overwrite_configfiles))
        PLAN = make_plan(config, [*(path for path in map(Path, workflow.configfiles) if path not in given), *given])
    except ConfigurationError as error:
        raise WorkflowError(str(error))
    config.update(PLAN["configuration"])
    validate(config, schema="../schemas/config.schema.yaml")

RUN = PLAN["run"]
CONFIG_FILE = f"{RUN}/config.yaml"
# The rules of the study, where it has some.
STUDY_RULES = f"rules/{PLAN['study']}.smk" if PLAN["study_rules"] else None


wildcard_constraints:
    model="|".join(PLAN["models"]),


def inputs(step):
    """What a step reads, as retina_vae/steps.py says."""
    return PLAN["steps"][step]["inputs"]


def outputs(step):
    """What a step makes, as retina_vae/artefacts/ says, with what of it a report of Snakemake shows."""
    return [shown(path) for path in PLAN["steps"][step]["outputs"]]


def shown(path):
    name = path.removeprefix(f"{RUN}/")
    if name not in SHOWN:
        return path
    category, labels = SHOWN[name]
    return report(path, caption=f"../report/{Path(name).stem}.rst", category=category, labels=labels)


def settings(step):
    """What of the configuration decides a step's results; a change makes it run again."""
    return PLAN["steps"][step]["settings"]


def code(step):
    """Fingerprint of the source that a step runs; an edit of it makes the step run again."""
    return PLAN["steps"][step]["code"]


def gather_code(step):
    """The same of the command that puts the chunks of a step together."""
    return PLAN["steps"][step]["gather_code"]


def numbers(chunks):
    """The numbers of the chunks, from 1."""
    return range(1, chunks + 1)


def only(models):
    """What the wildcard of a model may be in a rule that makes these alone; nothing where there are none."""
    return "|".join(models) or "(?!)"


def require_package():
    if not PACKAGE:
        raise WorkflowError(
            "The package retina_vae is not installed where Snakemake runs, so only the default configuration could be "
            "looked at. Install it there (pip install . in a checkout), and run the same command again."
        )


def lock_run():
    """Keep a second Snakemake out of this run's folder; the operating system ends the lock with the process."""
    Path(RUN).mkdir(parents=True, exist_ok=True)
    LOCKS.append(open(f"{RUN}/.lock", "w"))
    try:
        fcntl.flock(LOCKS[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise WorkflowError(f"{RUN}: another Snakemake is making this run. Wait for it, or set `run` to another name.")


def warn_of_replacement():
    """Say which finished run this one replaces, while there is time to stop it."""
    warning = replacement_warning(parse_configuration(dict(PLAN["configuration"]), RUN))
    if warning is not None:
        print(f"Warning: {warning}", file=sys.stderr, flush=True)


def configure_run():
    """Write the configuration that the steps read."""
    try:
        write_configuration(PLAN)
    except ConfigurationError as error:
        raise WorkflowError(str(error))


def start_run():
    require_package()
    lock_run()
    warn_of_replacement()
    configure_run()


def start_with(function):
    """Have a function called when the first job starts, where this workflow is a module of another.

    Snakemake takes `onstart` from the main Snakefile alone, so a deployed workflow would run without its configuration
    and without its lock. What the main Snakefile says there itself, before or after its modules, is done as well.
    """

    def before(other):
        def start(log):
            function()
            other(log)

        return start

    register = workflow.onstart
    workflow._onstart = before(workflow._onstart)
    workflow.onstart = lambda other: register(before(other))
