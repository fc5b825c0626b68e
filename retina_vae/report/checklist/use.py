"""The items on columns that the model did not read, on other data, and on what is left to say."""

from __future__ import annotations

from retina_vae.clusters.description.columns import in_sentence
from retina_vae.cohort import Column
from retina_vae.report.checklist.answer import Answer, answered, author, in_part
from retina_vae.report.manuscript.software import software_versions
from retina_vae.report.tables import RunTables
from retina_vae.words import amount_of, enumerated

__all__ = [
    "code_and_data",
    "inputs_and_others",
    "limits",
    "outcome_association",
    "sensitivity",
    "site_effects",
    "validation",
]

_SIGNIFICANT = 0.05


def inputs_and_others(tables: RunTables) -> Answer:
    """Which columns made the clusters, and which did not."""
    inputs, unread = tables.schema.inputs, tables.schema.tested
    read = f"The model read {amount_of(len(inputs), 'input')}"
    if not unread:
        return answered(f"{read}, which are all columns of the table.", "#cohort")
    others = _names(unread)
    if tables.configuration.vae.objective == "supervised" and tables.schema.outcome is not None:
        return in_part(
            f"{read}, and its training learned to predict {in_sentence(tables.schema.outcome)}: that outcome is not "
            "apart from the clusters. State so wherever the clusters are held against it.",
            "#cohort",
        )
    return answered(f"{read} and none of {others}.", "#cohort")


def _names(columns: tuple[Column, ...], most: int = 6) -> str:
    names = [in_sentence(column) for column in columns[:most]]
    rest = len(columns) - len(names)
    return enumerated([*names, *([f"{rest} more"] if rest else [])])


def outcome_association(tables: RunTables) -> Answer:
    """How the clusters go with the outcomes."""
    outcomes = tables.schema.outcomes
    if not outcomes:
        return author(
            "No column has the role of an outcome. State one, and its test, where clusters are said to differ in it."
        )
    return _tested(tables, outcomes, "An interval of the differences is not given.")


def site_effects(tables: RunTables) -> Answer:
    """Whether the clusters are sites."""
    sites = tables.schema.with_role("site")
    if not sites and tables.origin.simulated:
        return answered("Simulated patients come from no site.")
    if not sites:
        return author("No column has the role of a site. State whether the patients come from more than one.")
    return _tested(tables, sites, "Nothing was corrected for them: state whether that is needed.")


def _tested(tables: RunTables, columns: tuple[Column, ...], left: str) -> Answer:
    """In how many clusters each column differs from all other patients."""
    where = ("#structure", "release/clusters/differences.csv")
    if tables.undivided:
        return answered(f"One cluster holds all patients: no two can differ in {_names(columns)}.", *where)
    found = tables.meaning.differences
    said = []
    for column in columns:
        own = found[(found["column"] == column.name) & found["q_value"].notna() & ~found["descriptive"].astype(bool)]
        if own.empty:
            said.append(f"in {in_sentence(column)} no test was made or is shown")
        else:
            count = int((own["q_value"] < _SIGNIFICANT).sum())
            said.append(f"in {in_sentence(column)} {count} of {len(own)} differ")
    test = f"Clusters against all other patients, by a test with q below {_SIGNIFICANT:g}"
    return in_part(f"{test}: {enumerated(said)}. {left}", *where)


def validation(tables: RunTables) -> Answer:
    """Whether another cohort has the same clusters."""
    return author(
        "The run has one cohort. State whether the clusters were found in another; retina-vae assign puts its patients "
        "into these, and retina-vae compare holds two runs side by side."
    )


def sensitivity(tables: RunTables) -> Answer:
    """What other choices give."""
    others = tables.stability.variants
    others = others[others["kind"] != "replica"]
    where = ("#agreement", "release/clusters/variants.csv")
    if tables.undivided or others["ari"].isna().all():
        return author("No other clustering was compared with this one. State what other choices give.", *where)
    ari = others["ari"]
    several = len(ari) > 1
    agree = "other clusterings agree" if several else "other clustering agrees"
    what = f"{len(ari)} {agree} with the reported one at an adjusted Rand index"
    extent = f"of {ari.min():.2f} to {ari.max():.2f}" if several else f"of {ari.min():.2f}"
    kinds = {
        "latent_dimension": "other latent dimensions",
        "points": "draws for means" if tables.configuration.clusters.on == "means" else "means for draws",
        "consensus": "the consensus of the replicas",
    }
    made = enumerated([kinds.get(str(kind), str(kind)) for kind in others["kind"].unique()])
    return in_part(
        f"{what} {extent} ({made}). Clusters of other settings of the model and of other columns are not compared: "
        "state why these were chosen.",
        *where,
    )


def code_and_data(tables: RunTables) -> Answer:
    """What is needed to do it again."""
    version = software_versions().get("retina_vae", "")
    said = f"retina_vae {version} with this configuration, in which every setting and seed stands".replace("  ", " ")
    if tables.origin.simulated:
        said += ", simulates and clusters the same patients again."
        return in_part(f"{said} State where both can be had.", "config.yaml", "#cite")
    said += ", clusters the same patients again."
    return in_part(f"{said} State where both, and the patients or a part of them, can be had.", "config.yaml", "#cite")


def limits(tables: RunTables) -> Answer:
    """What not to conclude."""
    said = "What follows from the method stands among the limits."
    if tables.origin.real:
        said += " State those of the patients: how they were selected and measured, and what the data were made for."
        return in_part(said, "#limits")
    return in_part(f"{said} State what the patients stand for.", "#limits")
