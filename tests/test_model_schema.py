"""Models that cannot read the patients of a schema."""

from __future__ import annotations

import pytest

from retina_vae.cohort import CohortSchema, Column
from retina_vae.cohort.image_shape import ImageShape
from retina_vae.errors import ConfigurationError
from retina_vae.model_schema import require_readable
from retina_vae.settings import VaeSettings
from retina_vae.training import prepare_cohort
from tests.cohort.pictures import PICTURES, picture_table
from tests.cohort.sequences import SEQUENCES

SCORE = Column(name="score", label="Score", kind="level", maximum=30)
TABLE = CohortSchema(identifier="id", columns=(SCORE,))
CONVOLUTIONAL = VaeSettings(network="convolutional", likelihood="typed", input_scaling="by_kind")


def test_convolutions_read_pictures_alone() -> None:
    require_readable(PICTURES, CONVOLUTIONAL)
    require_readable(PICTURES, VaeSettings())
    require_readable(TABLE, VaeSettings())
    with pytest.raises(ConfigurationError) as error:
        require_readable(TABLE, CONVOLUTIONAL, "family.x.changes")
    assert str(error.value).startswith(
        "family.x.changes.network: expected 'perceptron', because the schema has no retinaVae:image and its inputs are "
        "no pixels of a picture, got 'convolutional'. Set family.x.changes.network: perceptron, or say"
    )


def test_a_recurrent_layer_reads_sequences_alone() -> None:
    recurrent = VaeSettings(network="recurrent")
    require_readable(SEQUENCES, recurrent)
    require_readable(SEQUENCES, VaeSettings())
    with pytest.raises(ConfigurationError) as error:
        require_readable(PICTURES, recurrent)
    assert str(error.value) == (
        "vae.network: expected 'perceptron', because the schema has no retinaVae:sequence and its inputs are no "
        "symbols of a sequence, got 'recurrent'. Set vae.network: perceptron, or say the length of the sequences in "
        "the schema (docs/your-own-cohort.md)."
    )
    with pytest.raises(ConfigurationError, match=r"no retinaVae:image .* got 'convolutional'"):
        require_readable(SEQUENCES, CONVOLUTIONAL)


def test_training_refuses_them_before_anything_is_computed() -> None:
    with pytest.raises(ConfigurationError, match=r"^vae\.network: expected 'perceptron'"):
        prepare_cohort(picture_table(3), PICTURES.model_copy(update={"image": None}), CONVOLUTIONAL)
    assert prepare_cohort(picture_table(3), PICTURES, CONVOLUTIONAL).encoding.image == ImageShape(height=2, width=3)


def test_remarks_need_a_likelihood_that_is_a_probability() -> None:
    limit = Column(name="crp", label="CRP", kind="positive", censored=True)
    schema = CohortSchema(identifier="id", columns=(limit,))
    require_readable(schema, CONVOLUTIONAL.model_copy(update={"network": "perceptron"}))
    with pytest.raises(ConfigurationError, match=r"^vae\.likelihood: expected 'typed', because .* of \['crp'\]"):
        require_readable(schema, VaeSettings(likelihood="squared_error"))
