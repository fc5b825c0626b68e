"""Tables of stability, doubt and meaning of a small run."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.clusters.description.counts import count_table
from retina_vae.clusters.description.missingness import missing_patterns, missingness_table
from retina_vae.clusters.hennig import verdict
from retina_vae.cohort import CohortSchema, Column
from retina_vae.config import Configuration
from retina_vae.files import write_table, write_text
from retina_vae.pictures import dense_models
from retina_vae.report import RunTables
from retina_vae.studies.macular.schema import MACULAR

_QUANTILES = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}


def write_trust(
    folder: Path,
    configuration: Configuration,
    patients: pd.DataFrame,
    assignments: pd.DataFrame,
    probability: NDArray[np.float64],
    schema: CohortSchema = MACULAR,
) -> None:
    """Write what the commands ``stability``, ``doubt`` and ``describe`` write, and the counts of the clusters."""
    clusters = assignments["cluster"].to_numpy()
    place = folder / "clusters"
    _write_stability(place, np.unique(clusters))
    _write_doubt(place, clusters, probability, configuration)
    write_text(json.dumps(explorer_of(len(patients))) + "\n", folder / "assign" / "explorer.json")

    write_table(count_table(patients, assignments["cluster"], schema), place / "counts.csv")
    write_table(profiles_of(patients, clusters, schema, decoded=_is_typed(configuration)), place / "profiles.csv")
    write_table(_differences(patients, clusters, schema), place / "differences.csv")
    write_table(_rules(np.unique(clusters), schema), place / "rules.csv")
    write_table(_structure(schema), place / "structure.csv")
    write_table(_separation(patients, clusters, schema), place / "separation.csv")
    if configuration.clustered_model in dense_models(configuration):
        write_table(contributions_of(clusters, schema), place / "contributions.csv")
    write_table(missing_patterns(patients, schema), place / "missing_patterns.csv")
    write_table(missingness_table(patients, clusters, schema, 1000, 1), place / "missingness.csv")


def contributions_of(clusters: NDArray[np.int64], schema: CohortSchema) -> pd.DataFrame:
    """``clusters/contributions.csv``: the sizes say -0.5, the first column +2, and each further one 0.6 less."""
    numbers, rows = np.unique(clusters), []
    for number in numbers if len(numbers) > 1 else []:
        against = int(numbers[1] if number == numbers[0] else numbers[0])
        about = {"cluster": int(number), "against": against}
        said = {"": -0.5} | {column.name: 2.0 - 0.6 * place for place, column in enumerate(schema.inputs)}
        more = {"standard_error": 0.1, "patients": min(int((clusters == number).sum()), 100)}
        rows += [about | {"column": name, "contribution": value} | more for name, value in said.items()]
    return pd.DataFrame(rows, columns=["cluster", "against", "column", "contribution", "standard_error", "patients"])


def explorer_of(patients: int) -> dict[str, Any]:
    """``assign/explorer.json`` without a model: scores of the patients alone."""
    scores = np.linspace(-3, 0, patients)
    packed = {"dtype": "<f8", "shape": [patients], "base64": base64.b64encode(scores.tobytes()).decode()}
    return {"columns": [], "typicality": {"has_density": True, "unlike_below": 0.1, "reference": packed}}


def _is_typed(configuration: Configuration) -> bool:
    return configuration.vae.likelihood == "typed"


def profiles_of(
    patients: pd.DataFrame, clusters: NDArray[np.int64], schema: CohortSchema, *, decoded: bool = False
) -> pd.DataFrame:
    """``clusters/profiles.csv``; the medoid is the cluster's first patient, and the decoder says what is inside."""
    rows: list[dict[str, Any]] = []
    for number in np.unique(clusters):
        inside, outside = patients[clusters == number], patients[clusters != number]
        for column in (*schema.inputs, *schema.tested):
            own, others = inside[column.name].dropna(), outside[column.name].dropna()
            make = _number_rows if column.numeric else _share_rows
            about = {"cluster": number, "column": column.name, "observed": len(own), "observed_outside": len(others)}
            for row in make(own, others, column, inside[column.name].iloc[0]):
                row["decoded"] = row["inside"] if decoded and row["statistic"] in ("share", "mean") else np.nan
                rows.append(about | row)
            if column.kind == "zero_inflated":
                shares = {"inside": float((own > 0).mean()), "outside": float((others > 0).mean())}
                named = {"category": "above 0", "statistic": "share", "standardized_difference": 0.25}
                rows.append(about | named | shares | {"medoid": np.nan, "decoded": np.nan})
    return pd.DataFrame(rows)


def _share_rows(own: pd.Series, others: pd.Series, column: Column, first: Any) -> list[dict[str, Any]]:
    return [
        {
            "category": name,
            "statistic": "share",
            "inside": float((own == name).mean()) if len(own) else np.nan,
            "outside": float((others == name).mean()) if len(others) else np.nan,
            "standardized_difference": 0.5,
            "medoid": np.nan if pd.isna(first) else float(first == name),
        }
        for name in column.categories
    ]


def _number_rows(own: pd.Series, others: pd.Series, column: Column, first: Any) -> list[dict[str, Any]]:
    functions = {"mean": lambda values: values.mean(), "sd": lambda values: values.std()}
    functions |= {name: lambda values, level=level: values.quantile(level) for name, level in _QUANTILES.items()}
    return [
        {
            "category": "",
            "statistic": name,
            "inside": float(function(own)),
            "outside": float(function(others)),
            "standardized_difference": -1.25 if name == "mean" else np.nan,
            "medoid": float(first) if name == "mean" else np.nan,
        }
        for name, function in functions.items()
    ]


def _differences(patients: pd.DataFrame, clusters: NDArray[np.int64], schema: CohortSchema) -> pd.DataFrame:
    rows = []
    for number in np.unique(clusters):
        for column in (*schema.inputs, *schema.tested):
            test = ("Mann-Whitney U", "rank-biserial correlation") if column.numeric else ("chi-squared", "Cramér's V")
            about = {"cluster": number, "column": column.name, "role": column.role, "test": test[0], "statistic": 1.0}
            about |= {"p_value": 1e-9, "q_value": 2e-9, "effect": test[1], "effect_size": 0.4}
            known = int(patients.loc[clusters == number, column.name].notna().sum())
            known_outside = int(patients.loc[clusters != number, column.name].notna().sum())
            said = {"descriptive": column.role == "input", "observed": known, "observed_outside": known_outside}
            rows.append(about | said)
    return pd.DataFrame(rows)


def _rules(numbers: NDArray[np.int64], schema: CohortSchema) -> pd.DataFrame:
    first = next(column for column in schema.inputs if not column.numeric)
    rows = [(number, f"{first.label} {first.categories[0]}", 1, 20, 0.8, 0.7) for number in numbers]
    return pd.DataFrame(rows, columns=["cluster", "rule", "conditions", "patients", "precision", "recall"])


def _structure(schema: CohortSchema) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = [
        ("tree_accuracy", 0.91, 0.88, 0.94, "5-fold cross-validation"),
        ("tree_ari", 0.83, 0.8, 0.86, "5-fold cross-validation"),
        ("tree_leaves", 9, np.nan, np.nan, "of the tree"),
        ("cross_table_ami", 0.72, np.nan, np.nan, "one column × another"),
        ("cross_table_ari", 0.66, np.nan, np.nan, "one column × another"),
        ("cross_table_cells", 6, np.nan, np.nan, "one column × another"),
    ]
    if schema.outcome:
        rows += [
            ("within_auc", 0.95, np.nan, np.nan, "in each cluster"),
            ("within_auc_one_model", 0.94, np.nan, np.nan, "one of all"),
            ("within_auc_gain", 0.01, -0.01, 0.03, "the former less the latter"),
        ]
    return pd.DataFrame(rows, columns=["measure", "value", "low", "high", "detail"])


def _separation(patients: pd.DataFrame, clusters: NDArray[np.int64], schema: CohortSchema) -> pd.DataFrame:
    columns = ["outcome", "cluster", "patients", "classes", "auc", "auc_low", "auc_high", "note"]
    rows = [
        (column.name, number, len(patients) if number == 0 else int((clusters == number).sum()), 2, 0.9, 0.85, 0.95, "")
        for column in schema.outcomes
        if not column.numeric
        for number in (0, *np.unique(clusters))
    ]
    return pd.DataFrame(rows, columns=columns)


def _write_stability(folder: Path, numbers: NDArray[np.int64]) -> None:
    jaccard = np.linspace(0.99, 0.45, len(numbers))
    write_table(_resamples(numbers, jaccard, 100), folder / "bootstrap.csv")
    write_table(_resamples(numbers, jaccard - 0.1, 8), folder / "retrained.csv")
    kinds = {
        "replica 2": "replica",
        "latent dimension 2, replica 1": "latent_dimension",
        "posterior means": "points",
        "consensus of the replicas": "consensus",
    }
    aris = np.linspace(0.5, 0.9, len(kinds))
    write_table(
        pd.DataFrame({"variant": list(kinds), "kind": list(kinds.values()), "ari": aris}), folder / "variants.csv"
    )
    rows = [(name, kind, number, 0.7) for name, kind in kinds.items() for number in numbers]
    write_table(pd.DataFrame(rows, columns=["variant", "kind", "cluster", "jaccard"]), folder / "variant_matches.csv")


def _resamples(numbers: NDArray[np.int64], jaccard: NDArray[np.float64], resamples: int) -> pd.DataFrame:
    table = pd.DataFrame({"cluster": numbers, "resamples": resamples, "jaccard_mean": jaccard})
    table["jaccard_low"], table["recovered"], table["dissolved"] = jaccard - 0.1, jaccard, 1 - jaccard
    return table.assign(verdict=[verdict(value) for value in jaccard])


def not_retrained(tables: RunTables) -> RunTables:
    """The same run where the model was not trained again on resamples."""
    measured = ["jaccard_mean", "jaccard_low", "recovered", "dissolved"]
    nothing = tables.stability.retrained.assign(resamples=0, verdict="not measured", **dict.fromkeys(measured, np.nan))
    return replace(tables, stability=replace(tables.stability, retrained=nothing))


def _write_doubt(
    folder: Path, cluster: NDArray[np.int64], probability: NDArray[np.float64], configuration: Configuration
) -> None:
    """The patient's cluster has ``probability``, the next one the rest."""
    numbers, below = np.unique(cluster), configuration.clusters.doubtful_below
    patients = pd.DataFrame({"cluster": cluster, "probability": probability, "entropy": 1 - probability})
    write_table(patients, folder / "probabilities.parquet")
    write_table(patients[patients["probability"] < below], folder / "doubtful.csv")
    by = patients.groupby("cluster")
    clusters = pd.DataFrame(
        {
            "cluster": numbers,
            "size": by.size().to_numpy(),
            "mean_probability": by["probability"].mean().to_numpy(),
            "mean_entropy": by["entropy"].mean().to_numpy(),
            "doubtful": by["probability"].agg(lambda own: int((own < below).sum())).to_numpy(),
            "neighbour": np.roll(numbers, -1) if len(numbers) > 1 else np.nan,
            "neighbour_probability": 1 - by["probability"].mean().to_numpy() if len(numbers) > 1 else np.nan,
        }
    )
    write_table(clusters, folder / "doubt.csv")
