from __future__ import annotations

import math
from dataclasses import replace

import pytest

from retina_vae.report.tables import RunTables
from retina_vae.report.wording import agreement_in_words, in_short, stability_badge


@pytest.mark.parametrize(
    ("jaccard", "words"),
    [
        (1.0, "stable"),
        (0.75, "stable"),
        (0.7499, "doubtful"),
        (0.6, "doubtful"),
        (0.5999, "not stable"),
        (0, "not stable"),
    ],
)
def test_badges_follow_the_thresholds(jaccard: float, words: str) -> None:
    assert stability_badge(jaccard).words == words


def test_without_other_replicas_stability_is_not_measured() -> None:
    assert stability_badge(math.nan).words == "not measured"


def test_better_agreement_never_reads_worse() -> None:
    words = [agreement_in_words(value / 100) for value in range(101)]
    order = list(dict.fromkeys(words))
    assert len(order) == 4
    assert sorted(words, key=order.index) == words


def test_in_short_states_the_tables_numbers(tables: RunTables) -> None:
    who, number, sure, agree, stable = in_short(tables)
    assert who.startswith("120 patients (40 ARMD, 40 CSCR, 40 PCV; simulated)")
    assert "6, was set" in number
    assert "not found" in number
    assert f"{tables.assignments['probability'].mean():.2f}" in sure
    assert f"{int(tables.stability['doubtful'].sum())} patients" in sure
    assert f"mean adjusted Rand index of {tables.agreement['ari'].mean():.2f}" in agree
    counts = [stability_badge(value).words for value in tables.stability["jaccard_mean"]]
    assert f"{counts.count('not stable')} are not stable" in stable


def test_one_replica_is_said_to_be_one(tables: RunTables) -> None:
    lone = replace(tables, agreement=tables.agreement.head(0))
    assert "Only one replica" in in_short(lone)[-1]
