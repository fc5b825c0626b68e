"""Against exact quadrature on a fine grid of codes, of models with one and two latent dimensions."""

from itertools import permutations

import numpy as np
import pytest
import torch
from scipy.special import logsumexp
from scipy.stats import norm

from retina_vae.cohort.encoding import ColumnEncoding, Encoding
from retina_vae.latent.cluster_points import PriorPoints, Responsibilities
from retina_vae.latent.contributions import Contributions, cluster_evidence, column_contributions
from retina_vae.latent.shapley import EverySubset, SampledOrders
from retina_vae.vae import BatchedLinear, FullGaussian, VariationalAutoencoder, replica_generators
from retina_vae.vae.outputs import TypedOutput

COLUMNS = 4
"""A finding, another one, a number, and another number with gaps."""

X = np.array([[1, 1, 0, 1, 0], [0, 1, 0, 1, 1], [0.3, -1.2, 2.0, 0.5, -0.4], [1.1, 0.4, -0.7, np.nan, np.nan]])


def make_model(latent_dim: int, changed: torch.Tensor | None = None) -> VariationalAutoencoder:
    """Logits and means that are linear in the code, and an encoder that knows little of the decoder."""
    kinds = ("binary", "binary", "continuous", "continuous")
    columns = [
        ColumnEncoding(
            name=f"x{i}",
            kind=kind,
            categories=("no", "yes") if kind == "binary" else (),
            by_kind=True,
            gaps=i == COLUMNS - 1,
        )
        for i, kind in enumerate(kinds)
    ]
    output = TypedOutput(1, Encoding(columns=tuple(columns)), "fixed", 0.9)
    encoder = BatchedLinear(1, COLUMNS + 1, FullGaussian.parameter_count(latent_dim))
    decoder = BatchedLinear(1, latent_dim, COLUMNS)
    model = VariationalAutoencoder(encoder, decoder, output, FullGaussian, latent_dim, gaps=[COLUMNS - 1]).double()
    model.initialize("glorot_uniform", replica_generators([3]))
    with torch.no_grad():
        decoder.weight.mul_(1.5)
        if changed is not None:
            decoder.weight[0] = changed
    return model


def cells(edges: list[float]) -> Responsibilities:
    """Clusters that are slices of the first latent dimension."""

    def responsibilities(codes: np.ndarray) -> np.ndarray:
        return np.eye(len(edges) + 1)[np.searchsorted(edges, codes[:, 0])]

    return responsibilities


def clouds(codes: np.ndarray) -> np.ndarray:
    """Three overlapping Gaussians."""
    centers = np.array([[-1.0, 0.0], [1.0, 0.5], [0.0, -1.5]])
    log_p = -((codes[:, None] - centers[:, : codes.shape[1]]) ** 2).sum(axis=2)
    return np.exp(log_p - logsumexp(log_p, axis=1, keepdims=True))


def grid_sums(model: VariationalAutoencoder, responsibilities: Responsibilities, x: np.ndarray) -> np.ndarray:
    """log int r_c(z) p(z) prod_S p(x_j | z) dz of every subset and cluster, shape (subsets, k)."""
    line = np.linspace(-7, 7, 4001 if model.latent_dim == 1 else 401)
    codes = np.stack(np.meshgrid(*[line] * model.latent_dim, indexing="ij"), axis=-1).reshape(-1, model.latent_dim)
    features = torch.from_numpy(x)[None, :, None].expand(-1, -1, len(codes))
    with torch.no_grad():
        terms = model.decode(torch.from_numpy(codes.T)[None]).log_prob(features)[0].numpy()
    log_p = norm.logpdf(codes).sum(axis=1) + np.log(line[1] - line[0]) * model.latent_dim
    with np.errstate(divide="ignore"):
        log_r = np.log(responsibilities(codes))
    included = (np.arange(2**COLUMNS)[:, None] >> np.arange(COLUMNS)) & 1
    return np.stack([logsumexp(log_p[:, None] + log_r + (s @ terms)[:, None], axis=0) for s in included])


def by_orderings(values: np.ndarray) -> np.ndarray:
    """Shapley values by their definition; bit j of a place says whether it has column j."""
    orders = list(permutations(range(COLUMNS)))
    found = np.zeros(COLUMNS)
    for order in orders:
        place = 0
        for column in order:
            found[column] += values[place | 1 << column] - values[place]
            place |= 1 << column
    return found / len(orders)


def explained(
    model: VariationalAutoencoder, responsibilities: Responsibilities, x: np.ndarray, a: int = 0, b: int = 1, **changes
) -> Contributions:
    settings = {"draws": 512, "points": 256, "plan": EverySubset(COLUMNS)} | changes
    prior = PriorPoints.drawn(responsibilities, model.latent_dim, settings["points"], seed=5)
    count = x.shape[1]
    clusters = torch.full((count,), a), torch.full((count,), b)
    noise = even_noise(model.latent_dim, settings["draws"])
    return column_contributions(model, torch.from_numpy(x), prior, noise, *clusters, settings["plan"])


def even_noise(latent_dim: int, draws: int) -> torch.Tensor:
    """Evenly spread standard normal points, shape (1, d, draws, 1)."""
    uniform = torch.quasirandom.SobolEngine(latent_dim, scramble=True, seed=9).draw(draws, dtype=torch.float64)
    return torch.special.ndtri(uniform).T.reshape(1, latent_dim, draws, 1)


CASES = {
    # Halfway between two codes of the grid.
    "cells of a line": (1, cells([-0.69825, 0.49875])),
    "cells of a plane": (2, cells([-0.4025])),
    "clouds": (2, clouds),
}


@pytest.mark.parametrize("case", CASES)
def test_contributions_are_those_of_exact_quadrature(case: str):
    latent_dim, responsibilities = CASES[case]
    model = make_model(latent_dim)
    found = explained(model, responsibilities, X)
    np.testing.assert_allclose(found.sizes + found.columns.sum(axis=1), found.log_odds, atol=1e-12)
    for place in range(X.shape[1]):
        sums = grid_sums(model, responsibilities, X[:, place])
        values = sums[:, 0] - sums[:, 1]
        np.testing.assert_allclose(found.sizes[place], values[0], atol=2e-3)
        np.testing.assert_allclose(found.log_odds[place], values[-1], atol=0.05)
        np.testing.assert_allclose(found.columns[place], by_orderings(values), atol=0.05)
    assert (found.columns[3:, 3] == 0).all()
    assert (found.column_error[3:, 3] == 0).all()
    assert (found.column_error < 0.1).all()


def test_more_points_come_nearer_and_the_errors_say_how_near():
    latent_dim, responsibilities = CASES["cells of a plane"]
    model = make_model(latent_dim)
    exact = []
    for x in X.T:
        sums = grid_sums(model, responsibilities, x)
        exact.append(by_orderings(sums[:, 0] - sums[:, 1]))
    far, said = [], []
    for points in (128, 8192):
        found = explained(model, responsibilities, X, draws=2 * points, points=points)
        far.append(np.sqrt(((found.columns - exact) ** 2).mean()))
        said.append(np.sqrt((found.column_error**2).mean()))
    assert far[1] < far[0] / 3
    # Evenly spread points err less than as many independent ones, of which the errors speak.
    assert 0.3 * far[0] < said[0] < 8 * far[0]


def test_the_evidence_of_every_cluster_is_that_of_exact_quadrature():
    latent_dim, responsibilities = CASES["clouds"]
    model = make_model(latent_dim)
    prior = PriorPoints.drawn(responsibilities, latent_dim, 256, seed=5)
    found = cluster_evidence(model, torch.from_numpy(X), prior, even_noise(latent_dim, 1024))
    exact = np.stack([grid_sums(model, responsibilities, x)[-1] for x in X.T])
    np.testing.assert_allclose(found, exact, atol=0.12)


def test_alike_columns_share_alike_and_one_that_ignores_the_code_contributes_nothing():
    weight = torch.tensor([[1.3, 0.4], [1.3, 0.4], [0.0, 0.0], [-0.8, 0.2]], dtype=torch.float64)
    model = make_model(2, weight)
    with torch.no_grad():
        model.decoder.bias[0, 1] = model.decoder.bias[0, 0]
    x = X.copy()
    x[1] = x[0]
    found = explained(model, CASES["cells of a plane"][1], x)
    np.testing.assert_allclose(found.columns[:, 0], found.columns[:, 1], atol=1e-12)
    assert (np.abs(found.columns[:, 0]) > 0.1).all()
    np.testing.assert_allclose(found.columns[:, 2], 0, atol=1e-10)


def test_the_other_way_round_has_the_other_sign_and_the_same_call_says_the_same():
    model, responsibilities = make_model(1), CASES["cells of a line"][1]
    found, again = (explained(model, responsibilities, X) for _ in range(2))
    turned = explained(model, responsibilities, X, a=1, b=0)
    np.testing.assert_array_equal(found.columns, again.columns)
    np.testing.assert_allclose(turned.columns, -found.columns, atol=1e-12)
    np.testing.assert_allclose(turned.log_odds, -found.log_odds, atol=1e-12)
    # A patient's numbers depend on nobody else.
    alone = explained(model, responsibilities, X[:, 2:3])
    np.testing.assert_allclose(alone.columns, found.columns[2:3], rtol=1e-10)


def test_sampled_orders_agree_with_every_subset():
    model, responsibilities = make_model(2), CASES["clouds"][1]
    exact = explained(model, responsibilities, X)
    sampled = explained(model, responsibilities, X, plan=SampledOrders.antithetic(COLUMNS))
    np.testing.assert_allclose(sampled.sizes + sampled.columns.sum(axis=1), sampled.log_odds, atol=1e-12)
    np.testing.assert_allclose(sampled.columns, exact.columns, atol=0.02)
    assert (sampled.columns[3:, 3] == 0).all()


def test_a_cluster_that_no_point_reaches_leaves_nothing_known():
    model, responsibilities = make_model(1), cells([-0.7, 40.0])
    found = explained(model, responsibilities, X, a=0, b=2)
    assert np.isnan(found.log_odds).all()
    assert np.isnan(found.columns).all()


def test_points_of_a_cluster_lie_in_it_and_the_shares_are_those_of_the_prior():
    prior = PriorPoints.drawn(cells([-0.7, 0.5, 4.2]), 1, 64, seed=2)
    for cluster, inside in enumerate([(-9, -0.7), (-0.7, 0.5), (0.5, 4.2), (4.2, 9)]):
        own = prior.codes[cluster, 0, : prior.counts[cluster]]
        assert ((own > inside[0]) & (own <= inside[1])).all()
    assert prior.counts.tolist()[:3] == [64, 64, 64]
    assert 0 < prior.counts[3] < 20
    assert prior.log_responsibility[3].isfinite().sum() == prior.counts[3]
    expected = np.diff(norm.cdf([-np.inf, -0.7, 0.5, 4.2, np.inf]))
    np.testing.assert_allclose(prior.log_share.exp()[:3], expected[:3], rtol=1e-3)
