import math

import pytest
import torch

from retina_vae.cohort.encoding import ColumnEncoding, Encoding
from retina_vae.vae.likelihoods import Bernoulli, Categorical, Gaussian, TypedLikelihood
from retina_vae.vae.outputs import TypedOutput, build_output

from .conftest import encoding


def apply(output: TypedOutput, seed: int = 0) -> tuple[torch.Tensor, TypedLikelihood]:
    numbers = torch.randn(3, output.width, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    likelihood = output.double()(numbers)
    assert isinstance(likelihood, TypedLikelihood)
    return numbers, likelihood


def test_each_column_gets_the_factor_of_its_kind() -> None:
    _, likelihood = apply(TypedOutput(3, encoding(by_kind=True), "fixed", 0.5))
    (_, race), (_, age), (_, findings) = likelihood.factors
    assert isinstance(race, Categorical)
    assert isinstance(age, Gaussian)
    assert isinstance(findings, Bernoulli)
    assert [place for place, _ in likelihood.factors] == [slice(0, 5), slice(5, 6), slice(6, 10)]


def test_columns_keep_their_order_wherever_their_kind_stands() -> None:
    number = ColumnEncoding(name="a", kind="continuous")
    finding = ColumnEncoding(name="b", kind="binary", categories=("no", "yes"))
    race = ColumnEncoding(name="c", kind="nominal", categories=("x", "y"), by_kind=True)
    mixed = Encoding(columns=(number, finding, race, race, number, number))
    output = TypedOutput(3, mixed, "predicted", 1.0)
    assert output.width == mixed.width + 3
    numbers, likelihood = apply(output)
    x = torch.rand(3, mixed.width, 4, dtype=torch.float64)
    per_column = likelihood.log_prob(x)
    assert per_column.shape == (3, 6, 4)
    for column, feature, scale in ((0, 0, 8), (4, 6, 9), (5, 7, 10)):
        normal = torch.distributions.Normal(numbers[:, feature], numbers[:, scale].exp())
        torch.testing.assert_close(per_column[:, column], normal.log_prob(x[:, feature]))


@pytest.mark.parametrize("method", ["fixed", "learned"])
def test_sigma_starts_where_it_is_set(method: str) -> None:
    output = TypedOutput(3, encoding(by_kind=True), method, 0.5)
    numbers, likelihood = apply(output)
    x = torch.zeros(3, 10, 4, dtype=torch.float64)
    expected = torch.distributions.Normal(numbers[:, 5], 0.5).log_prob(x[:, 5])
    torch.testing.assert_close(likelihood.log_prob(x)[:, 1], expected, rtol=1e-6, atol=1e-6)
    assert len(list(output.parameters())) == (method == "learned")


def test_a_predicted_sigma_follows_the_decoder() -> None:
    numbers, likelihood = apply(TypedOutput(3, encoding(by_kind=True), "predicted", 0.5))
    age = likelihood.factors[1][1]
    assert isinstance(age, Gaussian)
    torch.testing.assert_close(age.log_scale, numbers[:, 10:] + math.log(0.5))


def test_the_paper_has_one_sigmoid_per_input() -> None:
    output = build_output("squared_error", 1, encoding(), 1e-7, "fixed", 1.0)
    assert output.width == 6
    assert output(torch.zeros(1, 6, 2)).mean.eq(0.5).all()


def test_codes_are_no_categories_and_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match="expected one-hot categories"):
        build_output("typed", 1, encoding(), 1e-7, "fixed", 1.0)
    with pytest.raises(ValueError, match="expected 'typed', 'binary_cross_entropy' or 'squared_error', got 'poisson'"):
        build_output("poisson", 1, encoding(), 1e-7, "fixed", 1.0)
