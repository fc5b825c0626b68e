"""Convolutional networks of several replicas, against PyTorch's own layers and against each replica alone."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from retina_vae.cohort.image_shape import ImageShape
from retina_vae.settings import VaeSettings
from retina_vae.vae import ModelDescription, Patients, VariationalAutoencoder, build_model, fit_replicas
from retina_vae.vae.convolutions import BatchedConvolution, ConvolutionalDecoder, ConvolutionalEncoder
from retina_vae.vae.steps import log_density_of_weights
from retina_vae.vae.weight_samples import build_sampler, describe_samples, sample_weights

from .conftest import PLAIN, describe, make_model
from .pictures import picture_encoding, picture_features
from .replicated import assert_gradients, assert_same_alone, assert_seeds_alone, assert_stored, drawn, random
from .test_networks import as_plain

SHAPES = [
    ImageShape(height=7, width=7),
    ImageShape(height=28, width=28),
    ImageShape(height=8, width=5, channels=2),
    ImageShape(height=1, width=3),
]
each_shape = pytest.mark.parametrize("shape", SHAPES, ids=lambda own: "x".join(map(str, own.axes)))


def as_convolution(layer: BatchedConvolution, replica: int, before: tuple[int, int]) -> nn.Module:
    """One replica as PyTorch's own layer; ``before`` is the size that a transposed one reads."""
    first, second = layer.weight.shape[1:3]
    own: nn.Module
    if layer.size is None:
        own = nn.Conv2d(second, first, 3, stride=2, padding=1)
    else:
        more = tuple(wanted - (2 * found - 1) for wanted, found in zip(layer.size, before, strict=True))
        assert set(more) <= {0, 1}
        own = nn.ConvTranspose2d(first, second, 3, stride=2, padding=1, output_padding=more)
    own.double().load_state_dict({"weight": layer.weight[replica], "bias": layer.bias[replica]})
    return own.to(layer.weight.device)


@each_shape
def test_each_replicas_encoder_is_made_of_plain_layers(shape: ImageShape, device: torch.device) -> None:
    """Two inputs stand behind the pixels and are read by the hidden layers."""
    network = drawn(ConvolutionalEncoder(3, shape, 2, [4, 6], [8, 5], 3), device)
    x, sizes = random(3, shape.pixels + 2, 9).to(device), shape.halved(2)
    found = network(x)
    assert found.shape == (3, 3, 9)
    for replica in range(3):
        pictures = x[replica, : shape.pixels].T.reshape(9, *shape.axes)
        for layer, size in zip(network.convolutions, sizes[1:], strict=True):
            pictures = as_convolution(layer, replica, size)(pictures).relu()
            assert pictures.shape[2:] == size
        read = torch.cat([pictures.flatten(1), x[replica, shape.pixels :].T], dim=1)
        torch.testing.assert_close(found[replica], as_plain(network.head, replica)(read).T)


@each_shape
def test_each_replicas_decoder_is_made_of_plain_layers_and_gives_the_pictures_size(
    shape: ImageShape, device: torch.device
) -> None:
    network = drawn(ConvolutionalDecoder(3, 2, shape, [4, 6], [8, 5]), device)
    z, sizes = random(3, 2, 9).to(device), shape.halved(2)
    found = network(z)
    assert found.shape == (3, shape.pixels, 9)
    for replica in range(3):
        pictures = as_plain(network.body, replica)(z[replica].T).reshape(9, 6, *sizes[-1])
        for layer, size in zip(network.convolutions, reversed(sizes[1:]), strict=True):
            pictures = as_convolution(layer, replica, size)(pictures.relu())
        torch.testing.assert_close(found[replica], pictures.flatten(1).T)


def test_sizes_are_halved_and_come_back() -> None:
    assert SHAPES[0].halved(2) == [(7, 7), (4, 4), (2, 2)]
    assert SHAPES[2].halved(3) == [(8, 5), (4, 3), (2, 2), (1, 1)]
    assert [layer.size for layer in ConvolutionalDecoder(1, 2, SHAPES[0], [4, 6], 8).convolutions] == [(4, 4), (7, 7)]


def test_of_several_channels_the_pixels_of_the_first_come_first(device: torch.device) -> None:
    shape = ImageShape(height=4, width=4, channels=2)
    network = drawn(ConvolutionalEncoder(1, shape, 0, [3], 4, 2), device, [1])
    x = random(1, 32, 5).to(device)
    with torch.no_grad():
        network.convolutions[0].weight[:, :, 1] = 0
    changed = x.clone()
    changed[:, 16:] += 1
    assert torch.equal(network(x), network(changed))
    changed[:, 0] += 1
    assert not torch.equal(network(x), network(changed))


@pytest.mark.parametrize("part", [0, 1])
def test_a_replica_assert_same_alone_and_sees_no_other(part: int, device: torch.device) -> None:
    shape = SHAPES[2]

    def network(replicas: int) -> nn.Module:
        if part == 0:
            return ConvolutionalEncoder(replicas, shape, 0, [4, 6], [8, 5], 3)
        return ConvolutionalDecoder(replicas, 2, shape, [4, 6], [8, 5])

    assert_same_alone(network, 2 if part else shape.pixels, device)


def test_gradients_match_finite_differences() -> None:
    shape = ImageShape(height=3, width=2)
    encoder = drawn(ConvolutionalEncoder(2, shape, 1, [2], 3, 2), torch.device("cpu"), [1, 2])
    decoder = drawn(ConvolutionalDecoder(2, 2, shape, [2], 3), torch.device("cpu"), [1, 2])
    for network, inputs in ((encoder, 7), (decoder, 2)):
        assert_gradients(network, inputs)


def of_pictures(
    seeds: tuple[int, ...] = (1, 2, 3), gaps: int = 0, **changes: object
) -> tuple[ModelDescription, VariationalAutoencoder]:
    values = {"likelihood": "typed", "channels": (4, 6), "hidden_units": (16, 8), "decoder_units": (8, 16)}
    description = describe(seeds, encoding=picture_encoding(SHAPES[0], gaps), **(values | changes))
    return description, make_model(description, torch.device("cpu"))


def settings(**changes: object) -> VaeSettings:
    of_model = {"likelihood": "typed", "input_scaling": "by_kind", "network": "convolutional", "channels": [4, 6]}
    return VaeSettings(**PLAIN | of_model | {"hidden_units": [16, 8], "decoder_units": None} | changes)


def test_gaps_stand_beside_the_pixels() -> None:
    description, model = of_pictures(gaps=10)
    assert isinstance(model.encoder, ConvolutionalEncoder)
    assert model.encoder.head.hidden.weight.shape[2] == 6 * 2 * 2 + 10
    x = picture_features(SHAPES[0], 30, gaps=10)
    read = model.encoder_input(x.expand(3, -1, -1))
    assert torch.equal(read[:, :49], x.nan_to_num(0.0).expand(3, -1, -1))
    assert torch.equal(read[:, 49:].bool(), x[:10].isnan().expand(3, -1, -1))
    terms = model.decode(model.encode(x.expand(3, -1, -1)).mean).log_prob(x)
    assert terms.shape == (3, description.encoding.width, 30)
    assert (terms[:, x.isnan()] == 0).all()


@pytest.mark.parametrize("gaps", [0, 10])
def test_training_lowers_the_loss_and_a_replica_equals_its_seed_alone(gaps: int, device: torch.device) -> None:
    how = settings(epochs=20, batch_size=20, learning_rate=0.01)
    features = picture_features(SHAPES[0], 60, gaps)
    assert_seeds_alone(features, lambda seeds: of_pictures(seeds, gaps)[0], how, device, falls_to=0.8)


def test_a_saved_model_loads_to_identical_outputs(tmp_path) -> None:
    assert_stored(*of_pictures(), picture_features(SHAPES[0], 10), tmp_path)


def test_the_prior_of_the_weights_counts_kernels_and_no_biases() -> None:
    _, model = of_pictures()
    expected = torch.zeros(3, dtype=torch.float64)
    kernels = 0
    for name, own in model.decoder.named_parameters():
        if name.endswith("weight"):
            expected -= own.detach().flatten(1).square().sum(dim=1) / (2 * 0.7**2)
            kernels += own.dim() == 5
    assert kernels == 2
    torch.testing.assert_close(log_density_of_weights(model, 0.7), expected)
    sampler = build_sampler(model, settings(weight_prior=0.7), 100)
    biases = [own for name, own in model.decoder.named_parameters() if name.endswith("bias")]
    prior = settings().sghmc.bias_prior
    of_biases = torch.stack([own.detach().flatten(1).square().sum(dim=1) for own in biases]).sum(dim=0)
    torch.testing.assert_close(sampler.log_prior(), expected - of_biases / (2 * prior**2))


def test_a_prior_of_the_weights_and_a_bound_of_gradients_train_kernels_too() -> None:
    x = Patients(picture_features(SHAPES[0], 20))
    how = settings(epochs=2, batch_size=10, weight_prior=1.0, max_gradient_norm=1.0, validation_fraction=0.2)
    model, history = fit_replicas(x, of_pictures()[0], how, torch.device("cpu"))
    assert history.loss.isfinite().all()
    assert all(own.isfinite().all() for own in model.parameters())


def test_chains_of_weights_go_through_convolutions() -> None:
    description, model = of_pictures((1, 2))
    chain = {"steps": 8, "burn_in": 4, "thinning": 1}
    how = settings(weights="sghmc", weight_prior=1.0, batch_size=10, sghmc=chain)
    generators = [torch.Generator().manual_seed(seed) for seed in (1, 2)]
    start = {name: values.clone() for name, values in model.state_dict().items()}
    states, log_joint, bound = sample_weights(model, Patients(picture_features(SHAPES[0], 20)), how, generators)
    assert log_joint.isfinite().all()
    assert bound.isfinite().all()
    name = "decoder.convolutions.1.weight"
    assert states[name].shape == (2 * 4, *start[name].shape[1:])
    assert not torch.equal(states[name][0], states[name][1])
    assert not torch.equal(states[name][:1], start[name][:1])
    build_model(describe_samples(description, 4)).double().load_state_dict(states)
