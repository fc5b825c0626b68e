import numpy as np
import pandas as pd
import pytest

from retina_vae.errors import InputError
from retina_vae.latent import Codes
from retina_vae.latent.resampled import ResampledCodes, write_resampled

IDS = ["P1", "P2", "P3"]


def resampled() -> ResampledCodes:
    rng = np.random.default_rng(0)
    mean = rng.normal(size=(2, 3, 2)).astype(np.float32)
    draws = rng.normal(size=(2, 4, 3, 2)).astype(np.float32)
    return ResampledCodes(Codes(mean, np.abs(mean), draws), np.array([[1, 0, 2], [1, 1, 1]]))


def test_the_file_gives_the_codes_back(tmp_path) -> None:
    own, path = resampled(), tmp_path / "resamples.parquet"
    write_resampled(path, [own.codes], own.times, IDS, "case")
    assert pd.read_parquet(path).columns[[0, 1, -1]].tolist() == ["resample", "case", "times"]
    back = ResampledCodes.read(path, IDS)
    for name in ("mean", "scale", "draws"):
        np.testing.assert_array_equal(getattr(back.codes, name), getattr(own.codes, name))
    np.testing.assert_array_equal(back.times, own.times)


def test_a_patient_stands_in_a_resample_as_often_as_drawn() -> None:
    assert resampled().drawn(0).tolist() == [0, 2, 2]
    assert resampled().drawn(1).tolist() == [0, 1, 2]


def test_other_patients_are_an_error(tmp_path) -> None:
    own, path = resampled(), tmp_path / "resamples.parquet"
    write_resampled(path, own.codes.by_replica(), own.times, IDS)
    with pytest.raises(InputError, match="got other patients"):
        ResampledCodes.read(path, ["P1", "P3", "P2"])
