"""Where the assignments may be written, and what an ended process has left there."""

from __future__ import annotations

from pathlib import Path

from retina_vae.atomic import remove_abandoned
from retina_vae.errors import ConfigurationError, InputError

__all__ = ["prepare_outputs", "refused_path", "require_another_file", "require_outside"]


def refused_path(output: Path) -> Path:
    """Where the faults go: ``assigned.refused.csv`` beside ``assigned.csv``."""
    return output.with_suffix(".refused.csv")


def prepare_outputs(output: Path, source: Path, run: Path | None = None) -> None:
    """Check where the assignments shall go, and remove what killed processes have left of earlier ones there.

    Such left-overs hold rows of patients; they go before anything is read, so also where the new table or the run turns
    out to be bad. What a living process writes is left alone.

    Args:
        output: The table to write; ends in .csv or .parquet.
        source: The table to read.
        run: The folder of the run by which patients are assigned.

    Raises:
        ConfigurationError: The output ends in something else, or lies in the folder of that or another run.
        InputError: The output is the table that is read.
    """
    if output.suffix not in (".csv", ".parquet"):
        raise ConfigurationError(f"--output: expected a file that ends in .csv or .parquet, got {output}.")
    require_another_file(source, output)
    require_outside(run, output)
    for written in (output, refused_path(output)):
        remove_abandoned(written)


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
    for place in (output.resolve(), output.parent.resolve() / output.name):
        for folder in (place, *place.parents):
            if _is_run(folder) or (run is not None and folder == run.resolve()):
                raise ConfigurationError(
                    f"--output: expected a file outside the folder of a run, got {output} in the run {folder}. The "
                    "workflow may overwrite or delete what is there. Name a file elsewhere."
                )


def _is_run(folder: Path) -> bool:
    return (folder / "config.yaml").is_file() and (folder / "cohort" / "schema.yaml").is_file()


def _same(first: Path, second: Path) -> bool:
    if first.resolve() == second.resolve():
        return True
    return first.exists() and second.exists() and first.samefile(second)
