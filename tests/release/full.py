"""Tables of patients as the gate releases them, from the patients themselves."""

from __future__ import annotations

import pandas as pd

from retina_vae.clusters.description import counts, sentences
from retina_vae.clusters.description import table1 as full_table1
from retina_vae.cohort import CohortSchema, Epidemiology
from retina_vae.cohort.summary import summarize as full_summary
from retina_vae.release.context import Context
from retina_vae.release.counts import release_counts, release_table1
from retina_vae.release.sentences import release_descriptions
from retina_vae.release.summary import release_summary


def context_of(patients: pd.DataFrame, clusters: pd.Series, schema: CohortSchema, floor: int) -> Context:
    """What the rules of a run with these clusters share."""
    clusters = clusters.reset_index(drop=True)
    return Context(floor, schema, patients, clusters, counts.count_table(patients, clusters, schema))


def count_table(patients: pd.DataFrame, clusters: pd.Series, schema: CohortSchema, *, floor: int = 0) -> pd.DataFrame:
    """``clusters/counts.csv``."""
    context = context_of(patients, clusters, schema, floor)
    return release_counts(context.counts, context)


def withheld_counts(table: pd.DataFrame) -> pd.DataFrame:
    """The counts that are missing."""
    return table.loc[table["patients"].isna(), ["cluster", "column", "category"]].reset_index(drop=True)


def table1(patients: pd.DataFrame, clusters: pd.Series, schema: CohortSchema, *, floor: int = 0) -> pd.DataFrame:
    """``clusters/table1.csv``."""
    return release_table1(full_table1.table1(patients, clusters, schema), context_of(patients, clusters, schema, floor))


def cluster_sentences(
    patients: pd.DataFrame, clusters: pd.Series, schema: CohortSchema, *, floor: int = 0
) -> pd.DataFrame:
    """``clusters/descriptions.csv``."""
    context = context_of(patients, clusters, schema, floor)
    facts = sentences.cluster_facts(context.counts, context.sizes, schema)
    decimals = sentences.number_decimals(patients, schema)
    full = sentences.cluster_sentences(facts, full_table1.table1(patients, clusters, schema), schema, decimals)
    return release_descriptions(full, context)


def summarize(
    patients: pd.DataFrame, schema: CohortSchema, epidemiology: Epidemiology | None = None, floor: int = 0
) -> pd.DataFrame:
    """``cohort/summary.csv``."""
    context = context_of(patients, pd.Series(1, index=patients.index), schema, floor)
    return release_summary(full_summary(patients, schema, epidemiology), context)
