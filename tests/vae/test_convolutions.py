"""Convolutional networks of several replicas, against PyTorch's own layers and against each replica alone."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from retina_vae.cohort.image_shape import ImageShape
from retina_vae.settings import VaeSettings
from retina_vae.vae import (
    ModelDescription,
    Patients,
    VariationalAutoencoder,
    build_model,
    fit_replicas,
    load_model,
    replica_generators,
    save_model,
)
from retina_vae.vae.convolutions import BatchedConvolution, ConvolutionalDecoder, ConvolutionalEncoder
from retina_vae.vae.steps import log_density_of_weights
from retina_vae.vae.weight_samples import build_sampler, describe_samples, sample_weights

from .conftest import PLAIN, describe, make_model
from .pictures import picture_encoding, picture_features
from .test_networks import as_plain

SEEDS = [4, 5, 6]
SHAPES = [
    ImageShape(height=7, width=7),
    ImageShape(height=28, width=28),
    ImageShape(height=8, width=5, channels=2),
    ImageShape(height=1, width=3),
]
each_shape = pytest.mark.parametrize("shape", SHAPES, ids=lambda own: "x".join(map(str, own.axes)))


def drawn(network: nn.Module, device: torch.device, seeds: list[int] = SEEDS) -> nn.Module:
    """The network with initial weights and random biases, in double precision."""
    network.double().initialize("he_uniform", replica_generators(seeds))
    generator = torch.Generator().manual_seed(9)
    with torch.no_grad():
        for name, own in network.named_parameters():
            if name.endswith("bias"):
                own.copy_(torch.randn(own.shape, generator=generator, dtype=own.dtype))
    return network.to(device)


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


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
def test_a_replica_is_the_same_alone_and_sees_no_other(part: int, device: torch.device) -> None:
    shape = SHAPES[2]

    def network(replicas: int) -> nn.Module:
        if part == 0:
            return ConvolutionalEncoder(replicas, shape, 0, [4, 6], [8, 5], 3).double()
        return ConvolutionalDecoder(replicas, 2, shape, [4, 6], [8, 5]).double()

    together, alone = network(3), network(1)
    together.initialize("glorot_uniform", replica_generators(SEEDS))
    alone.initialize("glorot_uniform", replica_generators(SEEDS[1:2]))
    for values, own in zip(together.parameters(), alone.parameters(), strict=True):
        assert torch.equal(values[1:2], own)
    x = random(3, 2 if part else shape.pixels, 7).to(device).requires_grad_()
    found = together.to(device)(x)
    torch.testing.assert_close(found[1:2], alone.to(device)(x[1:2]))
    found[1].sum().backward()
    assert x.grad is not None
    assert x.grad[1].abs().sum() > 0
    assert x.grad[[0, 2]].abs().sum() == 0


def test_gradients_match_finite_differences() -> None:
    shape = ImageShape(height=3, width=2)
    encoder = drawn(ConvolutionalEncoder(2, shape, 1, [2], 3, 2), torch.device("cpu"), [1, 2])
    decoder = drawn(ConvolutionalDecoder(2, 2, shape, [2], 3), torch.device("cpu"), [1, 2])
    for network, inputs in ((encoder, 7), (decoder, 2)):
        names = [name for name, _ in network.named_parameters()]

        def apply(x: Tensor, *values: Tensor, network: nn.Module = network, names: list[str] = names) -> Tensor:
            return torch.func.functional_call(network, dict(zip(names, values, strict=True)), (x,))

        assert torch.autograd.gradcheck(apply, (random(2, inputs, 3).requires_grad_(), *network.parameters()))


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
    x = Patients(picture_features(SHAPES[0], 60, gaps).to(device))
    how = settings(epochs=20, batch_size=20, learning_rate=0.01)
    together, history = fit_replicas(x, of_pictures((1, 2, 3), gaps)[0], how, device)
    alone, alone_history = fit_replicas(x, of_pictures((2,), gaps)[0], how, device)
    assert (history.loss[-5:].mean(dim=0) < 0.8 * history.loss[0]).all()
    for (name, values), single in zip(together.named_parameters(), alone.parameters(), strict=True):
        torch.testing.assert_close(values[1:2], single, rtol=1e-7, atol=1e-9, msg=name)
    torch.testing.assert_close(history.loss[:, 1:2], alone_history.loss, rtol=1e-9, atol=1e-9)


def test_a_saved_model_loads_to_identical_outputs(tmp_path) -> None:
    description, model = of_pictures()
    model.float()
    save_model(model, description, tmp_path)
    loaded, found = load_model(tmp_path)
    assert found == description
    x = picture_features(SHAPES[0], 10).float().expand(3, -1, -1)
    code = model.encode(x).mean
    assert torch.equal(code, loaded.encode(x).mean)
    assert torch.equal(model.decode(code).log_prob(x), loaded.decode(code).log_prob(x))


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
