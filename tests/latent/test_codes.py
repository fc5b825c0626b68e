import numpy as np
import pytest

from retina_vae.errors import InputError
from retina_vae.latent import Codes


def random_codes() -> Codes:
    rng = np.random.default_rng(1)
    mean, scale = rng.normal(size=(2, 2, 4, 3)).astype(np.float32)
    return Codes(mean, scale, rng.normal(size=(2, 5, 4, 3)).astype(np.float32))


def test_a_table_holds_the_numbers_where_its_column_names_say() -> None:
    codes = random_codes()
    table = codes.to_table(["a", "b", "c", "d"])
    row = table[(table["replica"] == 2) & (table["patient_id"] == "c")].iloc[0]
    assert row["mean_2"] == codes.mean[1, 2, 1]
    assert row["scale_3"] == codes.scale[1, 2, 2]
    assert row["draw_4_1"] == codes.draws[1, 3, 2, 0]


def test_codes_come_back_from_their_table() -> None:
    codes = random_codes()
    found = Codes.from_table(codes.to_table(["a", "b", "c", "d"]), ["a", "b", "c", "d"])
    for name in ("mean", "scale", "draws"):
        np.testing.assert_array_equal(getattr(found, name), getattr(codes, name))


def test_codes_of_all_replicas_come_back_from_those_of_each_in_their_order() -> None:
    codes = random_codes()
    found = Codes.of_replicas(codes.by_replica())
    for name in ("mean", "scale", "draws"):
        np.testing.assert_array_equal(getattr(found, name), getattr(codes, name))


@pytest.mark.parametrize("patients", [["a", "b", "d", "c"], ["a", "b", "c"], []])
def test_codes_of_other_patients_are_refused(patients: list[str]) -> None:
    with pytest.raises(InputError, match=f"expected each replica's codes of the cohort's {len(patients)} patients"):
        Codes.from_table(random_codes().to_table(["a", "b", "c", "d"]), patients)
