"""The sources of patients that every run has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from retina_vae.config_files import parse_configuration
from retina_vae.errors import ConfigurationError
from retina_vae.files import write_table, write_text
from retina_vae.images import image_cohort
from retina_vae.sources import SOURCES


@pytest.mark.parametrize("source", ["table", "simulated"])
def test_pixels_come_from_no_table(tmp_path: Path, source: str) -> None:
    found = image_cohort(np.zeros((3, 2, 2), dtype=np.uint8), None, (), 1)
    write_table(found.patients, tmp_path / "pixels.parquet")
    write_text(found.schema.to_yaml(), tmp_path / "pixels.yaml")
    names = {"table": str(tmp_path / "pixels.parquet"), "schema": str(tmp_path / "pixels.yaml")}
    epidemiology = str(tmp_path / "pixels.yaml")
    settings = parse_configuration({"cohort": {"source": source, "epidemiology": epidemiology, **names}}, "here")
    with pytest.raises(
        ConfigurationError, match=r"cohort\.schema: .*got a schema with retinaVae:image\. Pictures come"
    ):
        SOURCES[source].load(settings.cohort, None)
