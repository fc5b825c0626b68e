"""Why here: which columns speak for a patient's cluster against the next one, under the reported replica."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from torch import Tensor

from retina_vae.assign.batched import distinct_rows
from retina_vae.assign.score import Scorer
from retina_vae.cohort.remarks import ABOVE, BELOW, NOT_APPLICABLE, remarks_of
from retina_vae.errors import ConfigurationError
from retina_vae.latent.cluster_points import PriorPoints
from retina_vae.latent.contributions import Contributions, cluster_evidence, column_contributions
from retina_vae.latent.shapley import SubsetSums, orderings
from retina_vae.vae.priors import StandardNormal

__all__ = ["Explained", "Explainer", "can_explain", "explained_table"]

POINTS = 256
"""Points from the prior in each cluster; docs/method.md says how exact the numbers are with them."""

_SEED = 20_260_201

_PATIENTS_PER_TASK = 32

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Explained:
    """What speaks for the clusters of n patients.

    Attributes:
        against: The cluster that each is held against, from 0, shape (n,).
        contributions: What the columns and the sizes say.
    """

    against: IntArray
    contributions: Contributions


@dataclass(frozen=True, eq=False)
class Explainer:
    """Explains assignments by the decoder, which alone says what a column tells of the code.

    Where a run does not correct its codes, assignments come from the encoder's q(z | x); what is explained are the
    decoder's odds all the same, which then are not quite those of the probabilities in the table.

    Attributes:
        scorer: The reported replica with its clusters.
        prior: Points in each cluster.
        plan: Which subsets of the columns are summed.
    """

    scorer: Scorer
    prior: PriorPoints
    plan: SubsetSums

    @classmethod
    def of(cls, scorer: Scorer, asked_by: str = "--explain") -> Explainer:
        """The explainer of a run.

        Args:
            scorer: The reported replica with its clusters.
            asked_by: The option or method that asks for it, for the error message.

        Raises:
            ConfigurationError: The model has no density, or there is one cluster alone.
        """
        description, k = scorer.description, len(scorer.partition.centers)
        if not description.has_density:
            raise ConfigurationError(
                f"{asked_by}: expected a run whose model has a density, which vae.likelihood 'typed' and a posterior "
                f"that is no point give, got {description.likelihood!r} and {description.posterior!r}. Without one no "
                "column has a likelihood that could speak for a cluster."
            )
        if k < 2:
            raise ConfigurationError(f"{asked_by}: expected a run with two clusters or more, got one.")

        def responsibilities(codes: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray(scorer.partition.probabilities(codes), dtype=np.float64)

        prior = PriorPoints.drawn(responsibilities, description.latent_dim, POINTS, _SEED)
        return cls(scorer, prior, orderings(len(description.encoding.columns)))

    def explain(
        self,
        features: NDArray[np.float64],
        cluster: IntArray,
        against: IntArray | None = None,
        threads: int = 1,
    ) -> Explained:
        """What speaks for each patient's cluster.

        Patients with the same features and clusters are explained once.

        Args:
            features: Shape (patients, width).
            cluster: Of each patient, from 0.
            against: Another cluster of each; without it the most probable of the others, by the decoder.
            threads: CPU threads.
        """
        given = np.full(len(cluster), -1) if against is None else against
        first, place = distinct_rows(np.column_stack([features, cluster, given]).astype(np.float64))
        x = self._features(features[first])
        own, other = torch.from_numpy(cluster[first]), torch.from_numpy(given[first])
        tasks = [slice(start, start + _PATIENTS_PER_TASK) for start in range(0, x.shape[1], _PATIENTS_PER_TASK)]
        with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
            parts = list(pool.map(lambda part: self._task(x[:, part], own[part], other[part]), tasks))
        joined = Contributions.joined([part.contributions for part in parts])
        return Explained(np.concatenate([part.against for part in parts])[place], joined.take(place))

    def next_cluster(self, features: NDArray[np.float64], cluster: IntArray) -> IntArray:
        """The most probable cluster of each patient beside its own, by the decoder, from 0, shape (patients,)."""
        return self._next(self._features(features), torch.from_numpy(cluster)).numpy()

    def _task(self, x: Tensor, cluster: Tensor, against: Tensor) -> Explained:
        if (against < 0).any():
            against = self._next(x, cluster)
        model, noise = self.scorer.model, self.scorer.noise
        return Explained(
            against.numpy(), column_contributions(model, x, self.prior, noise, cluster, against, self.plan)
        )

    def _next(self, x: Tensor, cluster: Tensor) -> Tensor:
        evidence = cluster_evidence(self.scorer.model, x, self.prior, self.scorer.noise)
        return evidence.scatter(1, cluster[:, None], -math.inf).argmax(dim=1)

    def _features(self, features: NDArray[np.float64]) -> Tensor:
        return torch.from_numpy(features.T).to(self.scorer.noise.dtype).contiguous()


def can_explain(scorer: Scorer) -> bool:
    """Whether the model has a density with the prior that the points come from, and there are two clusters."""
    standard = isinstance(scorer.model.prior, StandardNormal)
    return scorer.description.has_density and standard and len(scorer.partition.centers) > 1


def explained_table(explained: Explained, patients: pd.DataFrame, columns: Sequence[str], named: int) -> pd.DataFrame:
    """What ``assign --explain`` adds to each patient.

    Args:
        explained: Of the patients.
        patients: Their values in words, in the same order.
        columns: Names of the inputs, in their order.
        named: How many columns for the cluster, and how many against it, are named in ``why``.

    Returns:
        ``against`` (the next cluster, from 1), ``log_odds`` (nats), ``log_odds_error``, ``why``, ``sizes``, a
        ``why_<column>`` per input, and ``contribution_error`` (the largest standard error of these). The sizes and
        contributions add up to the log-odds.
    """
    found = explained.contributions
    values = {name: _words(patients, name) for name in columns}
    texts = [
        _why(found.columns[i], found.sizes[i], [f"{name} = {values[name][i]}" for name in columns], named)
        for i in range(len(patients))
    ]
    numbers = {f"why_{name}": np.round(found.columns[:, j], 4) for j, name in enumerate(columns)}
    error = np.round(found.column_error.max(axis=1), 4)
    return pd.DataFrame(
        {
            "against": explained.against + 1,
            "log_odds": np.round(found.log_odds, 4),
            "log_odds_error": np.round(found.log_odds_error, 4),
            "why": pd.Series(texts, dtype=object, index=patients.index).to_numpy(),
            "sizes": np.round(found.sizes, 4),
        }
        | numbers
        | {"contribution_error": error},
        index=patients.index,
    )


def _words(patients: pd.DataFrame, name: str) -> list[str]:
    """The values of a column as the patients have them: a limit with its sign, and in words what has no number."""
    values, remarks = patients[name], remarks_of(patients, name)
    numeric, signs = pd.api.types.is_numeric_dtype(values), {BELOW: "<", ABOVE: ">"}
    return [
        (NOT_APPLICABLE if remark == NOT_APPLICABLE else "missing")
        if pd.isna(value)
        else signs.get(remark, "") + (f"{value:.6g}" if numeric else str(value))
        for value, remark in zip(values, remarks, strict=True)
    ]


def _why(contributions: NDArray[np.float64], sizes: float, words: Sequence[str], named: int) -> str:
    """Those that say most for the cluster, then those against it, with what the others and the sizes say."""
    if math.isnan(sizes):
        return ""
    order = np.argsort(-contributions, kind="stable")
    speaking = [int(j) for j in order[:named] if contributions[j] >= _LEAST]
    opposing = [int(j) for j in order[::-1][:named] if contributions[j] <= -_LEAST]
    rest = float(np.delete(contributions, [*speaking, *opposing]).sum())
    parts = [", ".join(f"{words[j]} {contributions[j]:+.1f}" for j in group) for group in (speaking, opposing)]
    text = "; against: ".join(parts) if parts[1] else parts[0]
    others = f"others {rest:+.1f}" if abs(rest) >= _LEAST else ""
    return "; ".join(part for part in (text.removeprefix("; "), others, f"sizes {sizes:+.1f}") if part)


_LEAST = 0.05
"""What is less has no digit in a text."""
