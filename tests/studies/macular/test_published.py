import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import fit_encoding
from retina_vae.errors import InputError
from retina_vae.studies.macular.published import ENVIRONMENT_VARIABLE, published_folder, read_published
from retina_vae.studies.macular.schema import MACULAR

STACK = "macSpectrum_stack.npy"


@pytest.fixture
def copied(published_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published_folder, tmp_path / "arrays"))


def test_codes_are_those_of_the_array(published_folder: Path, published_patients: pd.DataFrame) -> None:
    codes = fit_encoding(published_patients, MACULAR, "raw").encode(published_patients)
    np.testing.assert_array_equal(codes, np.load(published_folder / STACK))
    labels = np.load(published_folder / "macSpectrum_labels.npy")
    np.testing.assert_array_equal(published_patients["disease"].cat.codes, labels)


def test_sex_is_coded_as_in_the_printed_table(published_patients: pd.DataFrame) -> None:
    """Rows 3, 5, 8 and 10 of Table 1 are women only, row 9 is men only: non-Asian with drusen, no polyps."""
    cell = published_patients.query("race != 'Asian' and polyps == 'absent' and drusen == 'present'")
    assert cell["sex"].value_counts().to_dict() == {"male": 348, "female": 298}


def test_missing_files_say_where_they_come_from(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"macSpectrum_stack\.npy: .*VeryVeryGoodNews.*RETINA_VAE_PUBLISHED"):
        read_published(tmp_path)


def test_an_altered_array_is_refused(copied: Path) -> None:
    array = np.load(copied / STACK)
    array[5, 1] += 1e-9
    np.save(copied / STACK, array)
    with pytest.raises(InputError, match="expected SHA-256 9d744b13"):
        read_published(copied)


def test_a_wrong_shape_is_refused(copied: Path) -> None:
    np.save(copied / STACK, np.zeros((10, 6)))
    with pytest.raises(InputError, match=r"expected an array of shape \(3000, 6\), got \(10, 6\)"):
        read_published(copied)


def test_a_file_that_is_no_array_is_refused(copied: Path) -> None:
    (copied / STACK).write_bytes(b"not an array")
    with pytest.raises(InputError, match="expected a NumPy array"):
        read_published(copied)


def test_the_environment_variable_goes_before_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENVIRONMENT_VARIABLE, raising=False)
    assert published_folder("here") == Path("here")
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "there")
    assert published_folder("here") == Path("there")
