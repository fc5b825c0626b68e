"""What a beam returns of, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from retina_vae.studies.terrain.scenes import (
    HALF_ROBOT,
    HORIZON,
    RADIUS,
    ROW_DEPTH,
    ROW_THICKNESS,
    ROW_WIDTH,
    SHARES,
    SITUATIONS,
    TERRAINS,
    Scenes,
    course_limits,
    dimensions,
    draw_scenes,
    scenes_at,
)
from retina_vae.studies.terrain.sweeps import ANGLES, LEVELS, STEP, draw_sweeps, level_logarithms, log_likelihood

_AIR = 200.0


def scene(
    offset: float = 0.0, heading: float = 0.0, distance: float = 0.0, radius: float = 0.0, depth: float = 1.0
) -> Scenes:
    return Scenes(*(np.array([value]) for value in (offset, heading, distance, 0.0, radius, depth)))


def level_probabilities(own: Scenes, angle: float) -> np.ndarray:
    """p(level) of one beam, shape (levels + 1,), by the likelihood of every sweep of one beam."""
    levels = np.arange(LEVELS + 1)[:, None]
    many = Scenes(*(np.repeat(values, len(levels)) for values in vars(own).values()))
    return np.exp(log_likelihood(levels, many, np.array([angle])))


def test_every_beam_has_probabilities_that_add_up_to_one() -> None:
    drawn = draw_scenes(np.arange(4), np.random.default_rng(1))
    assert_allclose(np.exp(level_logarithms(drawn)).sum(axis=1), 1.0, atol=1e-12)


def test_a_straight_empty_corridor_has_the_closed_form() -> None:
    # Across the rows a beam meets leaves from half the width on, for their thickness; P(level) is a difference of S.
    ends = np.arange(LEVELS + 1) * STEP
    hazard = ends / _AIR + np.clip(ends - ROW_WIDTH / 2, 0, ROW_THICKNESS) / ROW_DEPTH
    survival = np.exp(-hazard)
    expected = np.append(survival[:-1] - survival[1:], survival[-1])
    assert_allclose(level_probabilities(scene(), np.pi / 2), expected, rtol=1e-6)
    assert_allclose(level_probabilities(scene(), -np.pi / 2), expected, rtol=1e-6)
    # Along the rows only the air is in the way.
    air = np.exp(-ends / _AIR)
    assert_allclose(level_probabilities(scene(), 0.0), np.append(air[:-1] - air[1:], air[-1]), rtol=1e-6)


def test_a_robot_on_the_left_has_the_left_row_nearer_and_one_that_has_turned_sees_the_row_ahead() -> None:
    near, far = (level_probabilities(scene(offset=0.1), side * np.pi / 2) for side in (1, -1))
    assert near[:3].sum() < 0.02
    assert near[3] > 0.5
    assert far[:5].sum() < 0.03
    turned = level_probabilities(scene(heading=np.pi / 2), 0.0)
    assert_allclose(turned, level_probabilities(scene(), np.pi / 2), rtol=1e-6)


@pytest.mark.parametrize("distance", [0.7, 0.8, 1.2])
def test_a_solid_disc_ahead_is_hit_at_its_near_edge_and_nothing_is_seen_behind_it(distance: float) -> None:
    found = level_probabilities(scene(distance=distance, radius=RADIUS, depth=1e-3), 0.0)
    edge = int((distance - RADIUS + 1e-9) / STEP)
    assert found[edge] > 0.99 * np.exp(-distance / _AIR)
    assert found[edge + 1 :].sum() < 1e-12


def test_a_beam_beside_a_disc_passes_it() -> None:
    beside = np.arcsin(RADIUS / 0.8) + 1e-6
    own = scene(distance=0.8, radius=RADIUS, depth=1e-3)
    assert_allclose(level_probabilities(own, beside), level_probabilities(scene(), beside), rtol=1e-6)


def test_through_something_airy_a_beam_goes_on_with_the_probability_of_its_path() -> None:
    found = level_probabilities(scene(distance=0.8, radius=RADIUS, depth=0.5), 0.0)
    assert_allclose(found[-1], np.exp(-2 * RADIUS / 0.5 - LEVELS * STEP / _AIR), rtol=1e-9)


def test_drawn_sweeps_follow_the_likelihood() -> None:
    rng, count = np.random.default_rng(3), 4000
    one = scene(0.03, 0.05, 0.6, RADIUS, 0.4)
    many = Scenes(*(np.repeat(values, count) for values in vars(one).values()))
    levels = draw_sweeps(many, rng)
    expected = np.exp(level_logarithms(one))[:, :, 0]
    found = np.stack([(levels == level).mean(axis=0) for level in range(LEVELS + 1)], axis=1)
    error = np.sqrt(expected * (1 - expected) / count)
    assert np.abs(found - expected).max() < 0.05
    assert np.mean(np.abs(found - expected) <= 2.5 * error + 1 / count) > 0.97


def test_a_table_of_logarithms_says_what_the_likelihood_says() -> None:
    rng = np.random.default_rng(4)
    drawn = draw_scenes(np.array([0, 1, 2, 3, 2]), rng)
    levels = draw_sweeps(drawn, rng)
    table = level_logarithms(drawn)
    beams = np.arange(len(ANGLES))
    expected = [table[beams, levels[item], item].sum() for item in range(len(levels))]
    assert_allclose(log_likelihood(levels, drawn), expected, rtol=1e-9)


def test_scenes_are_what_their_terrains_say() -> None:
    rng = np.random.default_rng(5)
    for situation in range(len(SITUATIONS)):
        own = scenes_at(situation, rng.standard_normal((500, dimensions(situation))))
        right, left = course_limits(own.offset)
        aligned = (own.heading >= right) & (own.heading <= left)
        assert aligned.all() == (situation != 0)
        ahead = own.offset + HORIZON * np.sin(own.heading)
        touches = np.abs(ahead) + HALF_ROBOT > ROW_WIDTH / 2 - 1e-9
        assert (touches == ~aligned).all()
        assert (own.radius > 0).all() == (situation in (1, 2))


def test_shares_of_situations_add_up_and_dense_things_may_be_traversable() -> None:
    assert_allclose(SHARES.sum(axis=1), 1.0)
    drawn = draw_scenes(np.full(4000, TERRAINS.index("traversable obstacle")), np.random.default_rng(6))
    assert abs((drawn.depth < 0.1).mean() - 0.2) < 4 * np.sqrt(0.2 * 0.8 / 4000)
