"""Which models can read which patients: the section of a configuration on the model against a schema."""

from __future__ import annotations

from retina_vae.cohort.schema import CohortSchema
from retina_vae.errors import ConfigurationError
from retina_vae.settings import VaeSettings

__all__ = ["require_readable"]


def require_readable(schema: CohortSchema, settings: VaeSettings, section: str = "vae") -> None:
    """Refuse a model that cannot read the patients of a schema.

    Args:
        schema: Of the patients.
        settings: Of the model.
        section: Where the settings stand in the configuration, for the error message.

    Raises:
        ConfigurationError: A convolutional network shall read what is no picture, or a recurrent one what is no
            sequence, or columns have remarks and the likelihood is no probability of a limit.
    """
    _require_shape(schema, settings.network, section)
    remarked = [column.name for column in schema.inputs if column.remarked]
    if remarked and settings.likelihood != "typed":
        raise ConfigurationError(
            f"{section}.likelihood: expected 'typed', because the schema says retinaVae:censored or "
            f"retinaVae:notApplicable of {remarked}, got {settings.likelihood!r}, which is no probability of a limit."
        )


def _require_shape(schema: CohortSchema, network: str, section: str) -> None:
    needs = {
        "convolutional": (schema.image, "image", "pixels of a picture", "the height and the width of the pictures"),
        "recurrent": (schema.sequence, "sequence", "symbols of a sequence", "the length of the sequences"),
    }
    if network not in needs:
        return
    shape, key, inputs, what = needs[network]
    if shape is None:
        raise ConfigurationError(
            f"{section}.network: expected 'perceptron', because the schema has no retinaVae:{key} and its inputs are "
            f"no {inputs}, got {network!r}. Set {section}.network: perceptron, or say {what} in the schema "
            "(docs/your-own-cohort.md)."
        )
