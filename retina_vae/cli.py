"""The command line: every command of the package in one application.

A fault that the user can fix is one message on standard error and exit code 2. Heavy libraries are imported inside
the commands that need them.
"""

from __future__ import annotations

import re
import sys
from types import ModuleType
from typing import Annotated, NoReturn

import typer

from retina_vae.atomic import exit_when_terminated
from retina_vae.commands import (
    artefacts,
    assign,
    batch_test,
    check,
    choice,
    classifiers,
    clusters,
    cohort,
    compare,
    decode,
    describe,
    describe_table,
    doubt,
    evaluate,
    explorer,
    factors,
    generate,
    held_out,
    impute,
    init,
    latent,
    latent_structure,
    manifest,
    ood,
    pictures,
    release,
    report,
    resamples,
    resamples_gather,
    rivals,
    schema,
    stability,
    unlike,
    vae,
    vae_gather,
    weight_samples,
)
from retina_vae.errors import RetinaVaeError
from retina_vae.studies import STUDIES, find_study

STEPS = "Steps of the workflow"

PANELS: dict[str, tuple[ModuleType, ...]] = {
    "Your data": (init, describe_table, check),
    "Look at a run": (report, compare),
    "New patients": (assign, batch_test),
    "Ask a model of a run": (generate, impute, ood),
    STEPS: (
        *(cohort, held_out, vae, vae_gather, weight_samples, evaluate, unlike, latent, decode, factors),
        *(resamples, resamples_gather),
        *(latent_structure, clusters, choice, stability, rivals, describe, doubt, explorer, release, manifest),
        *(pictures, classifiers),
    ),
    "What there is": (schema, artefacts),
}
"""The groups in which the help lists the commands."""

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
for panel, modules in PANELS.items():
    for module in modules:
        for command in module.app.registered_commands:
            command.rich_help_panel = panel
        app.add_typer(module.app)
for name in STUDIES:
    if (study_commands := find_study(name).commands) is not None:
        words = f"Steps of the study {name!r}."
        app.add_typer(study_commands(), name=name, help=words, rich_help_panel=STEPS)


def _show_version(asked: bool) -> None:
    if asked:
        from retina_vae import __version__

        print(f"retina_vae {__version__}")
        raise typer.Exit


@app.callback(epilog="`retina-vae COMMAND --help` explains a command and ends with an example of it.")
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Latent clustering of clinical cohorts with variational autoencoders."""


def main() -> None:
    """Run the command line; exit code 2 on a fault that the user can fix."""
    try:
        with exit_when_terminated():
            app()
    except RetinaVaeError as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{error.filename or 'the system'}: {error.strerror or error}.")
    except Exception as error:
        # Of libraries that compute, each has an error of its own for it.
        if not isinstance(error, MemoryError) and not _NO_MEMORY.search(str(error)):
            raise
        _fail(_more_memory(str(error)))
    except KeyboardInterrupt:
        sys.exit(130)


_NO_MEMORY = re.compile("(allocate|out of) memory|(start new|launch worker) thread", re.IGNORECASE)
_ALLOCATED = re.compile(r"(tried|unable) to allocate [0-9.]+ ?\w+", re.IGNORECASE)


def _more_memory(found: str) -> str:
    size = _ALLOCATED.search(found)
    said = f", {size[0].lower()}" if size else ""
    return f"expected more memory than this process may have{said}. Allow it more, or give it a smaller table."


def _fail(message: str) -> NoReturn:
    # A terminal obeys some signs, and those of a table's names are anybody's.
    shown = "".join(sign if sign.isprintable() or sign == "\n" else ascii(sign)[1:-1] for sign in message)
    print(f"Error: {shown}", file=sys.stderr)
    sys.exit(2)
