import math

import pytest
import torch

from retina_vae.vae.networks import INITIALIZATIONS, BatchedLinear, BatchedPerceptron
from retina_vae.vae.replicas import replica_generators


def test_each_replica_is_a_plain_linear_layer() -> None:
    layer = BatchedLinear(3, 4, 5).double()
    layer.initialize("glorot_uniform", replica_generators([1, 2, 3]))
    torch.nn.init.normal_(layer.bias)
    x = torch.randn(3, 4, 7, dtype=torch.float64)
    for replica, output in enumerate(layer(x)):
        expected = torch.nn.functional.linear(x[replica].T, layer.weight[replica], layer.bias[replica, :, 0]).T
        torch.testing.assert_close(output, expected)


def test_perceptron_is_affine_relu_affine() -> None:
    network = BatchedPerceptron(2, 3, 6, 4).double()
    network.initialize("he_uniform", replica_generators([4, 5]))
    x = torch.randn(2, 3, 9, dtype=torch.float64)
    hidden = torch.relu(network.hidden.weight @ x + network.hidden.bias)
    torch.testing.assert_close(network(x), network.output.weight @ hidden + network.output.bias)


def test_gradients_match_finite_differences() -> None:
    network = BatchedPerceptron(2, 2, 3, 2).double()
    network.initialize("glorot_uniform", replica_generators([1, 2]))
    x = torch.randn(2, 2, 4, dtype=torch.float64, requires_grad=True)
    parameters = tuple(network.parameters())

    def apply(x: torch.Tensor, *values: torch.Tensor) -> torch.Tensor:
        names = [name for name, _ in network.named_parameters()]
        return torch.func.functional_call(network, dict(zip(names, values, strict=True)), (x,))

    assert torch.autograd.gradcheck(apply, (x, *parameters))


def test_no_replica_sees_another_ones_patients() -> None:
    network = BatchedPerceptron(2, 3, 5, 1).double()
    network.initialize("glorot_uniform", replica_generators([1, 2]))
    x = torch.randn(2, 3, 4, dtype=torch.float64, requires_grad=True)
    network(x)[0].sum().backward()
    assert x.grad is not None
    assert x.grad[0].abs().sum() > 0
    assert x.grad[1].abs().sum() == 0


@pytest.mark.parametrize(
    ("method", "variance"),
    [("glorot_uniform", 2 / (300 + 200)), ("he_uniform", 2 / 300), ("lecun_uniform", 1 / 300)],
)
def test_initial_weights_have_the_variance_of_their_method(method: str, variance: float) -> None:
    layer = BatchedLinear(1, 300, 200).double()
    layer.initialize(method, replica_generators([7]))
    weights = layer.weight.detach()
    assert weights.abs().max() <= INITIALIZATIONS[method](300, 200)
    # The sample variance of n uniform numbers has a relative standard error of sqrt(0.8 / n).
    assert weights.var().item() == pytest.approx(variance, rel=4 * math.sqrt(0.8 / weights.numel()))
    assert layer.bias.abs().sum() == 0


def test_a_replicas_weights_depend_on_its_own_seed_alone() -> None:
    together, alone = BatchedLinear(3, 4, 5), BatchedLinear(1, 4, 5)
    together.initialize("glorot_uniform", replica_generators([1, 2, 3]))
    alone.initialize("glorot_uniform", replica_generators([2]))
    assert torch.equal(together.weight[1:2], alone.weight)
    assert not torch.equal(together.weight[0], together.weight[1])


def as_plain(network: BatchedPerceptron, replica: int) -> torch.nn.Sequential:
    """One replica as PyTorch's own layers."""
    parts: list[torch.nn.Module] = []
    for layer in network.layers:
        assert isinstance(layer, BatchedLinear)
        outputs, inputs = layer.weight.shape[1:]
        parts += [torch.nn.Linear(inputs, outputs, dtype=torch.float64), torch.nn.ReLU()]
        parts[-2].load_state_dict({"weight": layer.weight[replica], "bias": layer.bias[replica, :, 0]})
    return torch.nn.Sequential(*parts[:-1]).to(network.hidden.weight.device)


@pytest.mark.parametrize("hidden", [7, [7], [7, 4, 9]])
def test_each_replica_is_a_plain_sequence_of_layers(hidden: int | list[int], device: torch.device) -> None:
    network = BatchedPerceptron(3, 5, hidden, 2).double()
    network.initialize("he_uniform", replica_generators([1, 2, 3]))
    for own in network.parameters():
        torch.nn.init.normal_(own) if own.shape[-1] == 1 else None
    network.to(device)
    x = torch.randn(3, 5, 11, dtype=torch.float64).to(device)
    plain = [as_plain(network, replica) for replica in range(3)]
    expected = torch.stack([own(x[replica].T).T for replica, own in enumerate(plain)])
    torch.testing.assert_close(network(x), expected)
    network(x).square().sum().backward()
    expected.square().sum().backward()
    for replica, own in enumerate(plain):
        torch.testing.assert_close(network.hidden.weight.grad[replica], own[0].weight.grad)
        torch.testing.assert_close(network.output.weight.grad[replica], own[-1].weight.grad)


def test_a_replica_of_several_layers_depends_on_its_own_seed_alone() -> None:
    together, alone = BatchedPerceptron(3, 5, [7, 4, 9], 2), BatchedPerceptron(1, 5, [7, 4, 9], 2)
    together.initialize("glorot_uniform", replica_generators([1, 2, 3]))
    alone.initialize("glorot_uniform", replica_generators([2]))
    for values, own in zip(together.parameters(), alone.parameters(), strict=True):
        assert torch.equal(values[1:2], own)
    x = torch.randn(1, 5, 8)
    torch.testing.assert_close(together(x.expand(3, -1, -1))[1:2], alone(x))


def test_the_weights_of_one_hidden_layer_have_the_names_that_they_had() -> None:
    assert list(BatchedPerceptron(2, 3, 6, 4).state_dict()) == [
        *("hidden.weight", "hidden.bias", "output.weight", "output.bias")
    ]
    assert set(BatchedPerceptron(2, 3, [6, 5], 4).state_dict()) == {
        *("hidden.weight", "hidden.bias", "deeper.0.weight", "deeper.0.bias", "output.weight", "output.bias")
    }


def test_the_first_layer_is_drawn_as_it_was_whatever_stands_behind_it() -> None:
    one, several = BatchedPerceptron(1, 3, 6, 4), BatchedPerceptron(1, 3, [6, 5], 4)
    for network in (one, several):
        network.initialize("glorot_uniform", replica_generators([1]))
    assert torch.equal(one.hidden.weight, several.hidden.weight)
