"""The recurrent decoder of several replicas, against PyTorch's own layers and against each replica alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from retina_vae.cohort import fit_encoding
from retina_vae.settings import VaeSettings
from retina_vae.vae import (
    ModelDescription,
    Patients,
    VariationalAutoencoder,
    build_model,
    fit_replicas,
    replica_generators,
)
from retina_vae.vae.networks import INITIALIZATIONS
from retina_vae.vae.recurrence import BatchedGru, RecurrentDecoder
from retina_vae.vae.steps import log_density_of_weights
from tests.cohort.sequences import SEQUENCES, sequence_table

from .conftest import PLAIN, describe, make_model
from .replicated import assert_gradients, assert_same_alone, assert_seeds_alone, assert_stored, drawn, random
from .test_networks import as_plain

ENCODING = fit_encoding(sequence_table(50), SEQUENCES, "by_kind")
LENGTH, SYMBOLS = 4, 4
BY_HEART = {"likelihood": "typed", "posterior": "point", "recurrent_units": 16}


def as_gru(layer: BatchedGru, replica: int) -> nn.GRU:
    """One replica as PyTorch's own layer."""
    read, recur = layer.read, layer.recur
    own = nn.GRU(read.weight.shape[2], recur.weight.shape[2]).double()
    biases = {"bias_ih_l0": read.bias[replica, :, 0], "bias_hh_l0": recur.bias[replica, :, 0]}
    own.load_state_dict({"weight_ih_l0": read.weight[replica], "weight_hh_l0": recur.weight[replica]} | biases)
    return own.to(read.weight.device)


def test_each_replicas_decoder_is_made_of_plain_layers(device: torch.device) -> None:
    """A perceptron, PyTorch's recurrent layer that reads the code at each position, and one affine map for all."""
    network = drawn(RecurrentDecoder(3, 2, [8, 5], 6, LENGTH, SYMBOLS), device)
    z = random(3, 2, 9).to(device)
    found = network(z)
    assert found.shape == (3, LENGTH * SYMBOLS, 9)
    for replica in range(3):
        start = as_plain(network.start, replica)(z[replica].T).tanh()
        states, _ = as_gru(network.layer, replica)(z[replica].T.expand(LENGTH, -1, -1), start[None])
        assert states.shape == (LENGTH, 9, 6)
        numbers = states @ network.output.weight[replica].T + network.output.bias[replica].T
        torch.testing.assert_close(found[replica], numbers.permute(0, 2, 1).flatten(0, 1))


def test_an_open_update_gate_keeps_the_state_and_a_shut_one_forgets_it(device: torch.device) -> None:
    layer = drawn(BatchedGru(1, 2, 3), device, [1])
    x, state = random(1, 2, 5).to(device), random(1, 3, 5, seed=1).to(device)
    with torch.no_grad():
        layer.read.bias[:, 3:6] = 50.0
        kept = layer(x, state, 3)
        layer.read.bias[:, 3:6] = -50.0
        # Without what the state says of the proposal, each step gives the same numbers.
        layer.recur.weight[:, 6:] = 0.0
        layer.recur.bias[:, 6:] = 0.0
        forgotten = layer(x, state, 3)
    torch.testing.assert_close(kept, state.unsqueeze(2).expand_as(kept))
    proposal = (layer.read.weight[:, 6:] @ x + layer.read.bias[:, 6:]).tanh()
    torch.testing.assert_close(forgotten, proposal.unsqueeze(2).expand_as(forgotten))


def test_a_replica_assert_same_alone_and_sees_no_other(device: torch.device) -> None:
    assert_same_alone(lambda replicas: RecurrentDecoder(replicas, 2, 8, 6, LENGTH, SYMBOLS), 2, device)


@pytest.mark.parametrize("method", INITIALIZATIONS)
def test_weights_of_a_gate_are_drawn_as_those_of_a_layer_of_its_own(method: str) -> None:
    layer = BatchedGru(2, 30, 20)
    layer.initialize(method, replica_generators([1, 2]))
    for part, inputs in ((layer.read, 30), (layer.recur, 20)):
        largest = INITIALIZATIONS[method](inputs, 20)
        assert 0.99 * largest < part.weight.abs().max() <= largest
        assert not part.bias.any()


def test_gradients_match_finite_differences() -> None:
    assert_gradients(drawn(RecurrentDecoder(2, 2, 3, 2, 3, 2), torch.device("cpu"), [1, 2]), 2)


def of_sequences(seeds: tuple[int, ...] = (1, 2, 3)) -> tuple[ModelDescription, VariationalAutoencoder]:
    description = describe(seeds, encoding=ENCODING, likelihood="typed", recurrent_units=6)
    return description, make_model(description, torch.device("cpu"))


def settings(**changes: object) -> VaeSettings:
    of_model = {"likelihood": "typed", "input_scaling": "by_kind", "network": "recurrent", "recurrent_units": 6}
    return VaeSettings(**PLAIN | of_model | {"hidden_units": 8, "decoder_units": None} | changes)


def features(count: int, seed: int = 0) -> Tensor:
    return torch.from_numpy(ENCODING.encode(sequence_table(count, seed)).T.copy())


def test_the_settings_decide_which_decoder_a_model_has() -> None:
    recurrent = ModelDescription.from_settings(settings(), 2, (1,), ENCODING, "cpu")
    assert (recurrent.recurrent_units, recurrent.widest_layer) == (6, (8, LENGTH * 6))
    assert isinstance(build_model(recurrent).decoder, RecurrentDecoder)
    assert ModelDescription.model_validate(json.loads(recurrent.model_dump_json())) == recurrent
    plain = ModelDescription.from_settings(settings(network="perceptron"), 2, (1,), ENCODING, "cpu")
    assert not isinstance(build_model(plain).decoder, RecurrentDecoder)
    assert "recurrent_units" not in json.loads(plain.model_dump_json())


def test_training_lowers_the_loss_and_a_replica_equals_its_seed_alone(device: torch.device) -> None:
    how = settings(epochs=20, batch_size=20, learning_rate=0.01, max_gradient_norm=1.0, weight_prior=1.0)
    assert_seeds_alone(features(60), lambda seeds: of_sequences(seeds)[0], how, device, falls_to=0.95)


def test_a_few_sequences_are_learned_by_heart(device: torch.device) -> None:
    """Positions share their weights, and yet each has its own symbol."""
    x = features(6, seed=3)[:, :4].to(device)
    how = settings(posterior="point", objective="autoencoder", kl_weight=0.0, epochs=300, learning_rate=0.02)
    model, _ = fit_replicas(Patients(x), describe((1,), 2, 32, encoding=ENCODING, **BY_HEART), how, device)
    found = model.decode(model.encode(x.unsqueeze(0)).mean).mean[0]
    assert torch.equal(found.round(), x)


def test_a_saved_model_loads_to_identical_outputs(tmp_path: Path) -> None:
    assert_stored(*of_sequences(), features(5), tmp_path)


def test_the_prior_of_the_weights_counts_the_gates_and_no_biases() -> None:
    _, model = of_sequences()
    weights = [own for name, own in model.decoder.named_parameters() if name.endswith("weight")]
    # Two of the perceptron, two of the layer's, one of the map to symbols.
    assert len(weights) == 5
    expected = -sum(own.detach().flatten(1).square().sum(dim=1) for own in weights) / (2 * 0.7**2)
    torch.testing.assert_close(log_density_of_weights(model, 0.7), expected)
