"""What holds for the family of every kind of column, in the column's terms, and for their product."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor

from retina_vae.cohort.encoding import Encoding
from retina_vae.cohort.kinds import KINDS
from retina_vae.vae.likelihoods import (
    FAMILIES,
    Bernoulli,
    Categorical,
    Gaussian,
    Observed,
    TypedLikelihood,
)
from retina_vae.vae.outputs import TypedOutput
from retina_vae.vae.replicas import replica_generators
from tests.vae.every_kind import SCHEMA, every_kind_encoding, every_kind_patients

NAMES = [column.name for column in SCHEMA.columns]


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def alone(name: str) -> Encoding:
    """The encoding of one column."""
    return Encoding(columns=tuple(column for column in every_kind_encoding().columns if column.name == name))


def decoded(encoding: Encoding, count: int = 1, seed: int = 3, log_sigma: float = -0.5) -> TypedLikelihood:
    """The likelihood of a decoder that says the same of ``count`` patients, under two replicas."""
    output = TypedOutput(2, encoding, "predicted", math.exp(log_sigma))
    likelihood = output((0.8 * random(2, output.width, 1, seed=seed)).expand(-1, -1, count))
    assert isinstance(likelihood, TypedLikelihood)
    return likelihood


def log_density(likelihood: TypedLikelihood, encoding: Encoding, values: pd.DataFrame) -> Tensor:
    """log p per unit of the columns, shape (replicas, patients)."""
    features = encoding.encode(values)
    volume = torch.from_numpy(encoding.log_jacobian(features))
    return likelihood.log_prob(torch.from_numpy(features.T)).sum(dim=1) + volume


def test_every_kind_of_column_has_a_family() -> None:
    assert set(FAMILIES) == set(KINDS)


@pytest.mark.parametrize("name", NAMES)
def test_a_column_sums_and_integrates_to_one_in_its_own_unit(name: str) -> None:
    column, encoding = SCHEMA[name], alone(name)
    likelihood = decoded(encoding)

    def density(values: object) -> Tensor:
        return log_density(likelihood, encoding, pd.DataFrame({name: values})).exp()

    if column.categories:
        total = density(list(column.categories)).sum(dim=1)
    elif column.kind == "level":
        assert column.maximum is not None
        total = density(np.arange(column.maximum + 1)).sum(dim=1)
    elif column.kind == "count":
        total = density(np.arange(100_000.0)).sum(dim=1)
    elif column.kind == "continuous":
        grid = np.linspace(-1000, 1400, 40_001)
        total = torch.trapezoid(density(grid), torch.from_numpy(grid), dim=1)
    else:
        grid = np.exp(np.linspace(-30, 30, 200_001))
        zero = density([0.0])[:, 0] if column.kind == "zero_inflated" else 0.0
        total = torch.trapezoid(density(grid), torch.from_numpy(grid), dim=1) + zero
    torch.testing.assert_close(total, torch.ones(2, dtype=torch.float64), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_draws_have_the_mean_of_the_features_and_what_describes_the_column(name: str) -> None:
    column, encoding, count = SCHEMA[name], alone(name), 100_000
    likelihood, draws = decoded(encoding), decoded(encoding, count).sample(replica_generators([1, 2]))
    assert draws.shape == (2, encoding.width, count)
    error = draws.std(dim=2) / math.sqrt(count)
    assert ((draws.mean(dim=2) - likelihood.mean[..., 0]).abs() < 4.5 * error).all()
    said = likelihood.expectation(encoding)[..., 0].numpy()
    for replica in range(2):
        values = encoding.decode(draws[replica].T.numpy())[name]
        assert (
            encoding.columns[0]
            .kind_of.fits(encoding.columns[0].kind_of.codes(values, column.categories), None, None)
            .all()
        )
        described = column.kind_of.described(column.categories)
        numbers = [values.to_numpy() if column.numeric else (values == which).to_numpy() for which in described]
        assert len(numbers) == said.shape[1]
        for drawn, expected in zip(numbers, said[replica], strict=True):
            assert abs(drawn.mean() - expected) < 4.5 * drawn.std() / math.sqrt(count)


@pytest.mark.parametrize("name", NAMES)
def test_a_factors_gradients_match_finite_differences(name: str) -> None:
    encoding = alone(name)
    output = TypedOutput(2, encoding, "predicted", 0.7)
    x = torch.from_numpy(encoding.encode(every_kind_patients(6)).T)
    numbers = random(2, output.width, 6).requires_grad_()
    assert torch.autograd.gradcheck(lambda values: output(values).log_prob(x), (numbers,))
    output(numbers).log_prob(x).sum().backward()
    assert numbers.grad is not None
    assert (numbers.grad.abs().sum(dim=2) > 0).all()


@pytest.mark.parametrize("size", [30.0, 800.0])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_overflows_at_extreme_outputs(name: str, size: float) -> None:
    encoding = alone(name)
    output = TypedOutput(1, encoding, "predicted", 1.0)
    signs = torch.cartesian_prod(*[torch.tensor([-size, 0.0, size])] * output.width).view(-1, output.width)
    x = torch.from_numpy(encoding.encode(every_kind_patients(40)).T).float()
    numbers = signs.T[None].repeat_interleave(40, dim=2).requires_grad_()
    value = output(numbers).log_prob(x.repeat(1, len(signs)))
    value.sum().backward()
    assert value.isfinite().all()
    assert numbers.grad is not None
    assert numbers.grad.isfinite().all()


def table_likelihood(patients: int = 1, seed: int = 0) -> TypedLikelihood:
    """A categorical column of three, a number, two findings."""
    numbers = random(1, 6, patients, seed=seed)
    return TypedLikelihood(
        (
            (slice(0, 3), Categorical(numbers[:, :3])),
            (slice(3, 4), Gaussian(numbers[:, 3:4], torch.tensor(0.3, dtype=torch.float64))),
            (slice(4, 6), Bernoulli(numbers[:, 4:])),
        )
    )


def test_a_table_sums_and_integrates_to_one() -> None:
    likelihood = table_likelihood()
    grid = torch.linspace(-30, 30, 20_001, dtype=torch.float64)
    total = 0.0
    for category in range(3):
        for findings in ((0, 0), (0, 1), (1, 0), (1, 1)):
            x = torch.zeros(1, 6, len(grid), dtype=torch.float64)
            x[:, category], x[:, 3] = 1, grid
            x[:, 4], x[:, 5] = findings
            total += torch.trapezoid(likelihood.log_prob(x).sum(dim=1).exp(), grid).item()
    assert total == pytest.approx(1, abs=1e-10)


def test_a_table_is_the_product_of_its_columns() -> None:
    likelihood, x = table_likelihood(5), random(1, 6, 5, seed=3)
    per_column = likelihood.log_prob(x)
    assert per_column.shape == (1, 4, 5)
    parts = [factor.log_prob(x[:, place]) for place, factor in likelihood.factors]
    torch.testing.assert_close(per_column, torch.cat(parts, dim=1))
    torch.testing.assert_close(
        per_column[:, 2:3], Bernoulli(likelihood.factors[2][1].mean.logit()[:, :1]).log_prob(x[:, 4:5])
    )


def test_replicas_draw_from_their_own_stream() -> None:
    likelihood = decoded(every_kind_encoding(), 50)
    first, other = (likelihood.sample(replica_generators(seeds)) for seeds in ([1, 2], [9, 2]))
    assert torch.equal(other[1], first[1])
    assert not torch.equal(other[0], first[0])


def test_columns_are_described_in_the_order_of_the_table() -> None:
    encoding = every_kind_encoding()
    likelihood = decoded(encoding)
    rows = [alone(name) for name in NAMES]
    described = likelihood.expectation(encoding)
    assert described.dtype == torch.float64
    widths = [len(SCHEMA[name].kind_of.described(SCHEMA[name].categories)) for name in NAMES]
    assert described.shape == (2, sum(widths), 1)
    pressure = sum(widths[: NAMES.index("pressure")])
    place = next(place.start for column, place in encoding.slices if column.name == "pressure")
    (column,) = rows[NAMES.index("pressure")].columns
    torch.testing.assert_close(described[:, pressure], likelihood.mean[:, place] * column.scale + column.center)


def observed(likelihood: TypedLikelihood) -> TypedLikelihood:
    return TypedLikelihood(tuple((place, Observed(factor)) for place, factor in likelihood.factors))


def test_without_a_gap_nothing_changes_to_the_last_bit() -> None:
    encoding, patients = every_kind_encoding(), every_kind_patients(200)
    likelihood, x = decoded(encoding, 200), torch.from_numpy(encoding.encode(patients).T)
    assert torch.equal(observed(likelihood).log_prob(x), likelihood.log_prob(x))
    assert torch.equal(observed(likelihood).mean, likelihood.mean)
    assert torch.equal(observed(likelihood).expectation(encoding), likelihood.expectation(encoding))
    draws = [each.sample(replica_generators([1, 2])) for each in (observed(likelihood), likelihood)]
    assert torch.equal(*draws)


def test_a_column_that_is_not_observed_counts_nothing_and_the_others_stay() -> None:
    encoding, complete = every_kind_encoding(missing=0.3), every_kind_patients(300)
    with_gaps = every_kind_patients(300, missing=0.3)
    output = TypedOutput(2, encoding, "predicted", 0.7)
    numbers = random(2, output.width, 300).requires_grad_()
    likelihood = output(numbers)
    whole, x = (torch.from_numpy(encoding.encode(table).T) for table in (complete, with_gaps))
    value = likelihood.log_prob(x)
    missing = torch.from_numpy(with_gaps[NAMES].isna().to_numpy().T).expand(2, -1, -1)
    assert (value[missing] == 0).all()
    assert torch.equal(value[~missing], likelihood.log_prob(whole)[~missing])
    value.sum().backward()
    assert numbers.grad is not None
    assert numbers.grad.isfinite().all()
    features = x.isnan().expand(2, -1, -1)
    assert (numbers.grad[:, : encoding.width][features] == 0).all()
    assert (numbers.grad[:, : encoding.width][~features] != 0).any()
