import numpy as np

from retina_vae.clusters.membership import membership_of_draws


def test_the_most_frequent_cluster_wins_with_its_share() -> None:
    member = membership_of_draws(np.array([[2, 0], [2, 1], [0, 1], [2, 1]]), k=3)
    np.testing.assert_array_equal(member.labels, [2, 1])
    np.testing.assert_array_equal(member.share, [0.75, 0.75])


def test_a_tie_goes_to_the_lower_index() -> None:
    assert membership_of_draws(np.array([[1], [0]]), k=2).labels.tolist() == [0]


def test_given_clusters_keep_their_draws_share() -> None:
    member = membership_of_draws(np.array([[2], [2], [0], [2]]), k=3, labels=np.array([0]))
    assert (member.labels.tolist(), member.share.tolist()) == ([0], [0.25])


def test_the_share_converges_to_the_posteriors_probability() -> None:
    """A code N(0, 1) and two clusters that meet at 1: the share tends to Phi(1) = 0.8413."""
    draws = (np.random.default_rng(0).normal(size=(40_000, 1)) > 1).astype(np.int64)
    assert abs(membership_of_draws(draws, k=2).share[0] - 0.841345) < 4 * (0.8413 * 0.1587 / 40_000) ** 0.5
