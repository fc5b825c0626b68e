from __future__ import annotations

import pytest

from retina_vae.report.figures.labels import apart


def test_labels_are_moved_apart_around_their_mean() -> None:
    assert apart([5.0, 5.1, 5.2], [1.0] * 3, lowest=0.0) == pytest.approx([4.1, 5.1, 6.1])
    assert apart([0.6, 0.6], [1.0] * 2, lowest=0.0) == pytest.approx([0.5, 1.5])


def test_higher_labels_take_more_room() -> None:
    assert apart([5.0, 5.0], [1.0, 3.0]) == pytest.approx([4.0, 6.0])


def test_labels_stay_below_the_ceiling_and_rather_above_the_floor() -> None:
    assert apart([9.9, 9.9], [1.0] * 2, lowest=0.0, highest=10.0) == pytest.approx([8.5, 9.5])
    assert apart([0.5, 0.5, 0.5], [1.0] * 3, lowest=0.0, highest=2.0)[0] == pytest.approx(0.5)


def test_labels_with_room_stay() -> None:
    assert apart([0.0, 5.0], [1.0] * 2) == [0.0, 5.0]
