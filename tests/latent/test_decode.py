import numpy as np
import pandas as pd
import pytest
import torch

from retina_vae.cohort import fit_encoding
from retina_vae.errors import ConfigurationError
from retina_vae.latent.decode import (
    describe_codes,
    interpolate,
    interpolation_ends,
    posterior_table,
    take_replica,
    traverse,
)
from retina_vae.latent.encode import encode_patients
from retina_vae.studies.macular.schema import MACULAR
from retina_vae.vae import FullGaussian, ModelDescription, VariationalAutoencoder, build_model, replica_generators
from tests.vae.every_kind import SCHEMA, every_kind_encoding

FEATURES = {"race": slice(0, 5), "age": 5, "polyps": 6, "drusen": 7, "srh": 8, "sex": 9}
"""Where the columns lie among the features of the one-hot encoding."""


def make_model(
    patients: pd.DataFrame, seeds: tuple[int, ...] = (1,), latent_dim: int = 2, **changes: object
) -> tuple[VariationalAutoencoder, ModelDescription]:
    """A model in double precision with random weights, of the kinds of columns that the patients have."""
    values = {
        "replicas": len(seeds),
        "seeds": seeds,
        "hidden_units": 8,
        "decoder_units": 8,
        "latent_dim": latent_dim,
        "encoding": fit_encoding(patients, MACULAR, "by_kind"),
        "likelihood": "typed",
        "device": "cpu",
    }
    description = ModelDescription(**(values | changes))
    model = build_model(description).double()
    model.initialize("glorot_uniform", replica_generators(seeds))
    return model, description


@torch.no_grad()
def fix_output(model: VariationalAutoencoder, numbers: dict[str, object]) -> None:
    """Let the decoder say the same numbers, by column, of every code; the others are 0."""
    output = model.decoder.output
    output.weight.zero_()
    output.bias.zero_()
    for column, values in numbers.items():
        output.bias[0, FEATURES[column], 0] = torch.as_tensor(values, dtype=torch.float64)


def features_of(description: ModelDescription, patients: pd.DataFrame) -> torch.Tensor:
    """Shape (features, patients)."""
    return torch.from_numpy(description.encoding.encode(patients).T).contiguous()


def test_a_replica_alone_says_what_it_says_among_others(simulated_patients: pd.DataFrame) -> None:
    model, description = make_model(simulated_patients, seeds=(1, 2, 3), gaussian_scale="learned")
    single, alone = take_replica(model, description, 2)
    z = torch.randn(2, 7, dtype=torch.float64)
    torch.testing.assert_close(single.decode(z.unsqueeze(0)).mean[0], model.decode(z.expand(3, -1, -1)).mean[1])
    assert (alone.replicas, alone.seeds) == (1, (2,))


@pytest.mark.parametrize("replica", [0, 3])
def test_a_replica_that_does_not_exist_is_refused(simulated_patients: pd.DataFrame, replica: int) -> None:
    with pytest.raises(ConfigurationError, match=f"expected a replica from 1 to 2 of the model, got {replica}"):
        take_replica(*make_model(simulated_patients, seeds=(1, 2)), replica)


def test_a_code_is_described_in_the_columns_own_units(simulated_patients: pd.DataFrame) -> None:
    model, description = make_model(simulated_patients)
    logits = [0.0, 1.0, 2.0, -1.0, 0.5]
    fix_output(model, {"race": logits, "age": -0.5, "drusen": 0.7})
    table = describe_codes(model, description, torch.zeros(2, 3, dtype=torch.float64))
    said = table[table["code"] == 2].set_index(["column", "category"])["mean"]
    race = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(said["race"].reindex(MACULAR["race"].categories), race)
    age = simulated_patients["age"]
    assert said["age", ""] == pytest.approx(age.mean() - 0.5 * age.std(ddof=0))
    assert said["drusen", "present"] == pytest.approx(1 / (1 + np.exp(-0.7)))
    assert said["sex", "female"] == pytest.approx(0.5)
    assert len(said) == 10
    assert table["code"].value_counts().to_dict() == {1: 10, 2: 10, 3: 10}


def test_the_papers_output_describes_no_patients(simulated_patients: pd.DataFrame) -> None:
    model, description = make_model(simulated_patients, likelihood="squared_error")
    with pytest.raises(ConfigurationError, match=r"likelihood is 'typed'.*got 'squared_error'.*config/typed"):
        describe_codes(model, description, torch.zeros(2, 1, dtype=torch.float64))


def test_a_traversal_moves_one_coordinate_of_the_mean_code(simulated_patients: pd.DataFrame) -> None:
    model, description = make_model(simulated_patients, latent_dim=3)
    posterior = encode_patients(model, features_of(description, simulated_patients))
    table = traverse(model, description, posterior, steps=5, reach=2.0)
    draws = posterior.rsample(torch.randn(1, 3, 40, 3000, dtype=torch.float64))[0].flatten(1)
    for dimension, own in table.groupby("dimension"):
        steps = own.drop_duplicates("value")
        np.testing.assert_allclose(steps["deviation"], [-2, -1, 0, 1, 2])
        z = posterior.mean[0].mean(dim=1).repeat(5, 1).T
        z[dimension - 1] = torch.tensor(steps["value"].to_numpy(copy=True))
        expected = describe_codes(model, description, z)
        np.testing.assert_allclose(own["mean"], expected["mean"])
        moved = draws[dimension - 1]
        np.testing.assert_allclose(steps["value"].iloc[2], moved.mean(), atol=0.02)
        np.testing.assert_allclose(np.diff(steps["value"]), moved.std(), rtol=0.02)


def test_a_dimension_that_the_decoder_ignores_has_a_flat_traversal(simulated_patients: pd.DataFrame) -> None:
    model, description = make_model(simulated_patients)
    with torch.no_grad():
        model.decoder.hidden.weight[:, :, 0] = 0
    posterior = encode_patients(model, features_of(description, simulated_patients))
    ranges = traverse(model, description, posterior).groupby(["dimension", "column", "category"])["mean"].agg(np.ptp)
    assert ranges[1].max() < 1e-12
    assert ranges[2].max() > 1e-3


def test_an_interpolation_is_straight_and_ends_at_the_patients(simulated_patients: pd.DataFrame) -> None:
    model, description = make_model(simulated_patients)
    codes = encode_patients(model, features_of(description, simulated_patients.iloc[[0, -1]])).mean[0]
    table = interpolate(model, description, codes[:, 0], codes[:, 1], steps=6)
    ends = describe_codes(model, description, codes)
    for step, code in ((0.0, 1), (1.0, 2)):
        own, expected = table[table["step"] == step], ends[ends["code"] == code]
        np.testing.assert_array_equal(own[["column", "category"]], expected[["column", "category"]])
        np.testing.assert_allclose(own["mean"], expected["mean"], rtol=1e-12)
    places = table.drop_duplicates("step")[["step", "z_1", "z_2"]].to_numpy()
    np.testing.assert_allclose(places[:, 0], np.linspace(0, 1, 6))
    np.testing.assert_allclose(np.diff(places, n=2, axis=0), 0, atol=1e-14)


def test_the_ends_are_the_patients_nearest_to_their_outcomes_means() -> None:
    means = np.array([[0, 0], [1, 0], [5, 0], [9.0, 9], [3, 3], [4, 4], [5.5, 5]])
    outcome = pd.Series(pd.Categorical(list("aaabccc"), categories=list("xabcy")))
    assert interpolation_ends(means, outcome) == (1, 5)
    assert interpolation_ends(means[:3], outcome[:3]) == (1, 1)
    assert interpolation_ends(means, outcome.where([False, False, False, True, True, True, True])) == (3, 5)


@pytest.mark.parametrize("outcome", [None, pd.Series(pd.Categorical([None] * 40, categories=["a", "b"]))])
def test_without_an_outcome_the_ends_are_typical_of_both_ends_of_the_longest_axis(outcome: pd.Series | None) -> None:
    """Forty patients on a line through (1, 2): of each outer four the second is nearest to their mean, 1.4 along."""
    place = np.array([0, 1, 2, 2.6, *np.linspace(5, 25, 32), 27.4, 28, 29, 30])
    order = np.random.default_rng(1).permutation(40)
    means = (np.outer(place, [1.0, 2.0]) + np.array([7.0, -3.0]))[order]
    ends = interpolation_ends(means, outcome)
    assert [place[order][end] for end in ends] == [1, 29]
    assert interpolation_ends(-means, outcome) == ends[::-1]
    assert interpolation_ends(means[:1]) == (0, 0)
    assert interpolation_ends(np.zeros((30, 2))) == (0, 27)


def test_every_kind_is_described_in_its_own_terms() -> None:
    """Means over many draws of the same code, in the unit of the table."""
    encoding = every_kind_encoding(missing=0.2)
    description = ModelDescription(
        **{"replicas": 1, "seeds": (1,), "hidden_units": 8, "decoder_units": 8, "latent_dim": 2, "device": "cpu"},
        encoding=encoding,
        likelihood="typed",
        gaussian_scale="predicted",
        sigma=0.6,
    )
    model = build_model(description).double()
    model.initialize("glorot_uniform", replica_generators((1,)))
    z, count = torch.tensor([[0.4], [-1.2]], dtype=torch.float64), 50_000
    said = describe_codes(model, description, z)
    names = [column.name for column in SCHEMA.columns]
    assert list(dict.fromkeys(said["column"])) == names
    assert said.loc[said["column"] == "grade", "category"].tolist() == list(SCHEMA["grade"].categories)
    assert said.loc[said["column"] == "sign", "category"].tolist() == ["yes"]
    x = model.decode(z.expand(1, -1, count)).sample(replica_generators([1]))
    drawn = encoding.decode(x[0].T.detach().numpy())
    for row in said.itertuples():
        values = drawn[row.column]
        numbers = (values == row.category).astype(float) if row.category else values
        assert abs(numbers.mean() - row.mean) < 4.5 * numbers.std() / count**0.5, (row.column, row.category)


def test_the_posterior_table_holds_the_lower_triangle() -> None:
    parameters = torch.randn(1, 9, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    posterior = FullGaussian.from_parameters(parameters, 3)
    table = posterior_table(posterior, pd.Series(list("abcd"), name="patient_id"))
    pairs = ["1_1", "2_1", "2_2", "3_1", "3_2", "3_3"]
    assert list(table) == ["patient_id", "mean_1", "mean_2", "mean_3", *(f"covariance_{pair}" for pair in pairs)]
    row = table[table["patient_id"] == "c"].iloc[0]
    assert row["mean_2"] == posterior.mean[0, 1, 2]
    factor = posterior.scale_tril[0, 2].numpy()
    assert row["covariance_3_2"] == pytest.approx((factor @ factor.T)[2, 1])
