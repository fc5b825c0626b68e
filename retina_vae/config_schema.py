"""The JSON schema of the configuration, for Snakemake and for editors."""

from __future__ import annotations

import json
from typing import Any

import yaml

from retina_vae.config import Configuration

__all__ = ["export_schema"]


def export_schema() -> str:
    """The JSON schema of the configuration as YAML, for ``snakemake.utils.validate`` and for editors."""
    schema = _inline(Configuration.model_json_schema())
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return "# Made by `retina-vae schema`; edit retina_vae/config.py instead.\n" + yaml.safe_dump(
        json.loads(json.dumps(schema)), sort_keys=False, width=110
    )


def _inline(schema: dict[str, Any]) -> dict[str, Any]:
    """Put each section's definition where it is used, so that the schema reads from top to bottom."""
    definitions = schema.pop("$defs")

    def resolve(value: Any) -> Any:
        if isinstance(value, list):
            return [resolve(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            section = definitions[value["$ref"].rsplit("/", 1)[1]]
            value = {**section, **{k: v for k, v in value.items() if k != "$ref"}}
        return {key: resolve(item) for key, item in value.items()}

    resolved: dict[str, Any] = resolve(schema)
    return resolved
