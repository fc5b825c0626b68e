from __future__ import annotations

import math

import pytest

from retina_vae.clusters.hennig import VERDICTS
from retina_vae.report.wording import agreement_in_words, amount, badge, number
from retina_vae.words import MARK


def test_every_verdict_has_a_look_of_its_own_kind() -> None:
    assert [badge(word).kind for word in VERDICTS] == ["stable", "stable", "doubtful", "unstable", "unstable"]
    assert badge("not measured").kind == "unknown"


def test_few_patients_are_marked_none_and_many_are_said() -> None:
    assert [amount(count) for count in (0, 1, 1234, math.nan)] == ["0", "1", "1,234", MARK]


def test_better_agreement_never_reads_worse() -> None:
    words = [agreement_in_words(value / 100) for value in range(101)]
    order = list(dict.fromkeys(words))
    assert len(order) == 4
    assert sorted(words, key=order.index) == words


@pytest.mark.parametrize(
    ("value", "text"), [(-0.0004, "0.000"), (-0.0006, "−0.001"), (2.5e7, "2.50e+07"), (-math.inf, "−∞"), (0.1, "0.100")]
)
def test_numbers_are_cut_and_signed(value: float, text: str) -> None:
    assert number(value) == text
