"""The items on the patients and their columns."""

from __future__ import annotations

from collections import Counter

from retina_vae.clusters.description.columns import in_sentence
from retina_vae.cohort import Column
from retina_vae.report.checklist.answer import Answer, answered, author, in_part
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import amount, percent
from retina_vae.words import amount_of, enumerated

__all__ = [
    "distributions",
    "flow_of_patients",
    "handling_of_gaps",
    "mechanism_of_gaps",
    "missing_values",
    "source_and_setting",
    "transformations",
    "variables",
]

_ROLES = {"outcome": "outcome", "held_out": "held-out column", "site": "site"}
_SCALINGS = {
    "raw": "Categories as codes, numbers as they are",
    "numbers_by_maximum": "Categories as codes, numbers divided by their maximum",
    "unit_interval": "Every column divided by its maximum",
    "standardized": "Every column as a z-score",
    "by_kind": "Categories one feature each, grades a thermometer, levels as shares of their maximum, other numbers as "
    "z-scores on the scale of their kind",
}


def source_and_setting(tables: RunTables) -> Answer:
    """Where the patients come from."""
    said = f"{tables.account.patients:,} patients, {tables.origin.words}."
    if tables.origin.simulated:
        return answered(f"{said} They are no people, and have no setting.", "#run")
    if not tables.origin.real:
        return in_part(f"{said} State how they were made.", "#run")
    return in_part(f"{said} State design, setting, places, dates and approvals.", "#run")


def flow_of_patients(tables: RunTables) -> Answer:
    """Who was eligible, and who was left out."""
    account, refused = tables.account, tables.account.refused
    gone = (
        "no row was refused" if refused == 0 else f"rows refused because they do not fit the schema: {amount(refused)}"
    )
    said = f"{account.patients:,} patients were clustered; {gone}, and nobody was left out for a missing value."
    if tables.origin.real:
        return in_part(f"{said} State who was eligible and how they were selected into the table.", "#run")
    return answered(said, "#run")


def variables(tables: RunTables) -> Answer:
    """Kinds, units and roles of the columns."""
    inputs, unread = tables.schema.inputs, tables.schema.tested
    kinds = Counter(column.kind.replace("_", "-") for column in inputs)
    said = f"{len(inputs)} inputs ({enumerated([f'{count} {kind}' for kind, count in kinds.items()])})"
    roles = Counter(_ROLES[column.role] for column in unread)
    others = enumerated([amount_of(count, role) for role, count in roles.items()])
    said += f"; not read: {others}." if unread else "."
    bare = [in_sentence(column) for column in (*inputs, *unread) if _has_unit(column) and not column.unit]
    asked = ["how each was measured"] if tables.origin.real else []
    asked += [f"the unit of {enumerated(bare)}"] if bare else []
    where = ("#cohort", "release/cohort/schema.yaml")
    if asked:
        return in_part(f"{said} State {enumerated(asked)}.", *where)
    return answered(said, *where)


def _has_unit(column: Column) -> bool:
    """Whether a unit is to be stated: of numbers that count nothing, which the name says else."""
    return column.numeric and column.kind not in ("count", "level")


def distributions(tables: RunTables) -> Answer:
    """How the observed values are distributed."""
    groups = "in each category of the outcome" if tables.cohort.groups.several else "in all patients"
    said = (
        f"Every column is pictured and summed up {groups}, with the standard error of every statistic: "
        f"{len(tables.summary):,} statistics."
    )
    return answered(said, "#cohort", "release/cohort/summary.csv")


def missing_values(tables: RunTables) -> Answer:
    """How many values are missing, by column."""
    missing = tables.cohort.columns["missing"]
    some = missing[missing != 0]
    where = ("#cohort", "release/columns.csv")
    if some.empty:
        return answered(f"No value of any of the {len(missing)} columns is missing.", *where)
    said = f"Values are missing in {len(some)} of {len(missing)} columns"
    known = some.dropna()
    if len(known):
        most = str(known.idxmax())
        share = percent(float(known.max()) / tables.account.patients)
        said += f", most in {in_sentence(tables.schema[most])} ({known.max():,.0f}, {share})"
    if len(known) < len(some):
        return answered(f"{said}; numbers below {tables.gate.fewest} are not shown.", *where)
    return answered(f"{said}.", *where)


def mechanism_of_gaps(tables: RunTables) -> Answer:
    """Why values are missing."""
    if _gaps(tables) == 0:
        return answered("No input has a missing value, so no mechanism is assumed.", "#run")
    return author(
        "The model counts the observed values alone, as if values were missing at random given the observed ones. "
        "State why values are missing, and whether that can be so.",
        "#run",
    )


def handling_of_gaps(tables: RunTables) -> Answer:
    """What was done about missing values."""
    gaps = _gaps(tables)
    if gaps == 0:
        return answered("Nothing had to be done: no input has a missing value.", "#run")
    return answered(
        f"No patient was left out and nothing imputed: in the {gaps} inputs with gaps the likelihood counts the "
        "observed values, the encoder is told which are missing, and tests leave them out.",
        "#run",
    )


def _gaps(tables: RunTables) -> int:
    """Inputs with a missing value; a number that is not shown is one."""
    inputs = [column.name for column in tables.schema.inputs]
    return int((tables.cohort.columns["missing"].reindex(inputs) != 0).sum())


def transformations(tables: RunTables) -> Answer:
    """What the network reads of the columns."""
    said = f"{_SCALINGS[tables.configuration.vae.input_scaling]}."
    if tables.origin.real:
        return in_part(f"{said} State what was done to the values before they came into the table.", "#settings")
    return answered(said, "#settings")
