"""Numbers in words: what a reader who stops after the first screen must have understood."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from retina_vae.report.tables import RunTables

__all__ = ["Badge", "agreement_in_words", "in_short", "null_in_words", "number", "percent", "stability_badge"]

_STABLE, _DOUBTFUL = 0.75, 0.6


@dataclass(frozen=True)
class Badge:
    """A verdict in words, and the name of its look in the style sheet."""

    words: str
    kind: str


def percent(share: float, decimals: int = 0) -> str:
    r"""A share in per cent; one below half a per cent that is not 0 keeps a decimal.

    >>> percent(0.5), percent(0.004), percent(0)
    ('50\xa0%', '0.4\xa0%', '0\xa0%')
    """
    digits = max(decimals, 1) if 0 < share < 0.005 else decimals
    return f"{100 * share:.{digits}f}\N{NO-BREAK SPACE}%"


def number(value: float, decimals: int = 3) -> str:
    r"""A number with a fixed count of decimals, a true minus sign, and no minus before zero.

    >>> number(-7.4567), number(-0.0001), number(math.nan), number(math.inf)
    ('−7.457', '0.000', '–', '∞')
    """
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "\N{MINUS SIGN}∞"
    # A replica that diverged may have a loss of twenty digits.
    text = f"{value:.{decimals}f}" if abs(value) < 1e6 else f"{value:.2e}"
    if text.startswith("-") and not text.strip("-0."):
        text = text[1:]
    return text.replace("-", "\N{MINUS SIGN}")


def stability_badge(jaccard: float) -> Badge:
    """Hennig's verdict on a mean Jaccard similarity: stable from 0.75, a doubtful pattern from 0.6, else not stable.

    Args:
        jaccard: Mean over the other replicas of the best match's Jaccard similarity; missing where there is no other.
    """
    if math.isnan(jaccard):
        return Badge("not measured", "unknown")
    if jaccard >= _STABLE:
        return Badge("stable", "stable")
    return Badge("doubtful", "doubtful") if jaccard >= _DOUBTFUL else Badge("not stable", "unstable")


def agreement_in_words(ari: float) -> str:
    """What a mean pairwise adjusted Rand index says; the bounds are ours, the index has no official ones."""
    if ari >= 0.9:
        return "the replicas find nearly the same groups"
    if ari >= 0.75:
        return "the replicas find largely the same groups, with some clusters split or merged differently"
    if ari >= 0.5:
        return "the replicas agree in part: from one to the next many patients are grouped with different patients"
    return "the replicas agree little: most of the grouping depends on the seed of the training"


def in_short(tables: RunTables) -> list[str]:
    """The run in a few plain sentences."""
    number = [null_in_words(tables), _number_of_clusters(tables)]
    sentences = [_who(tables), *_distance(tables), *number, _sureness(tables)]
    if len(tables.agreement):
        return [*sentences, _agreement(tables), _stability(tables.stability)]
    return [*sentences, "Only one replica was trained, so nothing is known of how much the clusters owe to its seed."]


def _who(tables: RunTables) -> str:
    schema, settings = tables.schema, tables.configuration
    counts = tables.patients[schema.diagnosis.name].value_counts()
    parts = [f"{counts[name]:,} {name}" for name in schema.diagnosis.categories]
    source = "simulated" if settings.cohort.source == "simulated" else "from the paper's published arrays"
    sizes = tables.stability["size"]
    dimension = settings.clusters.latent_dim
    return (
        f"{len(tables.patients):,} patients ({', '.join(parts)}; {source}) were encoded in {dimension} latent "
        f"dimension{'s' if dimension > 1 else ''} and put into {len(sizes)} clusters of {sizes.min():,} to "
        f"{sizes.max():,} patients."
    )


def _distance(tables: RunTables) -> list[str]:
    """How near the clustered model comes to the exact density, where that is known."""
    own = tables.evaluation[tables.evaluation["model"] == tables.clustered].dropna(subset=["distance"])
    if own.empty:
        return []
    distance = own["distance"]
    middle, low, high = (number(float(value)) for value in (distance.median(), distance.min(), distance.max()))
    spread = f", {low} to {high}" if low != high else ""
    several = f"median of {len(own)} replicas{spread}" if len(own) > 1 else "one replica"
    return [
        f"The clustered model's log-evidence of {own['measured_on'].iloc[0]} falls {middle} nats per patient short of "
        f"their exact log-density ({several}); 0 is the best that any model can reach on average."
    ]


def _number_of_clusters(tables: RunTables) -> str:
    k, filled = tables.configuration.clusters.k, len(tables.stability)
    empty = f" {k - filled} of them hold no patient." if filled < k else ""
    return f"The number of clusters, {k}, was set before the analysis. {_majority(tables.number.choices)}{empty}"


def _majority(choices: pd.DataFrame) -> str:
    votes = choices["k"].value_counts()
    if 2 * votes.iloc[0] <= len(choices):
        return f"Of {len(choices)} criteria no more than half choose the same number."
    return f"Of {len(choices)} criteria {votes.iloc[0]} choose {votes.index[0]}."


def null_in_words(tables: RunTables) -> str:
    """What the test for clusters says."""
    test = tables.number.null_test.iloc[0]
    found = (
        "the patients lie closer to a few centres than patients without clusters do"
        if test["verdict"] == "clusters"
        else "there is no evidence that the patients fall into clusters"
    )
    return (
        f"Held against {int(test['draws'])} cohorts with the same columns and correlations but without clusters, "
        f"{found} (p = {test['p_value']:.2g})."
    )


def _sureness(tables: RunTables) -> str:
    probability, bound = tables.assignments["probability"], tables.configuration.clusters.doubtful_below
    doubtful = int(tables.stability["doubtful"].sum())
    share = doubtful / len(probability)
    amount = "nearly all" if share < 0.05 else "most" if share < 0.2 else "only a part of the"
    return (
        f"The assignment is sure for {amount} patients: its mean probability is {probability.mean():.2f}, and "
        f"{doubtful:,} patients ({percent(share)}) lie below {bound:g}, which this report calls doubtful."
    )


def _agreement(tables: RunTables) -> str:
    ari = tables.agreement["ari"]
    # One pair has no range.
    mean, spread = ari.mean(), f", {ari.min():.2f} to {ari.max():.2f}" if len(ari) > 1 else ""
    return (
        f"{len(tables.replicas)} replicas, the same model trained from different seeds, agree pairwise at a mean "
        f"adjusted Rand index of {mean:.2f}{spread} (1: identical, 0: as by chance): {agreement_in_words(mean)}."
    )


def _stability(stability: pd.DataFrame) -> str:
    words = stability["jaccard_mean"].map(lambda value: stability_badge(float(value)).words)
    parts = [_are(int((words == word).sum()), word) for word in ("stable", "doubtful", "not stable")]
    return f"Of the {len(words)} clusters, judged one by one over the replicas, {parts[0]}, {parts[1]} and {parts[2]}."


def _are(count: int, word: str) -> str:
    return f"{count} {'is' if count == 1 else 'are'} {word}"
