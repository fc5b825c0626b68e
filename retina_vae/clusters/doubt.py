"""Who of the training patients is in doubt: the probability of every cluster, integrated over each patient's code."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import entr

__all__ = ["DoubtTables", "doubt_tables"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class DoubtTables:
    """The tables of doubt, as docs/architecture.md describes them.

    Attributes:
        probabilities: One row per patient.
        doubtful: One row per doubtful patient, the most doubtful first.
        clusters: One row per cluster that has patients.
    """

    probabilities: pd.DataFrame
    doubtful: pd.DataFrame
    clusters: pd.DataFrame


def doubt_tables(
    identifiers: pd.Series, cluster: NDArray[np.int64], probability: ArrayLike, doubtful_below: float
) -> DoubtTables:
    """Tell sure from doubtful patients.

    The probability of cluster c is the expectation, over q(z | x) (over p(z | x), where the run corrects its
    codes), of the probability that the partition gives c at the code: of k-means the share of the distribution in
    the cell of c's centre, of a mixture of draws the mean responsibility of c. Quasi-random draws estimate it
    (:class:`retina_vae.assign.score.Scorer`). A mixture of mean codes is a law of mean codes, far narrower than
    the distribution of a code; there the probability is the responsibility of c at the mean code. The entropy of
    these probabilities is 0 nats for a patient who belongs to one cluster and log k for one who belongs to all
    alike. Both speak of the uncertainty of the code under one trained model, and of the overlap of a mixture's
    clusters; the uncertainty of the model itself shows in the agreement of the replicas.

    Args:
        identifiers: Of the patients.
        cluster: Their reported clusters from 0, shape (patients,). These were found from fewer draws, so for a patient
            between two clusters another one may be more probable.
        probability: Of every cluster, shape (patients, k).
        doubtful_below: A patient whose probability of the reported cluster lies below this is doubtful.
    """
    shares: FloatArray = np.asarray(probability, dtype=np.float64)
    own = shares[np.arange(len(cluster)), cluster]
    rest = shares.copy()
    rest[np.arange(len(cluster)), cluster] = -1.0
    second = rest.argmax(axis=1)
    table = pd.DataFrame(
        {
            identifiers.name: identifiers.to_numpy(),
            "cluster": cluster + 1,
            "probability": own,
            "entropy": entr(shares).sum(axis=1),
        }
    )
    named = {f"probability_{number}": values for number, values in enumerate(shares.T, start=1)}
    others = {"second_cluster": second + 1, "second_probability": rest.max(axis=1)}
    return DoubtTables(
        probabilities=_rounded(table.assign(**named)),
        doubtful=_doubtful(table.assign(**others), doubtful_below, str(identifiers.name)),
        clusters=_by_cluster(table, shares, doubtful_below),
    )


def _doubtful(table: pd.DataFrame, doubtful_below: float, identifier: str) -> pd.DataFrame:
    columns = [identifier, "cluster", "probability", "second_cluster", "second_probability", "entropy"]
    chosen = table.loc[table["probability"] < doubtful_below, columns]
    return _rounded(chosen.sort_values(["probability", identifier], kind="stable", ignore_index=True))


def _by_cluster(table: pd.DataFrame, probability: FloatArray, doubtful_below: float) -> pd.DataFrame:
    """Size, sureness and nearest neighbour of each cluster that has patients; the only cluster has no neighbour."""
    rows = []
    for number in np.unique(table["cluster"]):
        members = table[table["cluster"] == number]
        mean = probability[members.index].mean(axis=0)
        mean[number - 1] = -1.0
        neighbour, alone = int(mean.argmax()), probability.shape[1] == 1
        rows.append(
            {
                "cluster": number,
                "size": len(members),
                "mean_probability": members["probability"].mean(),
                "mean_entropy": members["entropy"].mean(),
                "doubtful": int((members["probability"] < doubtful_below).sum()),
                "neighbour": np.nan if alone else neighbour + 1,
                "neighbour_probability": np.nan if alone else mean[neighbour],
            }
        )
    return _rounded(pd.DataFrame(rows))


def _rounded(table: pd.DataFrame) -> pd.DataFrame:
    """Numbers to six decimals, as the command ``assign`` writes them."""
    return table.round(6)
