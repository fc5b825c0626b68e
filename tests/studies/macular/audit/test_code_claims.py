import numpy as np
import pandas as pd
import pytest

from retina_vae.studies.macular.audit.claim_result import verdict
from retina_vae.studies.macular.audit.code_claims import (
    best_latent_dim,
    diseases_separable,
    last_losses,
    silhouette_by_k,
)


def history(levels, epochs=20):
    return pd.concat(
        pd.DataFrame(
            {
                "replica": r,
                "epoch": range(1, epochs + 1),
                "loss": [level + 10.0] * (epochs - 2) + [level - 1, level + 1],
            }
        )
        for r, level in enumerate(levels, start=1)
    )


def test_last_losses_are_means_over_the_last_tenth():
    assert last_losses(history([3.0, 4.0])).tolist() == [3.0, 4.0]


@pytest.mark.parametrize(
    ("two", "three", "four", "expected", "miss"),
    [
        ([5.0, 5.1, 5.2], [3.0, 3.1, 3.2], [4.0, 4.1, 4.2], "holds", ""),
        (
            [5.0, 5.1, 5.2],
            [3.0, 3.1, 3.2],
            [2.0, 2.1, 2.2],
            "does not hold",
            "the loss is lower otherwise: 3-D minus 4-D 1 ",
        ),
        ([5.0, 5.1, 5.2], [3.0, 3.1, 3.2], [3.0, 3.1, 3.3], "undecided", "the spread of the replicas leaves the order"),
        ([5.0, 5.1, 5.2], [3.0], [4.0, 4.1], "cannot be tested", "two replicas each of 2, 3 and 4 dimensions"),
    ],
)
def test_the_latent_dimensions_are_compared_over_replicas(two, three, four, expected, miss):
    found = best_latent_dim({2: history(two), 3: history(three), 4: history(four)})
    assert verdict(found) == expected
    assert found.miss.startswith(miss)
    assert bool(found.miss) is bool(miss)


def test_a_latent_dimension_that_was_not_trained_cannot_be_compared():
    result = best_latent_dim({3: history([3.0, 3.1])})
    assert result.holds is None
    assert "3-D loss 3.05" in result.detail


@pytest.mark.parametrize("groups", [6, 14])
def test_the_widest_silhouette_finds_well_separated_groups(groups):
    rng = np.random.default_rng(0)
    corners = np.array([(i % 2, i // 2 % 2, i // 4) for i in range(groups)]) * 10.0
    codes = np.repeat(corners, 30, axis=0) + rng.normal(scale=0.3, size=(30 * groups, 3))
    result = silhouette_by_k(codes, seed=1)
    assert result.figures["k of the widest silhouette"] == groups
    assert result.holds is (groups == 14)
    assert result.miss.startswith("the silhouette is widest at k = 6 (") is (groups == 6)


def test_too_few_codes_leave_the_silhouette_untested():
    assert silhouette_by_k(np.arange(30.0).reshape(10, 3), seed=1).holds is None


def test_diseases_that_lie_apart_are_separable_and_mixed_ones_are_not():
    rng = np.random.default_rng(0)
    diseases = pd.Series(["CSCR", "PCV"] * 60)
    clusters = pd.Series([1] * 60 + [2] * 60)
    mixed = rng.normal(size=(120, 2))
    apart = mixed + 10.0 * (diseases == "PCV").to_numpy()[:, None]
    assert diseases_separable(apart, diseases, clusters, seed=1).holds
    result = diseases_separable(mixed, diseases, clusters, seed=1)
    assert result.holds is False
    assert result.figures["clusters tested"] == 2
    lowest = result.figures["lowest balanced accuracy"]
    assert result.miss == f"2 of 2 clusters stay below 0.9; the lowest balanced accuracy is {lowest:.3f}"
    assert result.figures["median balanced accuracy"] == pytest.approx(0.5, abs=0.15)
    assert result.figures["median share of the commonest disease"] == 0.5


def test_rare_diseases_are_left_out_of_a_cluster():
    diseases = pd.Series(["CSCR"] * 40 + ["PCV"] * 9)
    assert diseases_separable(np.zeros((49, 2)), diseases, pd.Series([1] * 49), seed=1).holds is None


def test_of_many_patients_some_are_looked_at_and_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    diseases, clusters = pd.Series(["CSCR", "PCV"] * 3000), pd.Series(np.repeat([1, 2], 3000))
    codes = rng.normal(size=(6000, 2)) + 2.0 * (diseases == "PCV").to_numpy()[:, None]
    whole = diseases_separable(codes, diseases, clusters, seed=1).figures
    monkeypatch.setattr("retina_vae.studies.macular.audit.code_claims.MOST_PATIENTS", 2000)
    some = diseases_separable(codes, diseases, clusters, seed=1).figures
    assert some != whole
    assert some["median balanced accuracy"] == pytest.approx(whole["median balanced accuracy"], abs=0.03)
