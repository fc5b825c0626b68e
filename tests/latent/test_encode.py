import torch

from retina_vae.latent.encode import encode_patients
from tests.vae.conftest import describe, make_model


def test_batches_give_what_one_pass_gives(device: torch.device) -> None:
    model = make_model(describe(), device)
    x = torch.rand(6, 23, dtype=torch.float64, device=device)
    whole, parts = encode_patients(model, x), encode_patients(model, x, batch_size=5)
    torch.testing.assert_close(parts.mean, whole.mean)
    torch.testing.assert_close(parts.scale, whole.scale)
    torch.testing.assert_close(whole.mean, model.encode(x.expand(3, -1, -1)).mean)
