"""The length of a step's gradient, replica by replica."""

from __future__ import annotations

import pytest
import torch

from retina_vae.vae.adamw import shorten


def test_a_long_gradient_keeps_its_direction_and_a_short_one_its_length() -> None:
    first = torch.tensor([[3.0, 0.0], [0.3, 0.0]], dtype=torch.float64).unsqueeze(1)
    second = torch.tensor([[[4.0]], [[0.4]]], dtype=torch.float64)
    before = [first.clone(), second.clone()]
    shorten([first, second], 1.0)
    # The first replica's numbers have the length 5 together, the second's 0.5.
    torch.testing.assert_close(first[0], before[0][0] / 5)
    torch.testing.assert_close(second[0], before[1][0] / 5)
    assert torch.equal(first[1], before[0][1])
    assert torch.equal(second[1], before[1][1])


def test_a_gradient_of_zeros_stays() -> None:
    gradient = torch.zeros(2, 3, 1)
    shorten([gradient], 0.5)
    assert torch.equal(gradient, torch.zeros(2, 3, 1))


@pytest.mark.parametrize("size", [1e3, 1e15])
def test_any_finite_length_becomes_the_longest(size: float) -> None:
    gradient = torch.full((1, 4, 1), size)
    shorten([gradient], 2.0)
    assert gradient.square().sum().sqrt().item() == pytest.approx(2.0, rel=1e-6)
