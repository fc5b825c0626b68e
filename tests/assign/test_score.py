from dataclasses import replace

import numpy as np
import pandas as pd
import torch
from scipy.special import expit
from scipy.stats import norm

from retina_vae.assign import TrainedRun
from retina_vae.clusters.membership import membership_of_draws
from retina_vae.clusters.partitions import KMeansPartition, MixturePartition
from retina_vae.config import LatentSettings
from retina_vae.latent.encode import encode_patients
from retina_vae.latent.sample import patient_codes
from retina_vae.vae import estimate_evidence, replica_generators
from retina_vae.vae.proposals import common_noise, weighted_proposals
from tests.assign.clinic import clinic_patients


def features(run: TrainedRun, patients: pd.DataFrame):
    return run.scorer.description.encoding.encode(patients)


def test_noise_is_standard_normal_and_follows_the_seed():
    noise = common_noise(3, 1024, 5)[0, :, :, 0]
    assert noise.mean(dim=1).abs().max() < 0.01
    assert (torch.cov(noise) - torch.eye(3)).abs().max() < 0.02
    assert torch.equal(common_noise(3, 1024, 5)[0, :, :, 0], noise)
    assert not torch.equal(common_noise(3, 1024, 6)[0, :, :, 0], noise)


def test_a_patient_alone_scores_as_in_company_in_any_order(either: TrainedRun, fresh: pd.DataFrame):
    x = features(either, fresh)
    together, order = either.scorer.score(x), np.random.default_rng(0).permutation(len(x))
    shuffled, alone = either.scorer.score(x[order], threads=2), either.scorer.score(x[7:8])
    for name in ("cluster", "probability", "mean", "scale", "log_evidence"):
        np.testing.assert_allclose(getattr(shuffled, name), getattr(together, name)[order], rtol=2e-4, atol=1e-5)
        np.testing.assert_allclose(getattr(alone, name), getattr(together, name)[7:8], rtol=2e-4, atol=1e-5)


def test_probabilities_sum_to_one_and_the_cluster_is_the_most_probable_or_nearest_the_mean(
    typed: TrainedRun, paper: TrainedRun, fresh: pd.DataFrame
):
    scores = paper.scorer.score(features(paper, fresh))
    np.testing.assert_allclose(scores.probability.sum(axis=1), 1, atol=1e-5)
    assert (scores.cluster == scores.probability.argmax(axis=1)).all()
    scores = typed.scorer.score(features(typed, fresh))
    distances = np.linalg.norm(scores.mean[:, None] - typed.scorer.partition.centers, axis=2)
    assert (scores.cluster == distances.argmin(axis=1)).all()


def test_probability_of_a_half_plane_is_the_normal_distributions(paper: TrainedRun, fresh: pd.DataFrame):
    x = features(paper, fresh)
    scorer = replace(paper.scorer, partition=KMeansPartition(np.array([[-1.0, 0.0], [1.0, 0.0]])))
    posterior = encode_patients(scorer.model, torch.from_numpy(x.T).float())
    exact = norm.cdf((posterior.mean / posterior.scale)[0, 0].numpy())
    assert np.abs(scorer.score(x).probability[:, 1] - exact).max() < 0.02


def test_probability_under_a_mixture_is_the_expected_responsibility(paper: TrainedRun, fresh: pd.DataFrame):
    """Two components that differ in the place of z_1 alone: the responsibility is a logistic function of z_1."""
    x = features(paper, fresh)[::20]
    centers, covariances = np.array([[-0.5, 0.2], [0.7, 0.2]]), np.tile(np.diag([0.4, 1.0]), (2, 1, 1))
    partition = MixturePartition(centers, np.array([0.3, 0.7]), covariances)
    scorer = replace(paper.scorer, partition=partition, noise=common_noise(2, 4096, 1))
    posterior = encode_patients(scorer.model, torch.from_numpy(x.T).float())
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    z = posterior.mean[0, 0].numpy()[:, None] + posterior.scale[0, 0].numpy()[:, None] * nodes
    logit = np.log(0.7 / 0.3) + (np.square(z + 0.5) - np.square(z - 0.7)) / (2 * 0.4)
    exact = expit(logit) @ weights / np.sqrt(2 * np.pi)
    scores = scorer.score(x)
    np.testing.assert_allclose(scores.probability[:, 1], exact, atol=2e-3)
    np.testing.assert_allclose(scores.probability.sum(axis=1), 1, atol=1e-5)
    assert (scores.cluster == (scores.probability[:, 1] > 0.5)).all()
    assert exact.min() > 0.02
    assert np.ptp(exact) > 0.1


def test_a_mixture_of_mean_codes_is_asked_about_mean_codes_alone(typed: TrainedRun, fresh: pd.DataFrame):
    """Narrow clouds of mean codes, far from most of a patient's draws; Bayes's rule at the mean, written out."""
    x = features(typed, fresh)
    dims = typed.scorer.model.latent_dim
    centers = np.zeros((2, dims))
    centers[:, 0] = -0.3, 0.3
    partition = MixturePartition(centers, np.array([0.4, 0.6]), np.tile(np.eye(dims) * 0.01, (2, 1, 1)))
    scores = replace(typed.scorer, partition=partition, on_means=True).score(x)
    far = np.square(scores.mean[:, None, :] - centers).sum(axis=2) / 0.01
    expected = expit(np.log(0.6 / 0.4) + (far[:, 0] - far[:, 1]) / 2)
    np.testing.assert_allclose(scores.probability[:, 1], expected, atol=1e-4)
    assert (scores.cluster == scores.probability.argmax(axis=1)).all()
    assert np.ptp(expected) > 0.9


def test_clusters_of_a_mixture_are_those_of_the_run(mixture: TrainedRun, training: pd.DataFrame):
    """Scored as new, a patient gets the cluster that the run found from fewer draws."""
    scores, own = mixture.scorer.score(features(mixture, training)), mixture.known.scores
    assert isinstance(mixture.scorer.partition, MixturePartition)
    assert len(np.unique(own.cluster)) == 3
    sure = np.sort(scores.probability, axis=1)[:, -2] < 0.4
    assert sure.mean() > 0.5
    assert (scores.cluster == own.cluster)[sure].mean() > 0.95
    assert (scores.cluster == scores.probability.argmax(axis=1)).all()


def test_paper_codes_are_the_posteriors(paper: TrainedRun, training: pd.DataFrame):
    scores = paper.scorer.score(features(paper, training))
    np.testing.assert_allclose(scores.mean, paper.known.scores.mean, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(scores.scale, paper.known.scores.scale, rtol=1e-4, atol=1e-5)
    assert np.isnan(scores.log_evidence).all()


def test_evidence_is_that_of_importance_sampling_in_years(typed: TrainedRun, fresh: pd.DataFrame):
    x, scorer = features(typed, fresh), replace(typed.scorer, noise=common_noise(2, 4096, 1))
    own = scorer.score(x).log_evidence - scorer.description.encoding.log_jacobian(x)
    other = estimate_evidence(scorer.model, torch.from_numpy(x.T).float(), 4096, replica_generators([3]))
    error = other.standard_error[0].numpy()
    assert (np.abs(own - other.log_evidence[0].numpy()) < 5 * error + 0.01).all()


def test_evidence_of_what_is_known_is_that_of_importance_sampling_in_the_units_of_the_columns(clinic: TrainedRun):
    x, scorer = features(clinic, clinic_patients(20, seed=4)), replace(clinic.scorer, noise=common_noise(2, 2048, 1))
    evidence = scorer.score(x).log_evidence - scorer.description.encoding.log_jacobian(x)
    other = estimate_evidence(scorer.model, torch.from_numpy(x.T).float(), 2048, replica_generators([3]))
    error = other.standard_error[0].numpy()
    assert np.isfinite(evidence).all()
    assert (np.abs(evidence - other.log_evidence[0].numpy()) < 5 * error + 0.01).all()


def test_patients_scored_as_new_agree_with_the_run_as_well_as_another_seed_of_the_run_does(
    either: TrainedRun, training: pd.DataFrame
):
    x, scorer, own = features(either, training), either.scorer, either.known.scores
    settings = LatentSettings(correction="importance" if scorer.corrected else "none", seed=77)
    codes = patient_codes(scorer.model, scorer.description, torch.from_numpy(x.T).float().contiguous(), settings)
    means = scorer.partition.predict(codes.mean[0]) if scorer.on_means else None
    other = membership_of_draws(scorer.partition.predict(codes.draws[0]), 3, means).labels
    error = np.sqrt(0.25 / len(x))
    assert (scorer.score(x).cluster == own.cluster).mean() > (other == own.cluster).mean() - error


def test_patients_with_the_same_values_are_scored_once_and_alike(either: TrainedRun, fresh: pd.DataFrame):
    x = features(either, fresh)[:20]
    order = np.random.default_rng(2).integers(20, size=300)
    expected, found = either.scorer.score(x), either.scorer.score(x[order])
    for name in ("cluster", "probability", "mean", "scale", "log_evidence"):
        values = getattr(found, name)
        np.testing.assert_allclose(values, getattr(expected, name)[order], rtol=2e-4, atol=1e-5)
        for patient in range(20):
            same = values[order == patient]
            np.testing.assert_array_equal(same, np.broadcast_to(same[:1], same.shape))


def test_noise_that_all_patients_share_is_that_of_each(typed: TrainedRun, fresh: pd.DataFrame):
    """Proposals from points of one patient are those from the same points written out for every patient."""
    x = torch.from_numpy(features(typed, fresh)[:30].T).float().contiguous()
    posterior, noise = encode_patients(typed.scorer.model, x), typed.scorer.noise
    with torch.no_grad():
        shared = weighted_proposals(typed.scorer.model, posterior, x.unsqueeze(0), noise)
        each = weighted_proposals(typed.scorer.model, posterior, x.unsqueeze(0), noise.expand(-1, -1, -1, 30))
    for found, expected in zip(shared, each, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
