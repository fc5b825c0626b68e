"""How far each replica agrees with the paper's partition, and whether its own scores tell which replica does."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

__all__ = ["agreement_with_paper", "judge_selection"]

_CRITERIA = {"loss": "smaller", "within_ss": "smaller", "mean_ari": "larger"}


def agreement_with_paper(clusters: Mapping[int, pd.Series], consensus: pd.Series, partition: pd.Series) -> pd.DataFrame:
    """Adjusted Rand index of every replica, and of their consensus, with the paper's partition and with each other.

    The index (Hubert and Arabie 1985, https://doi.org/10.1007/BF01908075) is 1 for equal partitions and 0 on average
    for unrelated ones.

    Args:
        clusters: The clusters of each replica (1..R), one per patient.
        consensus: The consensus cluster of each patient.
        partition: The printed row (of simulated patients, the cell that the rules name) of each patient.

    Returns:
        The columns ``replica, ari_paper, ari_other_replicas``: a row per replica, and a last row ``consensus`` whose
        ``ari_other_replicas`` is its mean index with all replicas. With one replica there are no others: NaN.
    """
    from sklearn.metrics import adjusted_rand_score

    labels = {str(replica): own.to_numpy() for replica, own in clusters.items()}
    rows = []
    for name, own in [*labels.items(), ("consensus", consensus.to_numpy())]:
        others = [adjusted_rand_score(own, other) for key, other in labels.items() if key != name]
        with_paper = adjusted_rand_score(own, partition.to_numpy())
        rows.append((name, float(with_paper), float(np.mean(others)) if others else np.nan))
    return pd.DataFrame(rows, columns=["replica", "ari_paper", "ari_other_replicas"])


def judge_selection(agreement: pd.DataFrame, replicas: pd.DataFrame) -> pd.DataFrame:
    """Is a replica nearer to the paper when it is better by its own scores?

    Args:
        agreement: What :func:`agreement_with_paper` returns.
        replicas: The columns ``replica, loss, within_ss, mean_ari``, a row per replica.

    Returns:
        A row per criterion: ``criterion``; ``better`` (its smaller or larger values); ``replicas`` (their number);
        ``spearman_with_ari_paper`` (rank correlation over replicas, so a useful criterion that is better when smaller
        has a negative one; NaN where a score does not vary or there are fewer than three replicas);
        ``chosen_replica`` (the best by this criterion) and ``ari_of_chosen``; ``ari_mean`` (what a replica drawn at
        random reaches on average) and ``ari_best``.
    """
    single = agreement[agreement["replica"] != "consensus"]
    ari = single.set_index(single["replica"].astype(int))["ari_paper"]
    scores = replicas.set_index("replica").loc[ari.index]
    rows = []
    for criterion, better in _CRITERIA.items():
        values = scores[criterion]
        chosen = ari.index[0]
        if values.notna().any():
            chosen = values.idxmin() if better == "smaller" else values.idxmax()
        correlation = _rank_correlation(values, ari)
        rows.append((criterion, better, len(ari), correlation, int(chosen), ari[chosen], ari.mean(), ari.max()))
    columns = ["criterion", "better", "replicas", "spearman_with_ari_paper"]
    return pd.DataFrame(rows, columns=[*columns, "chosen_replica", "ari_of_chosen", "ari_mean", "ari_best"])


def _rank_correlation(values: pd.Series, ari: pd.Series) -> float:
    if len(values) < 3 or values.nunique() < 2 or ari.nunique() < 2:
        return float("nan")
    return float(np.corrcoef(values.rank(), ari.rank())[0, 1])
