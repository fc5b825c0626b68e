"""Columns that are not observed: the model is that of the observed ones, with the others integrated out."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from retina_vae.cohort.encoding import ColumnEncoding, Encoding
from retina_vae.latent.correct import corrected_codes
from retina_vae.latent.encode import encode_patients
from retina_vae.settings import VaeSettings
from retina_vae.vae import (
    BatchedLinear,
    FullGaussian,
    ModelDescription,
    Patients,
    VariationalAutoencoder,
    fit_replicas,
    log_evidence,
    replica_generators,
)
from retina_vae.vae.model import FEATURE_BOUND
from retina_vae.vae.objectives import objective_terms, wake
from retina_vae.vae.outputs import TypedOutput

from .conftest import PLAIN, describe, make_model, noise_like
from .every_kind import SCHEMA, every_kind_encoding, every_kind_patients

SIGMA = 0.8


def linear_with_gaps(device: torch.device) -> VariationalAutoencoder:
    """p(x | z) = N(W z + b, sigma^2 I) of five columns with gaps, and an encoder that gives the prior."""
    columns = tuple(ColumnEncoding(name=f"x{i}", kind="continuous", gaps=True) for i in range(5))
    encoding = Encoding(columns=columns)
    encoder, decoder = BatchedLinear(1, 10, FullGaussian.parameter_count(2)), BatchedLinear(1, 2, 5)
    output = TypedOutput(1, encoding, "fixed", SIGMA)
    model = VariationalAutoencoder(encoder, decoder, output, FullGaussian, 2, gaps=encoding.gaps).double()
    model.initialize("glorot_uniform", replica_generators([1]))
    with torch.no_grad():
        model.encoder.weight.zero_()
        model.decoder.bias.copy_(torch.linspace(-0.5, 0.5, 5)[None, :, None])
    return model.to(device)


def patients_with_gaps(device: torch.device) -> Tensor:
    """Six patients of five columns, each with other gaps: none, one, several, all."""
    x = torch.randn(5, 6, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    for patient, missing in enumerate(([], [0], [4], [1, 2], [0, 1, 3, 4], [0, 1, 2, 3, 4])):
        x[missing, patient] = math.nan
    return x.to(device)


def exact(model: VariationalAutoencoder, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """log p(observed x), and mean and covariance of p(z | observed x), of one patient."""
    known = ~x.isnan()
    weight, bias = model.decoder.weight[0].detach()[known], model.decoder.bias[0, :, 0].detach()[known]
    identity = torch.eye(2, dtype=x.dtype, device=x.device)
    covariance = torch.linalg.inv(weight.T @ weight / SIGMA**2 + identity)
    mean = covariance @ weight.T @ (x[known] - bias) / SIGMA**2
    if not known.any():
        return x.new_zeros(()), mean, covariance
    spread = weight @ weight.T + SIGMA**2 * torch.eye(len(weight), dtype=x.dtype, device=x.device)
    return torch.distributions.MultivariateNormal(bias, spread).log_prob(x[known]), mean, covariance


def test_the_evidence_is_the_exact_marginal_of_the_observed_columns(device: torch.device) -> None:
    model, x = linear_with_gaps(device), patients_with_gaps(device)
    found = log_evidence(model, x[None], noise_like(model, 100_000, 6))
    expected = torch.stack([exact(model, patient)[0] for patient in x.T])
    assert ((found.log_evidence[0] - expected).abs() <= 4 * found.standard_error[0] + 1e-12).all()
    assert (found.standard_error < 0.02).all()
    assert found.log_evidence[0, -1].abs() < 1e-3


def test_with_the_exact_posterior_of_the_observed_columns_one_draw_is_enough(device: torch.device) -> None:
    """The encoder is made that of the gap in the third column, which its mask row alone decides."""
    model = linear_with_gaps(device)
    x = torch.randn(5, 7, dtype=torch.float64, device=device)
    x[2] = math.nan
    _, mean, covariance = exact(model, x[:, 0])
    factor = torch.linalg.cholesky(covariance)
    known = [0, 1, 3, 4]
    weight, bias = model.decoder.weight[0].detach()[known], model.decoder.bias[0, :, 0].detach()[known]
    gain = covariance @ weight.T / SIGMA**2
    with torch.no_grad():
        model.encoder.weight[0, :2, known] = gain
        model.encoder.weight[0, 2:4, 7] = 2 * factor.diagonal().log()
        model.encoder.weight[0, 4, 7] = factor[1, 0]
        model.encoder.weight[0, :2, 7] = -gain @ bias
    torch.testing.assert_close(model.encode(x[None]).mean[0, :, 0], mean)
    found = log_evidence(model, x[None], noise_like(model, 2, 7))
    torch.testing.assert_close(found.log_evidence[0], torch.stack([exact(model, patient)[0] for patient in x.T]))
    torch.testing.assert_close(found.elbo, found.log_evidence)


def test_corrected_codes_are_those_of_the_observed_columns(device: torch.device) -> None:
    model, x = linear_with_gaps(device), patients_with_gaps(device)
    codes, effective, _ = corrected_codes(model, x, proposals=50_000, draws=10, seeds=[1])
    for patient in range(6):
        _, mean, covariance = exact(model, x[:, patient])
        scale = covariance.diagonal().sqrt().cpu().numpy()
        error = scale / math.sqrt(effective[0, patient])
        assert (np.abs(codes.mean[0, patient] - mean.cpu().numpy()) < 5 * error).all()
        np.testing.assert_allclose(codes.scale[0, patient], scale, rtol=0.05)


def every_kind_model(missing: float, **changes: object) -> tuple[ModelDescription, VariationalAutoencoder]:
    values = {"likelihood": "typed", "gaussian_scale": "predicted", "encoding": every_kind_encoding(missing)}
    description = describe(**(values | changes))
    return description, make_model(description, torch.device("cpu"))


def test_the_encoder_reads_zeros_and_a_row_per_column_with_gaps() -> None:
    description, model = every_kind_model(0.2)
    patients = every_kind_patients(30, missing=0.2)
    x = torch.from_numpy(description.encoding.encode(patients).T)
    read = model.encoder_input(x)
    assert read.shape == (16 + 11, 30)
    assert torch.equal(read[:16], torch.where(x.isnan(), 0.0, x))
    assert torch.equal(
        read[16:].T.bool(), torch.from_numpy(patients[[c.name for c in SCHEMA.columns]].isna().to_numpy())
    )
    assert model.encoder.hidden.weight.shape[2] == 27
    batched = encode_patients(model, x, batch_size=7)
    torch.testing.assert_close(batched.mean, model.encode(x.expand(3, -1, -1)).mean)


def test_without_gaps_the_encoder_reads_the_features_themselves() -> None:
    description, model = every_kind_model(0.0)
    x = torch.from_numpy(description.encoding.encode(every_kind_patients(30)).T)
    assert x.abs().max() < FEATURE_BOUND
    assert torch.equal(model.encoder_input(x), x)
    assert model.encoder.hidden.weight.shape[2] == 16


def test_the_encoder_reads_an_impossible_value_as_the_bound_and_the_likelihood_as_it_is() -> None:
    description, model = every_kind_model(0.0)
    x = torch.from_numpy(description.encoding.encode(every_kind_patients(30)).T)
    place = next(at.start for column, at in description.encoding.slices if column.kind == "continuous")
    far, bounded = x.clone(), x.clone()
    far[place, 0], bounded[place, 0] = 1e4, FEATURE_BOUND
    assert torch.equal(model.encoder_input(far), model.encoder_input(bounded))
    z = torch.zeros(model.replicas, model.latent_dim, x.shape[1], dtype=x.dtype)
    assert (
        model.double().decode(z).log_prob(far)[:, :, 0].sum(1) < model.decode(z).log_prob(bounded)[:, :, 0].sum(1)
    ).all()


@pytest.mark.parametrize("objective", ["elbo", "importance_weighted", "wake", "autoencoder"])
def test_a_table_without_a_gap_has_the_same_terms_to_the_last_bit(objective: str) -> None:
    """Two models of one encoder, of which one asks each factor what is observed."""
    posterior = "point" if objective == "autoencoder" else "full"
    description, plain = every_kind_model(0.0, posterior=posterior)
    asking = make_model(description, torch.device("cpu"))
    columns = [column.model_copy(update={"gaps": True}) for column in description.encoding.columns]
    asking.output = TypedOutput(3, Encoding(columns=tuple(columns)), "predicted", 1.0)
    x = torch.from_numpy(description.encoding.encode(every_kind_patients(20)).T).expand(3, -1, -1)
    terms = [objective_terms(objective, each, x, None, noise_like(each, 4, 20), 0.5, 1.0) for each in (plain, asking)]
    for term, other in zip(*terms, strict=True):
        assert torch.equal(term, other)


def test_a_column_that_nobody_has_is_as_good_as_none() -> None:
    _, model = every_kind_model(0.2)
    description, _ = every_kind_model(0.2)
    patients = every_kind_patients(20).assign(volume=np.nan)
    x = torch.from_numpy(description.encoding.encode(patients).T)
    z = torch.randn(3, 2, 20, dtype=torch.float64)
    whole, place = model.decode(z).log_prob(x).sum(dim=1), [column.name for column in SCHEMA.columns].index("volume")
    others = [column for column in description.encoding.columns if column.name != "volume"]
    without = TypedOutput(3, Encoding(columns=tuple(others)), "predicted", 1.0)
    numbers = model.decoder(z)
    # The volume's two features, and the third of the five scales.
    kept = [row for row in range(numbers.shape[1]) if row not in (10, 11, 18)]
    features = [row for row in range(16) if row not in (10, 11)]
    torch.testing.assert_close(whole, without(numbers[:, kept]).log_prob(x[features]).sum(dim=1))
    assert (model.decode(z).log_prob(x)[:, place] == 0).all()


@pytest.mark.parametrize("likelihood", ["typed", "squared_error", "binary_cross_entropy"])
@pytest.mark.parametrize("objective", ["elbo", "importance_weighted", "supervised", "wake"])
def test_gradients_with_gaps_match_finite_differences(likelihood: str, objective: str) -> None:
    method = "by_kind" if likelihood == "typed" else "unit_interval"
    classes = ("A", "B") if objective == "supervised" else ()
    encoding = every_kind_encoding(0.3, method)
    _, model = every_kind_model(0.3, likelihood=likelihood, encoding=encoding, seeds=(1,), hidden=3, classes=classes)
    with torch.no_grad():
        for parameter in model.parameters():
            # Away from the kinks of ReLU, where biases of 0 put units that see nothing else.
            parameter += torch.linspace(0.1, 0.2, parameter.numel(), dtype=torch.float64).view_as(parameter)
    x = torch.from_numpy(encoding.encode(every_kind_patients(4, missing=0.3)).T)
    names, values = zip(*model.named_parameters(), strict=True)
    labels, noise = torch.tensor([[0, 1, -1, 0]]), noise_like(model, 2, 4)

    class Loss(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self) -> Tensor:
            if objective == "wake":
                return wake(self.model, x[None], noise).loss
            return objective_terms(objective, self.model, x[None], labels, noise, 0.7, 2.0).loss

    def loss(*numbers: Tensor) -> Tensor:
        weights = {f"model.{name}": number for name, number in zip(names, numbers, strict=True)}
        return torch.func.functional_call(Loss(), weights, ())

    value = loss(*values)
    assert value.isfinite().all()
    if objective != "wake":
        # Its weights are constants to the gradient and not to a finite difference.
        assert torch.autograd.gradcheck(loss, values, fast_mode=True)
    value.sum().backward()
    assert all(value.grad is None or value.grad.isfinite().all() for value in values)


def test_training_on_patients_with_gaps_lowers_the_loss_and_keeps_replicas_alone() -> None:
    encoding = every_kind_encoding(0.2)
    x = torch.from_numpy(encoding.encode(every_kind_patients(200, missing=0.2)).T)
    settings = VaeSettings(
        epochs=15,
        batch_size=50,
        hidden_units=8,
        learning_rate=0.01,
        kl_weight=0.05,
        initialization="lecun_uniform",
        **PLAIN,
    )
    fits = []
    for seeds in ((1, 2), (2,)):
        description = ModelDescription.from_settings(settings, 2, seeds, encoding, "cpu")
        fits.append(fit_replicas(Patients(x), description, settings, torch.device("cpu")))
    (both, history), (alone, _) = fits
    assert history.loss.isfinite().all()
    assert (history.loss[-1] < history.loss[0] - 1).all()
    torch.testing.assert_close(both.encoder.hidden.weight[1], alone.encoder.hidden.weight[0], rtol=1e-8, atol=1e-10)
