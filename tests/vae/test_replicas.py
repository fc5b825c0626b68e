import torch
from torch import Tensor

from retina_vae.vae import VariationalAutoencoder, build_model, replica_generators, select_replica
from retina_vae.vae.replicas import replica_noise, replica_orders

from .conftest import describe


def test_noise_and_orders_of_a_replica_depend_on_its_own_seed_alone() -> None:
    for draw in (lambda g: replica_noise((2, 5), g, torch.float64), lambda g: replica_orders(10, g)):
        together, alone = draw(replica_generators([1, 2, 3])), draw(replica_generators([3]))
        assert torch.equal(together[2:], alone)
        assert not torch.equal(together[0], together[1])


def test_an_order_names_every_patient_once() -> None:
    orders = replica_orders(50, replica_generators([1, 2]))
    assert torch.equal(orders.sort(dim=1).values, torch.arange(50).expand(2, -1))


def test_a_selected_replica_gives_the_same_posterior(model: VariationalAutoencoder, x: Tensor) -> None:
    single = build_model(describe(seeds=(2,))).double().to(x.device)
    single.load_state_dict(select_replica(model, 1))
    torch.testing.assert_close(single.encode(x[None]).mean[0], model.encode(x.expand(3, -1, -1)).mean[1])
