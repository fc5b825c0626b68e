"""The paper's claims on training and on the latent space, tested on losses and posterior means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.studies.macular.audit.claim_result import UNDECIDED, ClaimResult

__all__ = ["LOWEST_ACCURACY", "best_latent_dim", "diseases_separable", "last_losses", "silhouette_by_k"]

FloatArray = NDArray[np.float64]
PAPER_K = 14
LARGEST_K = 20
SUBSAMPLE = 1000
SEPARABLE = 0.9
LOWEST_ACCURACY = "lowest balanced accuracy"
FEWEST_PATIENTS = 10
FOLDS = 5
MOST_PATIENTS = 50_000
CONFIDENCE = 0.975
"""Per comparison; two comparisons leave 95 % for both."""


def last_losses(history: pd.DataFrame) -> FloatArray:
    """Mean training loss over the last tenth of the epochs per patient, shape (replicas,).

    Args:
        history: The columns ``replica``, ``epoch`` and ``loss``.
    """
    epochs = int(history["epoch"].max())
    late = history[history["epoch"] > epochs - max(epochs // 10, 1)]
    return late.groupby("replica")["loss"].mean().to_numpy(dtype=np.float64)


def best_latent_dim(histories: Mapping[int, pd.DataFrame]) -> ClaimResult:
    """Claim 1: of two, three and four latent dimensions, three reach the lowest training loss.

    The three-dimensional replicas are compared with the two- and the four-dimensional ones by Welch's t interval of
    the difference of means. The claim holds if both intervals lie below zero and fails if one lies above; else the
    replicas leave it undecided. With fewer than two of a dimension it cannot be tested.

    Args:
        histories: The training history of each latent dimension; others than 2, 3 and 4 are left out.
    """
    losses = {dim: last_losses(histories[dim]) for dim in (2, 3, 4) if dim in histories}
    words = [f"{dim}-D loss {_mean_and_spread(values)}" for dim, values in losses.items()]
    if len(losses) < 3 or min(len(values) for values in losses.values()) < 2:
        miss = "two replicas each of 2, 3 and 4 dimensions are needed"
        return ClaimResult(None, detail="; ".join([*words, miss]), miss=miss)
    from scipy.stats import ttest_ind

    intervals = {}
    for other in (2, 4):
        test = ttest_ind(losses[3], losses[other], equal_var=False)
        interval = test.confidence_interval(CONFIDENCE)
        low, high = float(interval.low), float(interval.high)
        difference = losses[3].mean() - losses[other].mean()
        interval = f"{100 * CONFIDENCE:g}\N{NO-BREAK SPACE}% interval {low:.4g} to {high:.4g}"
        said = f"3-D minus {other}-D {difference:.4g} ({interval})"
        intervals[other] = low, high, said
        words.append(said)
    if all(high < 0 for _, high, _ in intervals.values()):
        return ClaimResult(True, detail="; ".join(words))
    missed = [said for low, _, said in intervals.values() if low > 0]
    if missed:
        return ClaimResult(False, detail="; ".join(words), miss=f"the loss is lower otherwise: {'; '.join(missed)}")
    open_ones = [said for low, high, said in intervals.values() if low <= 0 <= high]
    miss = f"the spread of the replicas leaves the order open: {'; '.join(open_ones)}"
    return ClaimResult(None, detail="; ".join(words), miss=miss, open=UNDECIDED)


def _mean_and_spread(values: FloatArray) -> str:
    if len(values) < 2:
        return f"{values.mean():.7g} (one replica)"
    return f"{values.mean():.7g} (SD {values.std(ddof=1):.2g} over {len(values)} replicas)"


def silhouette_by_k(codes: FloatArray, seed: int) -> ClaimResult:
    """Claim 2: fourteen clusters form by themselves, so that k = 14 should part the codes best.

    K-means with every k from 2 to 20 on one random subsample of the posterior means, scored with the mean silhouette
    width (Rousseeuw 1987, https://doi.org/10.1016/0377-0427(87)90125-7). This is one criterion among many, and it
    favours round clusters of similar width.

    Args:
        codes: Posterior means of one replica, shape (patients, dimensions).
        seed: Seed of the subsample and of the k-means starts.
    """
    from sklearn.cluster import KMeans
    from sklearn.metrics import pairwise_distances, silhouette_score
    from threadpoolctl import threadpool_limits

    chosen = np.random.default_rng(seed).permutation(len(codes))[:SUBSAMPLE]
    points = codes[np.sort(chosen)]
    largest = min(LARGEST_K, len(np.unique(points, axis=0)) - 1)
    if largest < PAPER_K:
        return ClaimResult(None, miss=f"only {largest + 1} different codes")
    widths = {}
    # One thread adds in one order, so that equal codes give equal labels.
    with threadpool_limits(limits=1):
        distances = pairwise_distances(points)
        for k in range(2, largest + 1):
            labels = KMeans(k, n_init=4, random_state=seed).fit_predict(points)
            widths[k] = float(silhouette_score(distances, labels, metric="precomputed"))
    best = max(widths, key=lambda k: widths[k])
    figures = {
        "k of the widest silhouette": float(best),
        "its mean silhouette width": widths[best],
        f"width at k = {PAPER_K}": widths[PAPER_K],
    }
    gap = widths[best] - widths[PAPER_K]
    miss = f"the silhouette is widest at k = {best} ({widths[best]:.2f}), {gap:.2f} wider than at {PAPER_K}"
    return ClaimResult(best == PAPER_K, figures, miss="" if best == PAPER_K else miss)


def diseases_separable(codes: FloatArray, diseases: pd.Series, clusters: pd.Series, seed: int) -> ClaimResult:
    """Claim 7: inside each cluster the latent space keeps the diseases apart.

    In every cluster, multinomial logistic regression on the standardized codes, with the diseases weighted equally,
    predicts each patient from the other folds of a stratified five-fold cross-validation. Diseases with fewer than
    ten patients in a cluster are left out there, and clusters with fewer than two diseases left are not tested.
    The claim holds if the balanced accuracy reaches 0.9 in every tested cluster. Of more than 50,000 patients as many
    are looked at, drawn at random; the accuracy in one of 14 clusters then has a standard error below 0.01.

    Args:
        codes: Posterior means of one replica, shape (patients, dimensions).
        diseases: The diagnosis of each patient.
        clusters: The cluster of each patient, aligned with ``diseases``.
        seed: Seed of the folds and of the patients drawn.
    """
    if len(codes) > MOST_PATIENTS:
        some = np.sort(np.random.default_rng(seed).choice(len(codes), MOST_PATIENTS, replace=False))
        codes, diseases, clusters = codes[some], diseases.iloc[some], clusters.iloc[some]
    truth, groups = diseases.to_numpy(dtype=object), clusters.to_numpy()
    scores = []
    for cluster in np.unique(groups):
        inside = groups == cluster
        enough = [name for name, count in Counter(truth[inside]).items() if count >= FEWEST_PATIENTS]
        if len(enough) > 1:
            members = inside & np.isin(truth, enough)
            scores.append(_separability(codes[members], truth[members].astype(str), seed))
    if not scores:
        return ClaimResult(None, miss="no cluster with enough patients of two diseases")
    balanced, accuracy, majority = np.array(scores).T
    figures = {
        "clusters tested": float(len(scores)),
        f"clusters with a balanced accuracy of {SEPARABLE} or more": float((balanced >= SEPARABLE).sum()),
        LOWEST_ACCURACY: float(balanced.min()),
        "median balanced accuracy": float(np.median(balanced)),
        "median accuracy": float(np.median(accuracy)),
        "median share of the commonest disease": float(np.median(majority)),
    }
    below = int((balanced < SEPARABLE).sum())
    lowest = f"the {LOWEST_ACCURACY} is {balanced.min():.3f}"
    miss = f"{below} of {len(scores)} clusters stay below {SEPARABLE}; {lowest}"
    return ClaimResult(not below, figures, miss=miss if below else "")


def _separability(codes: FloatArray, diseases: NDArray[np.str_], seed: int) -> tuple[float, float, float]:
    """Cross-validated balanced accuracy and accuracy in one cluster, and the share of its commonest disease."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1000))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    with threadpool_limits(limits=1):
        predicted = cross_val_predict(model, codes, diseases, cv=folds)
    majority = max(Counter(diseases.tolist()).values()) / len(diseases)
    return float(balanced_accuracy_score(diseases, predicted)), float((predicted == diseases).mean()), majority
