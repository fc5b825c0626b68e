"""What rebuilds a model: several layers, pictures, and how wide they are."""

from __future__ import annotations

import json

import pytest

from retina_vae.cohort.image_shape import ImageShape
from retina_vae.settings import VaeSettings
from retina_vae.vae import ModelDescription

from .conftest import describe, encoding
from .pictures import picture_encoding


def described(**settings: object) -> ModelDescription:
    of_model = VaeSettings(likelihood="typed", input_scaling="by_kind", **settings)
    return ModelDescription.from_settings(of_model, 2, [1, 2], picture_encoding(ImageShape(height=7, width=5)), "cpu")


@pytest.mark.parametrize(
    ("settings", "encoder", "decoder"),
    [
        ({"hidden_units": 8, "decoder_units": None}, 8, 8),
        ({"hidden_units": 8, "decoder_units": 4}, 8, 4),
        ({"hidden_units": [64, 16], "decoder_units": None}, (64, 16), (16, 64)),
        ({"hidden_units": [64, 16], "decoder_units": 4}, (64, 16), 4),
        ({"hidden_units": 8, "decoder_units": [4, 12, 30]}, 8, (4, 12, 30)),
    ],
)
def test_the_decoder_has_the_encoders_layers_in_reverse_order_or_its_own(settings: dict, encoder, decoder) -> None:
    found = described(**settings)
    assert (found.hidden_units, found.decoder_units, found.channels) == (encoder, decoder, ())


@pytest.mark.parametrize("settings", [{"hidden_units": [64, 16]}, {"network": "convolutional", "channels": [3, 5]}])
def test_layers_channels_and_the_picture_come_back_from_json(settings: dict) -> None:
    found = described(**settings)
    assert ModelDescription.model_validate(json.loads(found.model_dump_json())) == found
    assert found.channels == tuple(settings.get("channels", ()))


def test_a_tables_description_says_neither_channels_nor_image() -> None:
    values = json.loads(describe().model_dump_json())
    assert "channels" not in values
    assert list(values["encoding"]) == ["columns"]
    assert values["hidden_units"] == 8
    assert ModelDescription.model_validate(values) == describe(encoding=encoding())


@pytest.mark.parametrize(
    ("changes", "widest"),
    [
        ({"hidden_units": 8, "decoder_units": (4, 30)}, (8, 30)),
        # 7 x 5 becomes 4 x 3 and then 2 x 2.
        ({"hidden_units": 8, "decoder_units": 200, "channels": (3, 5)}, (36, 200)),
        ({"hidden_units": 8, "decoder_units": 4, "channels": (3, 50)}, (200, 200)),
    ],
)
def test_the_widest_layer_may_be_any(changes: dict, widest: tuple[int, int]) -> None:
    of_picture = describe(encoding=picture_encoding(ImageShape(height=7, width=5)), **changes)
    assert of_picture.widest_layer == widest


def test_channels_of_no_picture_count_nothing() -> None:
    assert describe(channels=(3, 50)).widest_layer == (8, 8)
