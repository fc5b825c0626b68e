import pytest
import torch

from retina_vae.vae import replica_generators
from retina_vae.vae.draws import EpochDraws, drawn_ahead, epoch_draws

SHAPE = (2, 3, 50)
CPU = torch.device("cpu")


def kept(draws: EpochDraws) -> EpochDraws:
    """A copy: the memory is used again two epochs later."""
    return EpochDraws(draws.order.clone(), draws.noise.clone())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_draws_made_ahead_are_the_same_numbers(dtype: torch.dtype) -> None:
    """And the streams end at the same place, so that what follows the training draws the same."""
    streams, others = replica_generators([1, 2, 3, 4, 5]), replica_generators([1, 2, 3, 4, 5])
    here = [kept(draws) for draws in epoch_draws(4, SHAPE, streams, dtype, CPU)]
    ahead = [kept(draws) for draws in drawn_ahead(4, SHAPE, others, dtype)]
    for one, other in zip(here, ahead, strict=True):
        assert torch.equal(one.order, other.order)
        assert torch.equal(one.noise, other.noise)
    assert not torch.equal(here[0].noise, here[1].noise)
    for stream, other in zip(streams, others, strict=True):
        assert torch.equal(stream.get_state(), other.get_state())


def test_an_epoch_draws_the_order_and_then_the_noise_of_each_replica() -> None:
    draws = next(epoch_draws(1, SHAPE, replica_generators([7, 8]), torch.float64, CPU))
    stream = replica_generators([8])[0]
    assert torch.equal(draws.order[1], torch.randperm(50, generator=stream))
    assert torch.equal(draws.noise[1], torch.randn(*SHAPE, generator=stream, dtype=torch.float64))


def test_training_that_stops_early_leaves_no_thread_drawing() -> None:
    streams = replica_generators([1, 2])
    draws = drawn_ahead(100, SHAPE, streams, torch.float64)
    next(draws)
    draws.close()
    states = [stream.get_state() for stream in streams]
    other = replica_generators([1, 2])
    list(drawn_ahead(2, SHAPE, other, torch.float64))
    # The first epoch and the one that was under way, and no other.
    for state, stream in zip(states, other, strict=True):
        assert torch.equal(state, stream.get_state())
