"""A file of codes by row groups: the same table as the whole, and reading a part is the part of reading all."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from retina_vae.errors import InputError
from retina_vae.files import write_table
from retina_vae.latent import Codes
from retina_vae.latent.storage import Column, read_codes, read_column, write_codes

IDS = [f"P{number}" for number in range(7)]


@pytest.fixture
def codes() -> Codes:
    rng = np.random.default_rng(1)
    mean, scale = rng.normal(size=(2, 3, 7, 2)).astype(np.float32)
    return Codes(mean, scale, rng.normal(size=(3, 4, 7, 2)).astype(np.float32))


@pytest.fixture
def path(codes: Codes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two replicas at once and then the third, in row groups of three patients."""
    monkeypatch.setattr("retina_vae.latent.storage._PATIENTS_PER_GROUP", 3)
    parts = [Codes(codes.mean[own], codes.scale[own], codes.draws[own]) for own in (slice(2), slice(2, 3))]
    write_codes(tmp_path / "codes.parquet", parts, IDS, "case")
    return tmp_path / "codes.parquet"


def test_the_file_holds_the_table_one_replica_in_a_row_group(codes: Codes, path: Path) -> None:
    pd.testing.assert_frame_equal(pd.read_parquet(path), codes.to_table(IDS, "case"))
    metadata = pq.ParquetFile(path).metadata
    replicas = [metadata.row_group(group).column(0).statistics for group in range(metadata.num_row_groups)]
    assert [own.min for own in replicas] == [own.max for own in replicas] == [1] * 3 + [2] * 3 + [3] * 3


@pytest.mark.parametrize("replicas", [None, [2], [1, 3], [3, 1]])
@pytest.mark.parametrize("parts", [("mean",), ("draws",), ("mean", "scale"), ("mean", "scale", "draws")])
@pytest.mark.parametrize("whole", [True, False])
def test_a_part_is_the_part_of_all(
    codes: Codes, path: Path, replicas: list[int] | None, parts: tuple, whole: bool
) -> None:
    """Also of a file whose row groups hold several replicas."""
    if whole:
        write_table(codes.to_table(IDS, "case"), path)
    found = read_codes(path, IDS, replicas, parts)
    own = [number - 1 for number in replicas or [1, 2, 3]]
    for name in ("mean", "scale", "draws"):
        if name in parts:
            np.testing.assert_array_equal(getattr(found, name), getattr(codes, name)[own])
        else:
            assert getattr(found, name).size == 0
        assert getattr(found, name).dtype == np.float32


def test_only_what_is_asked_for_is_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = pq.ParquetFile.read_row_group
    seen = []
    monkeypatch.setattr(pq.ParquetFile, "read_row_group", lambda *a: seen.append(a[1:]) or read(*a))
    read_codes(path, IDS, [2], ("mean",))
    assert seen == [(group, ["case", "mean_1", "mean_2"]) for group in (3, 4, 5)]


@pytest.mark.parametrize("patients", [IDS[::-1], IDS[:6], [*IDS, "P7"], []])
def test_codes_of_other_patients_are_refused(path: Path, patients: list[str]) -> None:
    with pytest.raises(InputError, match=f"the cohort's {len(patients)} patients in their order, got other patients"):
        read_codes(path, patients)


def test_what_is_no_file_of_codes_is_refused(path: Path) -> None:
    with pytest.raises(InputError, match=r"expected the codes of replica \[4\], got those of \[1, 2, 3\]"):
        read_codes(path, IDS, [4])
    pd.DataFrame({"replica": [1], "case": ["P0"]}).to_parquet(path)
    with pytest.raises(InputError, match="expected a table of an earlier stage, got: no columns mean_1"):
        read_codes(path, ["P0"])
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match="expected a table of an earlier stage, got"):
        read_codes(path, IDS)
    path.unlink()
    with pytest.raises(InputError, match=r"codes\.parquet: expected a table of an earlier stage, got"):
        read_codes(path, IDS)


def test_another_column_stands_last_and_the_replicas_have_another_name(codes: Codes, tmp_path: Path) -> None:
    times, path = np.arange(21).reshape(3, 7), tmp_path / "resamples.parquet"
    write_codes(path, [codes], IDS, counted="resample", column=Column("times", times))
    table = pd.read_parquet(path)
    assert (table.columns[0], table.columns[-1]) == ("resample", "times")
    np.testing.assert_array_equal(read_column(path, "times", 3), times)
    np.testing.assert_array_equal(read_codes(path, IDS, [2], counted="resample").draws[0], codes.draws[1])


def test_a_failure_half_way_leaves_no_file(codes: Codes, tmp_path: Path) -> None:
    def broken():
        yield codes
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_codes(tmp_path / "codes.parquet", broken(), IDS)
    assert list(tmp_path.iterdir()) == []
