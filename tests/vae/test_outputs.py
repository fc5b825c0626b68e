import math

import pytest
import torch

from retina_vae.cohort.encoding import ColumnEncoding, Encoding
from retina_vae.vae.likelihoods import (
    FAMILIES,
    Bernoulli,
    Binomial,
    Categorical,
    Gaussian,
    LogNormal,
    NegativeBinomial,
    Observed,
    OrderedLogistic,
    TypedLikelihood,
    ZeroInflatedLogNormal,
)
from retina_vae.vae.likelihoods.sigmoid import ObservedSigmoid
from retina_vae.vae.outputs import LOG_SCALE_RANGE, TypedOutput, build_output

from .conftest import encoding
from .every_kind import every_kind_encoding


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


def test_neighbours_of_one_feature_share_a_factor_and_predicted_scales_stand_behind_the_features() -> None:
    every = every_kind_encoding()
    output = TypedOutput(3, every, "predicted", 0.5)
    # Features: three of the group, two signs, three steps, pressure, creatinine, two of the volume, two counts, two
    # levels.
    assert [place for place, _ in apply(output)[1].factors] == [
        *(slice(0, 3), slice(3, 5), slice(5, 8), slice(8, 9), slice(9, 10), slice(10, 12), slice(12, 14)),
        slice(14, 16),
    ]
    assert output.width == 16 + 5
    numbers, likelihood = apply(output)
    kinds = [type(factor) for _, factor in likelihood.factors]
    assert kinds == [FAMILIES[kind] for kind in dict.fromkeys(column.kind for column in every.columns)]
    *_, pressure, creatinine, volume, counts, levels = (factor for _, factor in likelihood.factors)
    assert isinstance(pressure, Gaussian)
    assert isinstance(creatinine, LogNormal)
    assert isinstance(volume, ZeroInflatedLogNormal)
    assert isinstance(counts, NegativeBinomial)
    assert isinstance(levels, Binomial)
    assert torch.equal(levels.logits, numbers[:, 14:16])
    for at, log_scale in ((16, pressure.log_scale), (17, creatinine.log_scale), (18, volume.size.log_scale)):
        torch.testing.assert_close(log_scale, numbers[:, at : at + 1] + math.log(0.5))
    scales = torch.tensor([[every.columns[at].scale] for at in (-4, -3)], dtype=torch.float64)
    torch.testing.assert_close(counts.log_dispersion, 2 * (numbers[:, 19:] + math.log(0.5) + scales.log()))


def test_predicted_scales_are_bounded() -> None:
    output = TypedOutput(1, every_kind_encoding(), "predicted", 1.0)
    for size, bound in zip((-1e3, 1e3), LOG_SCALE_RANGE, strict=True):
        likelihood = output(torch.full((1, output.width, 1), size))
        assert isinstance(likelihood, TypedLikelihood)
        pressure = likelihood.factors[3][1]
        assert isinstance(pressure, Gaussian)
        assert pressure.log_scale.item() == bound


def test_columns_with_gaps_are_counted_where_they_are_observed_and_the_layout_stays() -> None:
    plain, gaps = (TypedOutput(3, every_kind_encoding(missing), "learned", 0.5) for missing in (0.0, 0.2))
    assert gaps.width == plain.width
    assert gaps.log_scale.shape == plain.log_scale.shape == (3, 5, 1)
    assert all(isinstance(factor, Observed) for _, factor in apply(gaps)[1].factors)
    assert isinstance(apply(plain)[1].factors[2][1], OrderedLogistic)
    raw = every_kind_encoding(0.2, "raw")
    assert isinstance(build_output("squared_error", 1, raw, 1e-7, "fixed", 1.0)(torch.zeros(1, 11, 2)), ObservedSigmoid)


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


def test_codes_are_no_features_of_their_kind_and_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected the features of each column's kind .* got one number of \['race'"):
        build_output("typed", 1, encoding(), 1e-7, "fixed", 1.0)
    with pytest.raises(ValueError, match="expected 'typed', 'binary_cross_entropy' or 'squared_error', got 'poisson'"):
        build_output("poisson", 1, encoding(), 1e-7, "fixed", 1.0)
