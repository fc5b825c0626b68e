"""How well the inputs distinguish the categories of an outcome, among all patients and within each cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from retina_vae.cluster_settings import DescriptionSettings
from retina_vae.clusters.description.auc import (
    Area,
    Difference,
    PairedAreas,
    macro_auc,
    mean_area,
    mean_difference,
    paired_areas,
)
from retina_vae.clusters.description.columns import category_codes, observed_codes
from retina_vae.cohort import CohortSchema, Column
from retina_vae.cohort.kinds import Coding

__all__ = ["SEPARATION_COLUMNS", "WHOLE_COHORT", "Separation", "design_matrix", "measure_separation", "typical_values"]

WHOLE_COHORT = 0
"""The number of the row that stands for all patients."""

SEPARATION_COLUMNS = ["outcome", "cluster", "patients", "classes", "auc", "auc_low", "auc_high", "note"]
"""The columns of the table."""

_FEWEST_OF_A_CLASS = 50

FloatArray = NDArray[np.float64]
Codes = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Separation:
    """How well the categories of one outcome are distinguished.

    Attributes:
        table: One row per cluster, the first for all patients: ``outcome, cluster`` (0: all patients), ``patients``
            (of whom the outcome is observed), ``classes`` (number of categories with enough patients), ``auc, auc_low,
            auc_high`` (95 %), ``note``.
        within: Mean of the clusters' areas, weighted by the patients that are compared; NaN where no cluster has one.
        within_by_all: The same mean for the one regression of all patients, on the same patients and categories.
        gain: ``within`` less ``within_by_all``.
    """

    table: pd.DataFrame
    within: Area
    within_by_all: Area
    gain: Difference


def measure_separation(
    patients: pd.DataFrame,
    clusters: NDArray[np.int64],
    schema: CohortSchema,
    outcome: Column,
    settings: DescriptionSettings,
) -> Separation:
    """Cross-validated area under the ROC curve of the categories of an outcome, given the inputs.

    Multinomial logistic regression (:func:`design_matrix`; ridge penalty 1/2 on standardised features) is fitted to the
    other folds, or to ``settings.patients`` of them at random where they hold more, and gives each patient a
    probability of each category; stratified folds. Inputs that are not observed
    take the mean of a number, or the most frequent category, of the patients that the regression is fitted to
    (:func:`typical_values`). The area is the mean over the categories of each against the others
    (:func:`~retina_vae.clusters.description.auc.macro_auc`). Its interval takes the predictions as given, so it leaves
    out how much the fitted models vary. The folds' predictions are compared with one another, which costs a little area
    where a category is rare.

    Categories with fewer patients than folds are left out of a cluster, and a cluster with fewer than two categories
    left has no area. The note names those that are left out, whether or not they have patients.

    Clusters hold other categories than the cohort, and their inputs vary less because the clusters were found on them,
    so areas within clusters are not to be compared with that of all patients. What is to be compared is ``within`` with
    ``within_by_all``: only where the former is larger, beyond the interval of the difference, have the clusters helped
    to distinguish the categories. Both are measured on the same patients, so the interval of the difference (``gain``)
    is paired (:func:`~retina_vae.clusters.description.auc.mean_difference`); like those of the areas it takes the
    cross-validated predictions as given (LeDell, Petersen and van der Laan 2015, https://doi.org/10.1214/15-EJS1035).

    Args:
        patients: The patient table.
        clusters: Cluster number of each patient, shape (patients,).
        schema: Its schema; of its other columns only the inputs are looked at.
        outcome: A column with categories; patients of whom it is not observed are left out.
        settings: Folds, patients that a regression is fitted to at most, and seed.
    """
    codes = category_codes(patients[outcome.name], outcome)
    everyone = np.ones(len(codes), dtype=np.bool_)
    by_all = _probabilities(patients, codes, everyone, schema, outcome, settings)
    rows = [_row(WHOLE_COHORT, by_all, codes, everyone, outcome, settings)]
    pairs: list[PairedAreas] = []
    weights: list[float] = []
    for cluster in np.unique(clusters):
        inside = clusters == cluster
        own = _probabilities(patients, codes, inside, schema, outcome, settings)
        rows.append(_row(int(cluster), own, codes, inside, outcome, settings))
        compared = ~np.isnan(own[:, 0])
        if compared.any():
            scores, classes = _scores(own[compared], codes[compared])
            pairs.append(paired_areas(scores, _scores(by_all[compared], codes[compared])[0], classes))
            weights.append(float(compared.sum()))
    return Separation(
        table=pd.DataFrame(rows, columns=SEPARATION_COLUMNS),
        within=mean_area([pair.one for pair in pairs], weights),
        within_by_all=mean_area([pair.other for pair in pairs], weights),
        gain=mean_difference(pairs, weights),
    )


def design_matrix(patients: pd.DataFrame, schema: CohortSchema) -> tuple[FloatArray, NDArray[np.int64]]:
    """Standardised features for a regression; those that never vary are left out.

    Each column has the features of its kind, a number also the square of its standardised value, so that an outcome of
    middle age is found as well as one of old age. Features of what is not observed are NaN, and a feature more says so.
    Means and standard deviations are those of the observed values of these patients, whatever their outcome.

    Returns:
        The features, shape (patients, features), and for each the place of its column among the inputs, with -1 for a
        feature of a number, shape (features,).
    """
    parts, places = [], []
    for place, column in enumerate(schema.inputs):
        codes = observed_codes(patients[column.name], column)
        parts.append(column.kind_of.features(codes, Coding(), column.kind_of.width(column.categories)))
        places += [-1 if column.numeric else place] * parts[-1].shape[1]
    matrix, origin = np.concatenate(parts, axis=1), np.array(places)
    standard, missing = _standardized(matrix), np.isnan(matrix)
    numbers = [place for place, own in enumerate(places) if own < 0]
    wide = np.concatenate([standard, standard[:, numbers] ** 2, missing], axis=1)
    origin = np.concatenate([origin, origin[numbers], np.full(len(places), -1)])
    kept = np.nanmax(wide, axis=0, initial=-np.inf) > np.nanmin(wide, axis=0, initial=np.inf)
    return _standardized(wide[:, kept]), origin[kept]


def typical_values(features: FloatArray, columns: Codes) -> FloatArray:
    """What gaps take: the mean of a number's feature, and of a column of categories the features of the most frequent.

    Of categories that are equally frequent the order of their features decides. A feature of which nothing is observed
    takes 0.

    Args:
        features: Shape (patients, features); those of one column are missing together.
        columns: For each feature the place of its column of categories, -1 for a feature on its own, shape (features,).

    Returns:
        Shape (features,).
    """
    observed = ~np.isnan(features)
    typical = np.where(observed, features, 0).sum(axis=0) / np.maximum(observed.sum(axis=0), 1)
    for column in np.unique(columns[columns >= 0]):
        own = np.flatnonzero(columns == column)
        patterns, counts = np.unique(features[observed[:, own[0]]][:, own], axis=0, return_counts=True)
        if len(patterns):
            typical[own] = patterns[counts.argmax()]
    return typical


def _probabilities(
    patients: pd.DataFrame,
    codes: Codes,
    inside: Bools,
    schema: CohortSchema,
    outcome: Column,
    settings: DescriptionSettings,
) -> FloatArray:
    """Out-of-fold probability of each category, shape (patients, categories); NaN for who is not compared."""
    probabilities = np.full((len(codes), len(outcome.categories)), np.nan)
    kept = _frequent(codes[inside], outcome, settings)
    if len(kept) < 2:
        return probabilities
    compared = inside & np.isin(codes, kept)
    features, columns = design_matrix(patients[compared], schema)
    classes = np.searchsorted(kept, codes[compared])
    predicted, gaps = np.zeros((len(classes), len(kept))), bool(np.isnan(features).any())
    if features.shape[1] > 0:
        for fitted, others in StratifiedKFold(settings.folds, shuffle=True, random_state=settings.seed).split(
            features, classes
        ):
            chosen = fitted[_drawn(classes[fitted], settings)]
            whole = _filled(features, typical_values(features[chosen], columns)) if gaps else features
            model = LogisticRegression(max_iter=1000).fit(whole[chosen], classes[chosen])
            predicted[others] = model.predict_proba(whole[others])
    probabilities[compared] = 0
    probabilities[np.ix_(compared, kept)] = predicted
    return probabilities


def _filled(features: FloatArray, typical: FloatArray) -> FloatArray:
    return np.where(np.isnan(features), typical, features)


def _drawn(classes: Codes, settings: DescriptionSettings) -> Codes:
    """Positions of those that a regression is fitted to, at random where there are many; of no class fewer than 50."""
    if len(classes) <= settings.patients:
        return np.arange(len(classes))
    rng, counts = np.random.default_rng(settings.seed), np.bincount(classes)
    shares = np.maximum(settings.patients * counts // len(classes), np.minimum(counts, _FEWEST_OF_A_CLASS))
    drawn = [rng.choice(np.flatnonzero(classes == own), size, replace=False) for own, size in enumerate(shares)]
    return np.sort(np.concatenate(drawn))


def _frequent(codes: Codes, outcome: Column, settings: DescriptionSettings) -> Codes:
    counts = np.bincount(codes[codes >= 0], minlength=len(outcome.categories))
    return np.flatnonzero(counts >= settings.folds)


def _scores(probabilities: FloatArray, codes: Codes) -> tuple[FloatArray, Codes]:
    """Probabilities of the categories that these patients have, which add up to 1, and each patient's own of them."""
    kept, classes = np.unique(codes, return_inverse=True)
    own = probabilities[:, kept]
    total = own.sum(axis=1, keepdims=True)
    return np.divide(own, total, out=np.zeros_like(own), where=total > 0), classes


def _row(
    cluster: int,
    probabilities: FloatArray,
    codes: Codes,
    inside: Bools,
    outcome: Column,
    settings: DescriptionSettings,
) -> dict[str, Any]:
    compared = ~np.isnan(probabilities[:, 0])
    missing = Area(np.nan, np.nan, np.nan)
    area = macro_auc(*_scores(probabilities[compared], codes[compared])) if compared.any() else missing
    names = [outcome.categories[place] for place in _frequent(codes[inside], outcome, settings)]
    return {
        "outcome": outcome.name,
        "cluster": cluster,
        "patients": int((inside & (codes >= 0)).sum()),
        "classes": len(names),
        "auc": area.auc,
        "auc_low": area.low,
        "auc_high": area.high,
        "note": _note(names, outcome, settings.folds),
    }


def _note(frequent: list[str], outcome: Column, folds: int) -> str:
    if len(frequent) < 2:
        return f"not measured: {f'only {frequent[0]}' if frequent else 'no category'} has {folds} patients or more"
    few = [name for name in outcome.categories if name not in frequent]
    return f"left out, fewer than {folds} patients: {', '.join(few)}" if few else ""


def _standardized(features: FloatArray) -> FloatArray:
    """z-scores of the observed values; NaN stays. A feature of which nothing is observed is left as it is."""
    observed = ~np.isnan(features)
    count = np.maximum(observed.sum(axis=0), 1)
    centred = features - np.where(observed, features, 0).sum(axis=0) / count
    spread = np.sqrt((np.where(observed, centred, 0) ** 2).sum(axis=0) / count)
    return centred / np.where(spread > 0, spread, 1)
