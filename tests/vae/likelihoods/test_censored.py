"""Limits: tails of the distribution of the number, in its unit, held against quadrature and the library's tails."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats
from torch import Tensor

from retina_vae.cohort import CohortSchema, Column, Encoding, fit_encoding
from retina_vae.vae.likelihoods import Censored, CensoredFamily, Gaussian, NegativeBinomial, Observed, TypedLikelihood
from retina_vae.vae.outputs import TypedOutput
from retina_vae.vae.replicas import replica_generators

from .test_base import random

SCHEMA = CohortSchema(
    identifier="id",
    columns=(
        Column(name="base", label="Base excess", kind="continuous", censored=True),
        Column(name="crp", label="CRP", kind="positive", censored=True),
    ),
)


def patients(count: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    return pd.DataFrame({"base": rng.normal(-2, 4, count), "crp": np.exp(rng.normal(1, 0.8, count))})


def alone(name: str) -> Encoding:
    whole = fit_encoding(patients(), SCHEMA, "by_kind")
    return Encoding(columns=tuple(column for column in whole.columns if column.name == name))


def log_prob(name: str, values: object, remark: str | None = None) -> Tensor:
    """log p per unit of the column, or of the tail beyond a limit, under two replicas, shape (2, values)."""
    encoding = alone(name)
    output = TypedOutput(2, encoding, "predicted", 0.6)
    likelihood = output(0.3 * random(2, output.width, 1, seed=3))
    assert isinstance(likelihood, TypedLikelihood)
    table = pd.DataFrame({name: np.asarray(values, dtype=float)}).assign(**{f"{name} (remark)": remark})
    features = encoding.encode(table)
    volume = torch.from_numpy(encoding.log_jacobian(features))
    return likelihood.log_prob(torch.from_numpy(features.T)).sum(dim=1) + volume


@pytest.mark.parametrize(("name", "low", "high"), [("base", -3.5, 4.0), ("crp", 0.7, 6.0)])
def test_what_is_measured_and_both_tails_sum_to_one(name: str, low: float, high: float) -> None:
    """A laboratory that reports numbers between two limits alone reports something of every patient."""
    grid = np.linspace(low, high, 20_001)
    between = torch.trapezoid(log_prob(name, grid).exp(), torch.from_numpy(grid), dim=1)
    tails = log_prob(name, [low], "below").exp()[:, 0] + log_prob(name, [high], "above").exp()[:, 0]
    assert (tails > 5e-4).all()
    torch.testing.assert_close(between + tails, torch.ones(2, dtype=torch.float64), rtol=0, atol=1e-7)


def test_a_tail_is_the_librarys_however_far_it_is() -> None:
    mean, log_scale = torch.tensor([[[0.3]]]), torch.tensor([[[-0.4]]])
    limits = np.concatenate([-np.geomspace(0.1, 3000, 40), np.geomspace(0.1, 3000, 40)])
    for side, tail in ((-1, stats.norm.logcdf), (1, stats.norm.logsf)):
        x = torch.tensor(np.stack([limits, np.full(80, side)]), dtype=torch.float32)
        found = Censored(Gaussian(mean, log_scale)).log_prob(x[None])[0, 0]
        expected = tail(limits, loc=0.3, scale=math.exp(-0.4))
        np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-30)


@pytest.mark.parametrize("side", [-1.0, 0.0, 1.0])
def test_gradients_are_finite_however_far_the_limit_is(side: float) -> None:
    limits = torch.tensor([-3e4, -500.0, -40.0, -5.0, 0.0, 5.0, 40.0, 500.0, 3e4])
    mean, log_scale = torch.zeros(1, 1, 9, requires_grad=True), torch.zeros(1, 1, 9, requires_grad=True)
    x = torch.stack([limits, torch.full((9,), side)])[None]
    Censored(Gaussian(mean, log_scale)).log_prob(x).sum().backward()
    assert mean.grad is not None
    assert log_scale.grad is not None
    assert mean.grad.isfinite().all()
    assert log_scale.grad.isfinite().all()
    # Far in the tail the log-probability is about -(limit - mean)^2 / 2: its gradient is as long as the way back.
    if side:
        wrong = side * limits > 30
        torch.testing.assert_close(mean.grad[0, 0][wrong], limits[wrong], rtol=2e-3, atol=0)
        assert (mean.grad[0, 0][side * limits < -30] == 0).all()


def test_gradients_match_finite_differences() -> None:
    x = torch.stack([random(1, 12, seed=8)[0], torch.tensor([-1.0, 0, 1] * 4, dtype=torch.float64)])[None]
    numbers, scale = random(2, 1, 12).requires_grad_(), random(2, 1, 12, seed=1).requires_grad_()
    assert torch.autograd.gradcheck(lambda a, b: Censored(Gaussian(a, b)).log_prob(x), (numbers, scale))


def test_a_gap_counts_nothing_and_has_no_gradient() -> None:
    mean = torch.zeros(1, 1, 3, requires_grad=True)
    x = torch.tensor([[[0.5, math.nan, 0.5], [-1.0, math.nan, 0.0]]])
    found = Observed(Censored(Gaussian(mean, torch.zeros(1, 1, 1)))).log_prob(x)
    found.sum().backward()
    assert found[0, 0, 1] == 0
    assert mean.grad is not None
    assert mean.grad[0, 0, 1] == 0
    assert mean.grad.isfinite().all()


def test_draws_are_numbers_and_the_expectation_is_that_of_the_number() -> None:
    columns = alone("crp").columns
    factor = Gaussian(random(1, 1, 50_000), torch.zeros(1, 1, 1, dtype=torch.float64))
    draws = Censored(factor).sample(replica_generators([1]))
    assert (draws[:, 1] == 0).all()
    torch.testing.assert_close(draws[:, :1], factor.sample(replica_generators([1])))
    torch.testing.assert_close(Censored(factor).mean[:, :1], factor.mean)
    torch.testing.assert_close(Censored(factor).expectation(columns), factor.expectation(columns))


def test_a_family_without_a_density_is_refused() -> None:
    numbers, columns = torch.zeros(1, 2, 1), alone("crp").columns
    with pytest.raises(TypeError, match="expected a Gaussian number"):
        CensoredFamily(NegativeBinomial).from_numbers(numbers, numbers[:, :1], columns)
