import numpy as np
import pandas as pd
import pytest

from retina_vae.studies.macular.audit.agreement import agreement_with_paper, judge_selection


def test_indices_known_from_the_formula():
    """ARI of {12|34} and {13|24}: pairs together 2 and 2, both 0, expected 2/3, maximum 2, so (0-2/3)/(2-2/3)."""
    partition = pd.Series([7, 7, 9, 9])
    clusters = {1: pd.Series([1, 1, 2, 2]), 2: pd.Series([1, 2, 1, 2])}
    table = agreement_with_paper(clusters, pd.Series([2, 2, 1, 1]), partition).set_index("replica")
    assert list(table.index) == ["1", "2", "consensus"]
    assert table["ari_paper"].tolist() == pytest.approx([1.0, -0.5, 1.0])
    assert table["ari_other_replicas"].tolist() == pytest.approx([-0.5, -0.5, 0.25])


def test_a_single_replica_has_no_others():
    own = pd.Series([1, 1, 2, 2])
    table = agreement_with_paper({1: own}, own, own)
    assert np.isnan(table["ari_other_replicas"][0])


def agreement(*ari):
    names = [*(str(r) for r in range(1, len(ari) + 1)), "consensus"]
    return pd.DataFrame({"replica": names, "ari_paper": [*ari, 0.99], "ari_other_replicas": 0.5})


def test_a_criterion_is_judged_by_what_it_chooses():
    replicas = pd.DataFrame(
        {"replica": [1, 2, 3], "loss": [3.0, 2.0, 1.0], "within_ss": [5.0, 1.0, 9.0], "mean_ari": [0.1, 0.3, 0.2]}
    )
    table = judge_selection(agreement(0.2, 0.5, 0.8), replicas).set_index("criterion")
    assert table["spearman_with_ari_paper"].to_dict() == pytest.approx(
        {"loss": -1.0, "within_ss": 0.5, "mean_ari": 0.5}
    )
    assert table["chosen_replica"].to_dict() == {"loss": 3, "within_ss": 2, "mean_ari": 2}
    assert table["ari_of_chosen"].to_dict() == {"loss": 0.8, "within_ss": 0.5, "mean_ari": 0.5}
    assert table["ari_mean"].tolist() == pytest.approx([0.5] * 3)
    assert table["ari_best"].tolist() == [0.8] * 3


def test_one_replica_leaves_no_correlation():
    replicas = pd.DataFrame({"replica": [1], "loss": [3.0], "within_ss": [5.0], "mean_ari": [np.nan]})
    table = judge_selection(agreement(0.7), replicas)
    assert table["spearman_with_ari_paper"].isna().all()
    assert table["chosen_replica"].tolist() == [1, 1, 1]
