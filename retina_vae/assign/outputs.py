"""Where the assignments may be written, and what an ended process has left there."""

from __future__ import annotations

import os
from pathlib import Path

from retina_vae.atomic import is_being_written
from retina_vae.errors import ConfigurationError, InputError
from retina_vae.outputs import require_output

__all__ = ["prepare_outputs", "refused_path", "require_another_file", "require_outside", "rows_path"]


def refused_path(output: Path) -> Path:
    """Where the faults go: ``assigned.refused.csv`` beside ``assigned.csv``."""
    return output.with_suffix(".refused.csv")


def rows_path(output: Path) -> Path:
    """Beside what the rows wait until the q-values are known; a file of this very name is never there."""
    return output.with_suffix(".rows.parquet")


def prepare_outputs(output: Path, source: Path, run: Path | None = None) -> None:
    """Check where the assignments shall go, and remove what killed processes have left of earlier ones there.

    Such left-overs hold rows of patients; they go before anything is read, so also where the new table or the run turns
    out to be bad. What a living process writes is left alone: two that write one output would leave the assignments of
    one and the faults of the other.

    Args:
        output: The table to write; ends in .csv or .parquet.
        source: The table to read.
        run: The folder of the run by which patients are assigned.

    Raises:
        ConfigurationError: The output cannot be written (:func:`retina_vae.outputs.require_output`), lies in the folder
            of that or another run, or is being written by another process.
        InputError: The output is the table that is read.
    """
    require_another_file(source, output)
    require_outside(run, output)
    require_output(output, (".csv", ".parquet"))
    written = (output, refused_path(output), rows_path(output))
    busy = [path for path in written if is_being_written(path)]
    if busy:
        raise ConfigurationError(
            f"--output: expected a file that nobody else writes, got {output}, and another process is writing it. Wait "
            "for it, or name another output."
        )


def require_another_file(source: Path, output: Path) -> None:
    """Check that neither the output nor the table of faults beside it is the table that is read.

    Raises:
        InputError: One is, by whatever name or link.
    """
    if any(_same(source, written) for written in (output, refused_path(output))):
        raise InputError(f"{output}: expected another file than the one that is read. Name another output.")


def require_outside(run: Path | None, output: Path) -> None:
    """Check that nothing is written into the folder of a run: of ``run``, or of one that its files give away.

    All of it is refused, not only the names that the workflow makes today: the folder is deleted, packed and handed on
    as one thing that its configuration makes again, which rows of other patients are no part of.

    Raises:
        ConfigurationError: The output lies there, by whatever link.
    """
    # Where the output is a link, its name is replaced and not what it leads to; neither may be a part of a run.
    for place in (_real(output), _real(output.parent) / output.name):
        for folder in (place, *place.parents):
            if _is_run(folder) or (run is not None and folder == _real(run)):
                raise ConfigurationError(
                    f"--output: expected a file outside the folder of a run, got {output} in the run {folder}. The "
                    "workflow may overwrite or delete what is there. Name a file elsewhere."
                )


def _real(path: Path) -> Path:
    """Where a path leads, also where links lead in a circle, which :meth:`pathlib.Path.resolve` refuses."""
    return Path(os.path.realpath(path))


def _is_run(folder: Path) -> bool:
    return (folder / "config.yaml").is_file() and (folder / "cohort" / "schema.yaml").is_file()


def _same(first: Path, second: Path) -> bool:
    if _real(first) == _real(second):
        return True
    return first.exists() and second.exists() and first.samefile(second)
