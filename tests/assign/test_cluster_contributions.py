import numpy as np

from retina_vae.assign import TrainedRun
from retina_vae.assign.cluster_contributions import MEMBERS, cluster_contributions
from retina_vae.assign.explain import Explainer


def test_means_are_those_of_the_members_against_one_other_cluster(typed: TrainedRun):
    table = cluster_contributions(typed)
    names = ["", *(column.name for column in typed.schema.inputs)]
    clusters = typed.known.scores.cluster
    assert table["cluster"].unique().tolist() == (np.unique(clusters) + 1).tolist()
    explainer = Explainer.of(typed.scorer)
    small = [number for number in np.unique(clusters) if (clusters == number).sum() <= MEMBERS]
    assert small
    for number, own in table.groupby("cluster"):
        assert own["column"].tolist() == names
        assert own["against"].nunique() == 1
        assert own["against"].iloc[0] != number
        members = np.flatnonzero(clusters == number - 1)
        assert (own["patients"] == min(len(members), MEMBERS)).all()
        if number - 1 in small:
            against = np.full(len(members), own["against"].iloc[0] - 1)
            features = typed.known.features[members]
            found = explainer.explain(features, clusters[members], against).contributions
            np.testing.assert_allclose(own["contribution"].iloc[1:], found.columns.mean(axis=0), atol=1e-4)
            np.testing.assert_allclose(own["contribution"].sum(), found.log_odds.mean(), atol=1e-3)
            least = found.columns.std(axis=0, ddof=1) / np.sqrt(len(members))
            assert (own["standard_error"].iloc[1:] >= least - 1e-4).all()
            seconds = np.bincount(explainer.next_cluster(features, clusters[members]))
            assert seconds.argmax() == own["against"].iloc[0] - 1


def test_the_same_run_gives_the_same_table_and_one_without_density_none(typed: TrainedRun, paper: TrainedRun):
    assert cluster_contributions(typed).equals(cluster_contributions(typed, threads=2))
    assert cluster_contributions(paper).empty
