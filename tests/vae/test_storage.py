import json
from pathlib import Path

import pytest
import torch
from torch import Tensor

from retina_vae.errors import InputError
from retina_vae.vae import VariationalAutoencoder, load_model, save_model

from .conftest import describe, make_model, typed_features
from .every_kind import every_kind_encoding, every_kind_patients


@pytest.fixture
def saved(tmp_path: Path, device: torch.device) -> Path:
    description = describe()
    save_model(make_model(description, device).float(), description, tmp_path)
    return tmp_path


def test_a_saved_model_loads_to_identical_outputs(tmp_path: Path, model: VariationalAutoencoder, x: Tensor) -> None:
    model.float()
    save_model(model, describe(), tmp_path)
    loaded, description = load_model(tmp_path)
    assert description == describe()
    batch = x.float().expand(3, -1, -1)
    expected = model.encode(batch)
    found = loaded.to(x.device).encode(batch)
    assert torch.equal(found.mean, expected.mean)
    assert torch.equal(found.log_variance, expected.log_variance)
    assert torch.equal(loaded.decode(found.mean).mean, model.decode(expected.mean).mean)


def test_nothing_but_the_two_files_is_left(saved: Path) -> None:
    assert {path.name for path in saved.iterdir()} == {"weights.safetensors", "model.json"}


def test_truncated_weights_are_refused(saved: Path) -> None:
    path = saved / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"weights\.safetensors: expected the weights .* train again"):
        load_model(saved)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden_units": 16}, "expected the weights that model.json describes"),
        ({"format": 99}, "expected a model of format 3, got 99"),
        ({"format": "?"}, "expected the description of a model"),
    ],
)
def test_another_architecture_and_a_newer_format_are_refused(saved: Path, change: dict, message: str) -> None:
    path = saved / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InputError, match=message):
        load_model(saved)


def test_missing_files_are_named(saved: Path) -> None:
    (saved / "weights.safetensors").unlink()
    with pytest.raises(InputError, match=r"weights\.safetensors"):
        load_model(saved)
    (saved / "model.json").unlink()
    with pytest.raises(InputError, match=r"model\.json"):
        load_model(saved)


@pytest.mark.parametrize("posterior", ["diagonal", "full", "point"])
def test_every_member_of_the_family_loads_to_identical_outputs(
    tmp_path: Path, posterior: str, device: torch.device
) -> None:
    classes = ("A", "B") if posterior == "full" else ()
    description = describe(likelihood="typed", gaussian_scale="learned", posterior=posterior, classes=classes)
    model = make_model(description, device).float()
    with torch.no_grad():
        for values in model.parameters():
            values += 0.1
    save_model(model, description, tmp_path)
    loaded, found = load_model(tmp_path)
    loaded.to(device)
    assert found == description
    batch = typed_features(20, device).float().expand(3, -1, -1)
    ours, theirs = model.encode(batch), loaded.encode(batch)
    assert torch.equal(ours.mean, theirs.mean)
    assert torch.equal(ours.covariance, theirs.covariance)
    assert torch.equal(model.decode(ours.mean).log_prob(batch), loaded.decode(theirs.mean).log_prob(batch))
    if classes:
        assert torch.equal(model.classify(ours), loaded.classify(theirs))


@pytest.mark.parametrize("change", [{"posterior": "full"}, {"classes": ["A"]}, {"gaussian_scale": "learned"}])
def test_weights_of_another_member_of_the_family_are_refused(
    tmp_path: Path, change: dict, device: torch.device
) -> None:
    description = describe(likelihood="typed")
    save_model(make_model(description, device).float(), description, tmp_path)
    path = tmp_path / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InputError, match=r"weights\.safetensors: expected the weights that model\.json describes"):
        load_model(tmp_path)


def test_a_model_of_every_kind_with_gaps_loads_to_identical_outputs(tmp_path: Path) -> None:
    encoding = every_kind_encoding(missing=0.2)
    description = describe(likelihood="typed", gaussian_scale="predicted", encoding=encoding)
    model = make_model(description, torch.device("cpu")).float()
    save_model(model, description, tmp_path)
    loaded, found = load_model(tmp_path)
    assert found == description
    x = torch.from_numpy(encoding.encode(every_kind_patients(30, missing=0.2)).T).float().expand(3, -1, -1)
    z = model.encode(x).mean
    assert torch.equal(loaded.encode(x).mean, z)
    assert torch.equal(loaded.decode(z).log_prob(x), model.decode(z).log_prob(x))


def test_a_model_of_the_format_before_gaps_is_refused(saved: Path) -> None:
    path = saved / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 2}))
    with pytest.raises(InputError, match=r"expected a model of format 3, got 2\. Use the version .* train again"):
        load_model(saved)
