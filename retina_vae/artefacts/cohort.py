"""What the cohort stage writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retina_vae.artefacts.base import AS_IT_IS, NEVER, Artefact

if TYPE_CHECKING:
    from retina_vae.config import Configuration


__all__ = ["COHORT"]


def _from_table(configuration: Configuration) -> bool:
    return configuration.source.has_table_schema


COHORT = (
    Artefact(
        "cohort/patients.parquet",
        "cohort",
        "patient",
        (
            "<identifier>",
            "<column>: of the schema in its order; categories as text, empty where not observed",
            "<column> (remark): of a column with remarks, behind it: `below`, `above` (the limit that it holds) or "
            "`not applicable`",
        ),
        NEVER,
    ),
    Artefact("cohort/schema.yaml", "cohort", "", ("Kinds, categories (position = code), labels and units.",), AS_IT_IS),
    Artefact(
        "cohort/table_schema.yaml",
        "cohort",
        "",
        ("The Table Schema by which the cells of an analyst's table were read; new patients are read by it.",),
        NEVER,
        when=_from_table,
    ),
    Artefact(
        "cohort/summary.csv",
        "cohort",
        "group, column, statistic",
        (
            "group: category of the outcome, `all` without one, empty where it is missing",
            "column",
            "statistic: by the column's kind",
            "n: observed",
            "missing",
            "observed: value of the statistic",
            "standard_error",
            "target: what it should be; this and the next three of simulated cohorts and those compared with one",
            "target_standard_error",
            "z",
            "source",
        ),
        "summary",
    ),
    Artefact(
        "cohort/outliers.csv",
        "cohort",
        "column of numbers",
        (
            "column",
            "unit",
            "values: that are judged; of zero_inflated and count those above 0",
            "low: fence, 5 robust standard deviations from the median, to two digits; empty where nothing can be said",
            "high",
            "below: values beyond the fence",
            "above",
            "below_times: how far the furthest lies outside, at least, in steps of 1, 2, 10, 100, 1000",
            "above_times",
            "mixed_share: of the values that seem to be in another unit",
            "mixed_times: the ratio of the units",
            "mixed_side: where these values lie, lower or higher",
        ),
        "outliers",
    ),
    Artefact(
        "cohort/refused.csv",
        "cohort",
        "fault",
        ("row: from 1, without the header", "column: empty where the whole row is meant", "expected", "found"),
        NEVER,
        optional=True,
    ),
)
