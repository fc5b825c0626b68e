"""Beside the simpler methods: what they find in the same patients, and whether they would do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from retina_vae.clusters.description.columns import in_sentence
from retina_vae.report.sections import Table
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import number
from retina_vae.words import enumerated

__all__ = ["advice", "density_is_compared", "preferred", "rival_sentences", "rival_table", "uncompared_density"]

_THE_SAME = 0.8
"""Adjusted Rand index from which two partitions are said to be nearly the same."""

_CLEARLY_BETTER = 0.1
"""Mean Jaccard similarity by which groups must be found again better than the clusters to be named for it."""

_CERTAIN = 1.96
"""Standard errors from which a difference is said to be one."""

Row = Mapping[str, Any]


def rival_table(tables: RunTables) -> Table:
    """One row per method, the run's own first; a method that is not installed has none."""
    rows = _measured(tables)
    heads = ["Method", "Groups", "ARI with the clusters", "AMI with the clusters", "Found again (0 to 1)"]
    heads += ["Log-density of unseen patients (nats per patient)"] if _known(rows, "log_density") else []
    heads += ["Difference to the model (nats per patient)"] if _known(rows, "difference_to_run") else []
    cells = [_of_run(tables, rows), *(_of_method(row) for row in rows)] if rows else []
    return Table([], heads, [row[: len(heads)] for row in cells])


def _of_run(tables: RunTables, rows: list[Row]) -> list[str]:
    """The run's own: what its model says of the unseen is what a method says less the difference."""
    known = next((row for row in rows if not math.isnan(row["difference_to_run"])), None)
    density = "–" if known is None else _two(known["log_density"] - known["difference_to_run"])
    found_again = _two(rows[0]["stability_of_run"])
    return ["The clusters of this run", str(len(tables.sizes)), "–", "–", found_again, density, "–"]


def _of_method(row: Row) -> list[str]:
    return [
        str(row["words"]),
        f"{int(row['k'])}",
        *(_two(row[name]) for name in ("ari", "ami", "stability")),
        _with_error(row["log_density"], row["log_density_error"]),
        _with_error(row["difference_to_run"], row["difference_error"], sign=True),
    ]


def density_is_compared(tables: RunTables) -> bool:
    """Whether it is known how the run's model describes unseen patients."""
    return _known(_measured(tables), "difference_to_run")


def uncompared_density(tables: RunTables) -> str:
    """Why no method says how it describes unseen patients, where limits of detection are why; else empty."""
    rows = _measured(tables)
    limited = [in_sentence(column) for column in tables.schema.inputs if column.censored]
    if not rows or not limited or _known(rows, "log_density"):
        return ""
    return (
        "How well unseen patients are described is not compared, because of limits of detection "
        f"({enumerated(limited)}): the model counts everything beyond a limit, and these methods take the limit for a "
        "number."
    )


def rival_sentences(tables: RunTables) -> list[str]:
    """What the table comes to, a sentence for each method, and what is not there."""
    sentences = [_sentence(row) for row in _measured(tables)]
    return [*sentences, *(f"{row['words']}: {row['note']}." for row in _rows(tables) if row["note"])]


def preferred(tables: RunTables) -> list[str]:
    """Methods that are as good as the model, and what speaks for them; for the first lines of the page."""
    return [_sentence(row) for row in _measured(tables) if _as_good(row)]


def advice(tables: RunTables) -> str:
    """What to do where no method is to be preferred; empty where one is, none was measured or nothing is divided."""
    rows = _measured(tables)
    if not rows or tables.undivided or any(_as_good(row) for row in rows):
        return ""
    compared = [row for row in rows if not math.isnan(row["difference_to_run"])]
    if not compared:
        return _by_groups_alone(rows)
    rest = [row for row in compared if row["difference_to_run"] >= -_CERTAIN * row["difference_error"]]
    named = enumerated([_in_sentence(row) for row in rest])
    if not rest:
        return (
            "None of these methods is to be preferred: the model describes unseen patients better than each whose "
            "density is known. Keep to the clusters, within what the first lines of the page say of them."
            + _found_again_better(rows)
        )
    if all(_same_groups(row) for row in rest):
        return (
            f"None of these methods is to be preferred, but {named} give nearly the same groups, so little hangs on "
            "the choice: either may be reported."
        )
    return (
        f"None of these methods is to be preferred, nor is the model to {named}: how unseen patients are described "
        "does not decide between them. Report that the groups depend on the method, or use the grouping that is found "
        "again best."
    )


def _found_again_better(rows: list[Row]) -> str:
    """What to report as well, where groups of simpler methods come back clearly better than the clusters."""
    better = [row for row in rows if row["stability"] >= row["stability_of_run"] + _CLEARLY_BETTER]
    if not better:
        return ""
    named = enumerated([f"{_in_sentence(row)} ({_two(row['stability'])})" for row in better])
    return (
        f" But the groups of {named} are found again better than the clusters ({_two(better[0]['stability_of_run'])}): "
        "where another cohort is to give the same groups, report those beside them."
    )


def _by_groups_alone(rows: list[Row]) -> str:
    """What to do where no density can be compared, so that the groups are all there is to go by."""
    if all(_same_groups(row) for row in rows):
        return (
            "None of these methods is to be preferred: their groups are nearly the clusters, and found again less well."
        )
    return (
        "None of these methods is to be preferred, but how well they describe unseen patients is not known. Where they "
        "give other groups, report that the groups depend on the method, or use the grouping that is found again best."
    )


def _in_sentence(row: Row) -> str:
    words = str(row["words"])
    return words[0].lower() + words[1:]


def _sentence(row: Row) -> str:
    """What is said of a method that was measured."""
    described, groups = _described(row), _groups(row)
    if described and groups:
        joined = "and" if _same_groups(row) == _fits(row) else "but"
        text = f"{row['words']} {described}, {joined} {groups}"
    else:
        alone = "make one group of all patients" if row["k"] == 1 else "have no clusters to be compared with"
        text = f"{row['words']} {described or groups or alone}"
    return f"{text}: prefer them, they are simpler." if _as_good(row) else f"{text}."


def _described(row: Row) -> str:
    """How well it describes unseen patients; empty where that is not known."""
    gap, error = row["difference_to_run"], row["difference_error"]
    if math.isnan(gap):
        return ""
    shown = f"difference {_with_error(gap, error, sign=True)} nats per patient"
    if gap > _CERTAIN * error:
        return f"describe unseen patients better than the model ({shown})"
    if _fits(row):
        return f"describe unseen patients as well as the model ({shown})"
    certain = "describe" if gap < -_CERTAIN * error else "probably describe"
    return f"{certain} unseen patients worse than the model ({shown})"


def _groups(row: Row) -> str:
    """How its groups are beside the clusters; empty where either has one group."""
    if math.isnan(row["ari"]):
        return ""
    ari = f"adjusted Rand index {_two(row['ari'])}"
    same = f"give nearly the same groups ({ari})" if _same_groups(row) else f"give other groups ({ari})"
    if math.isnan(row["stability"]) or math.isnan(row["stability_of_run"]):
        return same
    return f"{same}, found again at {_two(row['stability'])} where the clusters are at {_two(row['stability_of_run'])}"


def _as_good(row: Row) -> bool:
    """Whether it may stand in the place of the model.

    Where it is known how both describe unseen patients, it does so as well and gives nearly the same groups, or it does
    so better and its groups are found again at least as well. Where that is not known, it gives nearly the same groups,
    which are found again at least as well.
    """
    gap = row["difference_to_run"]
    found_again = row["stability"] >= row["stability_of_run"]
    if math.isnan(gap):
        return bool(_same_groups(row) and found_again)
    better = gap > _CERTAIN * row["difference_error"] and found_again
    return bool((_fits(row) and _same_groups(row)) or better)


def _fits(row: Row) -> bool:
    """Whether it describes unseen patients as well as the model, within one standard error."""
    return bool(row["difference_to_run"] >= -row["difference_error"])


def _same_groups(row: Row) -> bool:
    return bool(row["ari"] >= _THE_SAME)


def _rows(tables: RunTables) -> list[Row]:
    if tables.rivals is None:
        return []
    note = tables.rivals["note"].astype(object)
    table = tables.rivals.assign(note=note.where(note.notna(), ""))
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _measured(tables: RunTables) -> list[Row]:
    return [row for row in _rows(tables) if not pd.isna(row["k"])]


def _known(rows: list[Row], name: str) -> bool:
    return any(not math.isnan(row[name]) for row in rows)


def _two(value: float) -> str:
    return number(value, 2)


def _with_error(value: float, error: float, sign: bool = False) -> str:
    if math.isnan(value):
        return "–"
    text = _two(value)
    return f"{'+' if sign and value > 0 else ''}{text} ± {_two(error)}"
