"""Whether the chains that sampled the weights agree, and what to do where they do not."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from retina_vae.report.sections import Table
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import number, percent
from retina_vae.words import amount_of

__all__ = ["AGREE_UP_TO", "ENOUGH_SAMPLES", "ChainsPart", "chains_part"]

AGREE_UP_TO = 1.01
"""R-hat of chains that agree (Vehtari, Gelman, Simpson, Carpenter and Buerkner 2021, section 2)."""

ENOUGH_SAMPLES = 400
"""Effective samples from which R-hat and the other diagnostics are reliable themselves (the same, section 2)."""

_APART_ABOVE = 1.1
"""The bound that was usual before (Gelman et al. 2013), from which on chains are in different places."""

_NAMES = {"log_joint": "Weights and patients together, log p(θ, X)", "bound": "Mean bound of log p(x)"}


class ChainsPart(NamedTuple):
    """The part of the page.

    Attributes:
        sentences: Whether the chains agree, and what follows.
        table: A row per number that the chains are compared in.
    """

    sentences: str
    table: Table


def chains_part(tables: RunTables) -> ChainsPart | None:
    """What the page says of the chains; None of a run that samples no weights."""
    if tables.chains is None:
        return None
    own = tables.chains
    heads = ["Number", "Mean", "Standard deviation", "R-hat", "Effective samples"]
    rows = [
        [
            _NAMES.get(str(row["quantity"]), str(row["quantity"])),
            *(number(float(row[name]), 2) for name in ("mean", "standard_deviation", "r_hat")),
            f"{number(float(row['effective_samples']), 0)} of {int(row['chains'] * row['samples']):,}",
        ]
        for _, row in own.iterrows()
    ]
    return ChainsPart(f"{_started(own)} {_verdict(own)} {_USE}", Table([], heads, rows))


_USE = (
    "Clusters, stability and the assignment of patients rest on the trained replicas and know nothing of the samples; "
    "these say how sure the model is of a patient (assign --sure) and how unlike the cohort one is (ood)."
)


def _started(own: pd.DataFrame) -> str:
    chains, samples = int(own["chains"].iloc[0]), int(own["samples"].iloc[0])
    return (
        f"The weights of the decoder were sampled, {amount_of(samples, 'sample')} from each of "
        f"{amount_of(chains, 'chain')} that started from the trained replicas."
    )


def _verdict(own: pd.DataFrame) -> str:
    """In a sentence or two, by the worse of the numbers."""
    worst, fewest = float(own["r_hat"].max()), float(own["effective_samples"].min())
    if own[["r_hat", "effective_samples"]].isna().any(axis=None):
        return "Whether the chains agree cannot be told: a number was the same in all samples."
    if worst > _APART_ABOVE:
        return (
            f"The chains do not agree (R-hat up to {number(worst, 2)}, where chains that agree have {AGREE_UP_TO:g}): "
            "they are in different places, or still on their way, so together they are an ensemble with a spread "
            "around each member, and no draws from one distribution. Use them as you would use an ensemble, or raise "
            "vae.sghmc.steps and burn_in several times."
        )
    if worst > AGREE_UP_TO:
        return (
            f"The chains nearly agree (R-hat up to {number(worst, 3)}, where chains that agree have {AGREE_UP_TO:g} at "
            "most): what is averaged over all samples can be used, what depends on a few of them not. Raise "
            f"vae.sghmc.steps for more.{_few(own, fewest)}"
        )
    return f"The chains agree (R-hat up to {number(worst, 3)}).{_few(own, fewest)}"


def _few(own: pd.DataFrame, fewest: float) -> str:
    """What so many effective samples are worth, where there are fewer than are asked for."""
    if fewest >= ENOUGH_SAMPLES:
        return ""
    kept = int((own["chains"] * own["samples"]).iloc[0])
    unreachable = f", more than the {kept} that were kept" if kept < ENOUGH_SAMPLES else ""
    return (
        f" They are worth {number(fewest, 0)} independent samples at least, fewer than the {ENOUGH_SAMPLES} from which "
        f"R-hat itself is reliable{unreachable}: a mean over them is known to {percent(fewest**-0.5)} of their "
        "standard deviation."
    )
