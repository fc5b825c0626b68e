"""How well the inputs tell the diagnoses apart, among all patients and within each cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from retina_vae.clusters.description.auc import Area, macro_auc
from retina_vae.clusters.description.columns import category_codes, feature_matrix, features_of
from retina_vae.cohort import CohortSchema
from retina_vae.settings import DescriptionSettings

__all__ = ["WHOLE_COHORT", "Separation", "design_matrix", "measure_separation"]

WHOLE_COHORT = 0
"""The number of the row that stands for all patients."""

FloatArray = NDArray[np.float64]
Codes = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Separation:
    """How well the diagnoses are told apart.

    Attributes:
        table: One row per cluster, the first for all patients: ``cluster`` (0: all patients), ``patients`` (with a
            known diagnosis), ``diagnoses`` (number of those with enough patients), ``auc, auc_low, auc_high`` (95 %),
            ``note``.
        within: Mean of the clusters' areas, weighted by the patients that are compared; NaN where no cluster has one.
        within_by_all: The same mean for the one regression of all patients, on the same patients and diagnoses.
    """

    table: pd.DataFrame
    within: float
    within_by_all: float


def measure_separation(
    patients: pd.DataFrame, clusters: NDArray[np.int64], schema: CohortSchema, settings: DescriptionSettings
) -> Separation:
    """Cross-validated area under the ROC curve of the diagnoses, given the inputs.

    Multinomial logistic regression (:func:`design_matrix`; ridge penalty 1/2 on standardised features) is fitted to the
    other folds and gives each patient a probability of each diagnosis; stratified folds. The area is the mean over the
    diagnoses of each against the others (:func:`~retina_vae.clusters.description.auc.macro_auc`). Its interval takes the
    predictions as given, so it leaves out how much the fitted models vary. The folds' predictions are compared with one
    another, which costs a little area where a diagnosis is rare.

    Diagnoses with fewer patients than folds are left out of a cluster, and a cluster with fewer than two diagnoses left
    has no area. The note names those that are left out, whether or not they have patients.

    Clusters hold other diagnoses than the cohort, and their inputs vary less because the clusters were found on them,
    so areas within clusters are not to be compared with that of all patients. What is to be compared is ``within`` with
    ``within_by_all``: only where the former is larger have the clusters helped to tell the diagnoses apart.
    """
    codes = category_codes(patients[schema.diagnosis.name], schema.diagnosis)
    everyone = np.ones(len(codes), dtype=np.bool_)
    by_all = _probabilities(patients, codes, everyone, schema, settings)
    rows, areas = [_row(WHOLE_COHORT, by_all, codes, everyone, schema, settings)], []
    for cluster in np.unique(clusters):
        inside = clusters == cluster
        own = _probabilities(patients, codes, inside, schema, settings)
        rows.append(_row(int(cluster), own, codes, inside, schema, settings))
        compared = ~np.isnan(own[:, 0])
        if compared.any():
            areas.append((compared.sum(), rows[-1]["auc"], _area(by_all[compared], codes[compared]).auc))
    weights, own_areas, areas_by_all = np.array(areas).reshape(-1, 3).T
    means = [float(np.average(each, weights=weights)) if areas else np.nan for each in (own_areas, areas_by_all)]
    return Separation(pd.DataFrame(rows), *means)


def design_matrix(patients: pd.DataFrame, schema: CohortSchema) -> FloatArray:
    """Standardised features for a regression, shape (patients, features); those that never vary are left out.

    A category is one feature, a finding one, a number two: itself and the square of its standardised value, so that a
    diagnosis of middle age is found as well as one of old age. What is not observed takes the mean of its feature, and
    a feature more says so. Means and standard deviations are those of these patients, whatever their diagnosis.
    """
    features = features_of(schema.inputs)
    matrix = feature_matrix(patients, features)
    missing = np.isnan(matrix)
    means = np.where(missing, 0, matrix).sum(axis=0) / np.maximum((~missing).sum(axis=0), 1)
    standard = _standardized(np.where(missing, means, matrix))
    numbers = [feature.column.numeric for feature in features]
    wide = np.concatenate([standard, standard[:, numbers] ** 2, missing], axis=1)
    return _standardized(wide[:, np.ptp(wide, axis=0) > 0])


def _probabilities(
    patients: pd.DataFrame, codes: Codes, inside: Bools, schema: CohortSchema, settings: DescriptionSettings
) -> FloatArray:
    """Out-of-fold probability of each diagnosis, shape (patients, diagnoses); NaN for who is not compared."""
    probabilities = np.full((len(codes), len(schema.diagnosis.categories)), np.nan)
    kept = _frequent(codes[inside], schema, settings)
    if len(kept) < 2:
        return probabilities
    compared = inside & np.isin(codes, kept)
    features, classes = design_matrix(patients[compared], schema), np.searchsorted(kept, codes[compared])
    predicted = np.zeros((len(classes), len(kept)))
    if features.shape[1] > 0:
        folds = StratifiedKFold(settings.folds, shuffle=True, random_state=settings.seed)
        model = LogisticRegression(max_iter=1000)
        predicted = cross_val_predict(model, features, classes, cv=folds, method="predict_proba")
    probabilities[compared] = 0
    probabilities[np.ix_(compared, kept)] = predicted
    return probabilities


def _frequent(codes: Codes, schema: CohortSchema, settings: DescriptionSettings) -> Codes:
    counts = np.bincount(codes[codes >= 0], minlength=len(schema.diagnosis.categories))
    return np.flatnonzero(counts >= settings.folds)


def _area(probabilities: FloatArray, codes: Codes) -> Area:
    """The area of the diagnoses that these patients have, whose probabilities are taken to add up to 1."""
    kept, classes = np.unique(codes, return_inverse=True)
    own = probabilities[:, kept]
    total = own.sum(axis=1, keepdims=True)
    return macro_auc(np.divide(own, total, out=np.zeros_like(own), where=total > 0), classes)


def _row(
    cluster: int,
    probabilities: FloatArray,
    codes: Codes,
    inside: Bools,
    schema: CohortSchema,
    settings: DescriptionSettings,
) -> dict[str, Any]:
    compared = ~np.isnan(probabilities[:, 0])
    area = _area(probabilities[compared], codes[compared]) if compared.any() else Area(np.nan, np.nan, np.nan)
    names = [schema.diagnosis.categories[place] for place in _frequent(codes[inside], schema, settings)]
    return {
        "cluster": cluster,
        "patients": int((inside & (codes >= 0)).sum()),
        "diagnoses": len(names),
        "auc": area.auc,
        "auc_low": area.low,
        "auc_high": area.high,
        "note": _note(names, schema, settings.folds),
    }


def _note(frequent: list[str], schema: CohortSchema, folds: int) -> str:
    if len(frequent) < 2:
        return f"not measured: {f'only {frequent[0]}' if frequent else 'no diagnosis'} has {folds} patients or more"
    few = [name for name in schema.diagnosis.categories if name not in frequent]
    return f"left out, fewer than {folds} patients: {', '.join(few)}" if few else ""


def _standardized(features: FloatArray) -> FloatArray:
    spread = features.std(axis=0)
    return (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1)
