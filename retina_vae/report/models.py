"""The section on the run's models: what was measured of each, replicas summed up as median and range."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from retina_vae.report.calibration import CalibrationPart, calibration_part
from retina_vae.report.choices import LIKELIHOOD_NAMES, OBJECTIVE_NAMES, POSTERIOR_NAMES
from retina_vae.report.generated import GeneratedPart, generated_part
from retina_vae.report.sections import Table
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import number

__all__ = ["ModelsSection", "dimensions_table", "models_section", "spread", "summary_table"]


class _Measure(NamedTuple):
    """A column of the evaluation, as the table shows it, and what the exact density reaches in it."""

    name: str
    head: str
    form: Callable[[float], str] = number
    limit: str = ""


_MODEL_HEADS = ["Name", "Likelihood, posterior, objective", "KL weight", "Dimen\u00adsions", "Repli\u00adcas"]
_FIT = [
    _Measure("elbo", "ELBO"),
    _Measure("log_evidence", "Log-evidence", limit="exact_log_density"),
    _Measure("distance", "Distance to exact"),
]
_OUTCOME = [
    _Measure("outcome_accuracy", "Accuracy (%)", lambda share: number(100 * share, 1), "outcome_limit"),
    _Measure("outcome_ari", "ARI of k-means", limit="ari_limit"),
]
_LATENT = [
    _Measure("active_units", "Active dimen\u00adsions", lambda count: f"{count:g}"),
    _Measure("aggregate_kl", "KL of all codes to prior (nats)"),
]
_DIMENSION_HEADS = {
    "kl": "KL to the prior (nats)",
    "mean_variance": "Variance of the posterior mean",
    "mean_scale": "Mean posterior standard deviation",
    "aggregate_mean": "Mean of all codes",
    "aggregate_scale": "Standard deviation of all codes",
}


@dataclass(frozen=True)
class ModelsSection:
    """What the template lays out.

    Attributes:
        subjects: On whom the models were measured.
        summary: One row per model.
        notes: What the dashes in the summary mean, and how sure its numbers are.
        clustered: Name of the model whose codes are clustered.
        dimensions: Its latent dimensions.
        generated: Patients that it makes, beside the cohort; None where it is not decoded.
        calibration: Whether draws of the codes are draws of p(z | x); None where no model has a density.
        exact: Whether the summary ends with what the exact density of the patients gives.
    """

    subjects: str
    summary: Table
    notes: list[str]
    clustered: str
    dimensions: Table
    generated: GeneratedPart | None
    calibration: CalibrationPart | None = None
    exact: bool = False


def models_section(tables: RunTables) -> ModelsSection:
    """The section's tables and sentences."""
    decoded = tables.decoded.get(tables.clustered)
    calibration, corrected = tables.calibration, tables.configuration.latent.correction == "importance"
    subjects = tables.evaluation[["patients", "measured_on"]].drop_duplicates().itertuples(index=False)
    return ModelsSection(
        subjects=" and ".join(f"{int(count):,} {whom}" for count, whom in subjects),
        summary=summary_table(tables),
        notes=list(_notes(tables)),
        clustered=tables.clustered,
        dimensions=dimensions_table(tables),
        generated=generated_part(decoded.generated_check, tables.schema, tables.formats) if decoded else None,
        calibration=calibration_part(calibration, tables.clustered, corrected) if calibration else None,
        exact=bool(_exact_row(tables.evaluation, _FIT)),
    )


def spread(values: pd.Series, form: Callable[[float], str] = number) -> str:
    r"""Median, and in a second line [lowest, highest] where these differ in print; a dash where nothing is known.

    >>> spread(pd.Series([0.2, 0.1, 0.4])), spread(pd.Series([0.5])), spread(pd.Series([float('nan')]))
    ('0.200\n[0.100,\xa00.400]', '0.500', '–')
    """
    known = values.dropna()
    if known.empty:
        return "–"
    low, high = form(float(known.min())), form(float(known.max()))
    middle = form(float(known.median()))
    return middle if low == high else f"{middle}\n[{low},\N{NO-BREAK SPACE}{high}]"


def summary_table(tables: RunTables) -> Table:
    """One row per model, and at the end what the exact density of the patients allows, where it is known."""
    evaluation, outcome = tables.evaluation, tables.schema.outcome
    measured = [*_FIT, *(_OUTCOME if outcome else []), *_LATENT]
    rows = []
    for name in tables.configuration.models:
        own = evaluation[evaluation["model"] == name]
        first = own.iloc[0]
        rows.append(
            [
                f"{name}\n(clustered)" if name == tables.clustered else name,
                f"{LIKELIHOOD_NAMES[first['likelihood']]}, {POSTERIOR_NAMES[first['posterior']]},\n"
                f"{OBJECTIVE_NAMES[first['objective']]}",
                "–" if first["objective"] == "autoencoder" else f"{first['beta']:g}",
                f"{first['latent_dim']}",
                f"{len(own)}",
                *(_measured(own, measure, tables) for measure in measured),
            ]
        )
    groups = [("", 1), ("Model", 4), ("Fit (nats per patient)", 3)]
    groups += [*([(outcome.label, 2)] if outcome else []), ("Latent space", 2)]
    heads = [*_MODEL_HEADS, *(measure.head for measure in measured)]
    return Table(groups, heads, [*rows, *_exact_row(evaluation, measured)])


def _measured(own: pd.DataFrame, measure: _Measure, tables: RunTables) -> str:
    """The measure over the replicas; the mark where a model that learned the outcome has no accuracy that is shown."""
    values = own[measure.name]
    learned = measure.name == "outcome_accuracy" and (own["objective"] == "supervised").all()
    return tables.gate.mark if learned and values.isna().all() else spread(values, measure.form)


def _exact_row(evaluation: pd.DataFrame, measured: Sequence[_Measure]) -> list[list[str]]:
    """What the exact density reaches; nothing where it is not known."""
    limits = [measure.limit for measure in measured if measure.limit]
    if evaluation[limits].isna().all(axis=None):
        return []
    cells = [measure.form(evaluation[measure.limit].median()) if measure.limit else "" for measure in measured]
    cells[[measure.name for measure in measured].index("distance")] = number(0.0)
    return [["exact density", *[""] * (len(_MODEL_HEADS) - 1), *cells]]


def _notes(tables: RunTables) -> Iterator[str]:
    evaluation = tables.evaluation
    own = evaluation[evaluation["model"] == tables.clustered]
    names = ("distance_error", "log_evidence_error", "log_evidence_bias")
    patients, draws, bias = (number(own[name].median(), 4) for name in names)
    if own["distance_error"].notna().any():
        yield _distance(own)
        yield (
            f"The logarithm of a mean over so few draws lies too low: {bias} nats (median), as estimated, are added to "
            "the log-evidence and make the distance shorter."
        )
        yield (
            f"The standard error of the distance of {tables.clustered}, which comes from the finite number of "
            f"patients, is {patients} (median); the draws add {draws}."
        )
    reasons = {
        "the likelihood is no density on its inputs": (evaluation["likelihood"] != "typed").any(),
        "the posterior is a point": (evaluation["posterior"] == "point").any(),
    }
    if any(reasons.values()):
        why = " or ".join(reason for reason, holds in reasons.items() if holds)
        yield f"– for ELBO, log-evidence and distance: {why}, so that they are not defined."
    if (evaluation["distance"].isna() & evaluation["log_evidence"].notna()).any():
        yield "– for the distance: the exact density of these patients is not known."
    if tables.schema.outcome and (evaluation["objective"] != "supervised").any():
        yield f"– for the accuracy: the model did not learn the outcome ({tables.schema.outcome.label})."


def _distance(own: pd.DataFrame) -> str:
    """How near the clustered model comes to the exact density."""
    distance = own["distance"].dropna()
    middle, low, high = (number(float(value)) for value in (distance.median(), distance.min(), distance.max()))
    spread = f", {low} to {high}" if low != high else ""
    several = f"median of {len(distance)} replicas{spread}" if len(distance) > 1 else "one replica"
    return (
        f"The log-evidence that {own['model'].iloc[0]}, whose codes are clustered, gives to "
        f"{own['measured_on'].iloc[0]} falls {middle} nats per patient short of their exact log-density ({several}); "
        "0 is the best that any model can reach on average."
    )


def dimensions_table(tables: RunTables) -> Table:
    """The clustered model's latent dimensions, in each replica from the largest KL divergence to the smallest.

    The number of a dimension means nothing from one replica to the next, its rank does.
    """
    own = tables.posterior[tables.posterior["model"] == tables.clustered]
    rank = own.groupby("replica")["kl"].rank(ascending=False, method="first").astype(int)
    rows = []
    for place, part in own.groupby(rank):
        active = f"{int(part['active'].sum())} of {len(part)}"
        rows.append([f"{place}", active, *(spread(part[column]) for column in _DIMENSION_HEADS)])
    return Table([], ["Rank by KL", "Active in replicas", *_DIMENSION_HEADS.values()], rows)
