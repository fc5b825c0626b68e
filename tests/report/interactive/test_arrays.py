import numpy as np

from retina_vae.report.interactive.arrays import MISSING, STEPS, pack, quantize
from tests.report.interactive.reading import unpack


def test_numbers_come_back():
    numbers = np.array([[0, 1, 256], [65_535, 7, 300]])
    np.testing.assert_array_equal(unpack(pack(numbers)), numbers)


def test_steps_are_the_nearest_thousandths_of_the_range():
    values = np.random.default_rng(0).uniform(-3, 5, 1000)
    steps = unpack(quantize(values, -3, 5))
    assert np.abs(-3 + 8 * steps / STEPS - values).max() <= 8 / STEPS / 2 + 1e-12
    assert unpack(quantize([-3.0, 5.0], -3, 5)).tolist() == [0, STEPS]


def test_each_column_has_its_own_range():
    assert unpack(quantize([[1.0, 10.0], [2.0, 30.0]], [1, 10], [2, 30])).tolist() == [[0, 0], [STEPS, STEPS]]


def test_missing_numbers_and_ranges_without_width():
    assert unpack(quantize([np.nan, 4.0], 4, 4)).tolist() == [MISSING, 0]
