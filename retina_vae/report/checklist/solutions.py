"""The items on the number of clusters and on what the clusters are."""

from __future__ import annotations

import math

from retina_vae.report.answer import HEADLINES, answer_in_words, found_number, reached_answer
from retina_vae.report.checklist.answer import Answer, answered, in_part
from retina_vae.report.stability import which_hold
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import clusters_in_words, number
from retina_vae.words import enumerated, noun_after

__all__ = [
    "description",
    "entropy",
    "null_test",
    "plots",
    "range_of_numbers",
    "relative_entropy",
    "selection_criteria",
    "sizes_of_solutions",
    "stability",
]


def range_of_numbers(tables: RunTables) -> Answer:
    """Which numbers of clusters were tried."""
    tried = tables.number.criteria["k"]
    replicas = tables.number.criteria["replica"].nunique()
    classes = int(tables.number.candidates["groups"].max())
    return answered(
        f"{int(tried.min())} to {int(tried.max())} clusters of the codes of each of {replicas} "
        f"{noun_after(replicas, 'replica')}; of the inputs one bell with their margins and correlations, and up to "
        f"{classes} groups.",
        "#number",
        "#groups",
        "release/clusters/criteria.csv",
    )


def selection_criteria(tables: RunTables) -> Answer:
    """How the number of clusters was chosen."""
    k, found, answer = tables.configuration.clusters.number, found_number(tables), reached_answer(tables)
    supported = 1 if answer == "nothing" else found
    labels = enumerated([str(label) for label in tables.number.choices["label"]])
    speaks = "a continuum, of which no number is the right one" if answer == "continuum" else str(supported)
    said = f"Held-out log-density of the inputs, which speaks for {speaks}; on the codes {labels}."
    where = ("#groups", "#number", "release/clusters/choices.csv")
    if answer == "continuum":
        return in_part(f"{said} The {clusters_in_words(k)} of this run are grades of it: state why so many.", *where)
    if k != supported:
        return in_part(f"{said} The {clusters_in_words(k)} of this run were asked for: state why.", *where)
    return answered(f"{said} This run made {clusters_in_words(k)}.", *where)


def sizes_of_solutions(tables: RunTables) -> Answer:
    """How many patients every cluster of every number of clusters has."""
    tree = tables.number.tree
    least, most = int(tree["k"].min()), int(tree["k"].max())
    said = f"The size of every cluster of the codes of every replica, from {least} to {most} clusters."
    where = ("#number", "release/clusters/tree.csv")
    if tree["size"].isna().any():
        return in_part(f"{said} Sizes of few patients, and others from which they would follow, are not shown.", *where)
    return answered(said, *where)


def entropy(tables: RunTables) -> Answer:
    """How sure the assignment is, by number of clusters."""
    where, k = ("#doubt", "release/clusters/doubt.csv"), tables.configuration.clusters.number
    if tables.undivided:
        return answered("One cluster holds all patients: its entropy is 0.", *where)
    left = "The entropy of other numbers of clusters is not computed."
    mean = _mean_entropy(tables)
    if math.isnan(mean):
        return in_part(f"The mean entropy of each cluster whose size is shown. {left}", *where)
    return in_part(
        f"At {k} clusters the mean entropy of a patient is {number(mean, 2)} nats, a relative entropy (1 less its "
        f"share of log {k}) of {number(relative_entropy(mean, k), 2)}. {left}",
        *where,
    )


def _mean_entropy(tables: RunTables) -> float:
    """In nats; NaN where the size of a cluster is not shown."""
    rows = tables.doubt.clusters.set_index("cluster")["mean_entropy"]
    sizes = tables.sizes.reindex(rows.index).astype(float)
    return float((rows * sizes).sum(skipna=False) / sizes.sum(skipna=False))


def relative_entropy(mean: float, k: int) -> float:
    """1 where every patient is sure of a cluster, 0 where all clusters are equally likely.

    Args:
        mean: Entropy of a patient's probabilities in nats, on average.
        k: Number of clusters, at least 2.
    """
    return 1 - mean / math.log(k)


def stability(tables: RunTables) -> Answer:
    """Whether the clusters are found again."""
    where = ("#agreement", "release/clusters/retrained.csv", "release/clusters/stability.csv")
    if tables.undivided:
        return answered("One cluster holds all patients, and is found again whatever is done.", *where)
    if tables.stability.trained_on and len(tables.replicas) > 1:
        return answered(which_hold(tables), *where)
    return in_part(which_hold(tables), *where)


def null_test(tables: RunTables) -> Answer:
    """Whether there is anything to divide."""
    said = f"{HEADLINES[reached_answer(tables)]}. {answer_in_words(tables)}"
    return answered(said, "#groups", "release/clusters/latent_structure_comparisons.csv")


def description(tables: RunTables) -> Answer:
    """The clusters in numbers."""
    where = (
        "#clusters",
        "#table1",
        "release/clusters/table1.csv",
        "release/clusters/profiles.csv",
        "report/tables.docx",
    )
    columns = tables.meaning.profiles["column"].nunique()
    if tables.undivided:
        return in_part(
            f"Shares, means and quantiles of {columns} columns; there are no other patients to compare with. "
            "Confidence intervals of these are not given.",
            *where,
        )
    return in_part(
        f"Numbers, shares, means, quantiles and standardised differences of {columns} columns in each of "
        f"{len(tables.sizes)} clusters, with tests and effect sizes. Confidence intervals of these are not given.",
        *where,
    )


def plots(tables: RunTables) -> Answer:
    """Pictures of the reported clusters and of other numbers of clusters."""
    largest = int(tables.number.tree["k"].max())
    return in_part(
        f"The reported clusters are drawn together and one by one; of the others, from 1 to {largest} clusters, the "
        "tree shows which split, and not what each holds.",
        "#space",
        "#clusters",
        "#number",
    )
