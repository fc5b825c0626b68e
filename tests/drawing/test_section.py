"""What the report says of pictures."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import CohortSchema
from retina_vae.cohort.image_shape import ImageShape
from retina_vae.cohort.schema import Column
from retina_vae.config_files import parse_configuration
from retina_vae.drawing.section import Views, carried_columns, quality_sentences
from retina_vae.files import write_table

NAMES = {"ae": "autoencoder", "d2": "VAE (d2)"}


def quality(midpoints: dict[str, list[float]], sharpness: dict[str, float]) -> pd.DataFrame:
    rows = [{"model": "", "replica": 0, "pictures": "data", "sharpness": 0.5, "accepted": 0.95}]
    for model, shares in midpoints.items():
        for replica, share in enumerate(shares, start=1):
            own = {"model": model, "replica": replica}
            rows += [
                own | {"pictures": kind, "sharpness": sharpness[model], "accepted": share}
                for kind in ("reconstructions", "prior", "midpoints")
            ]
    errors = {"count": 100, "sharpness_error": 0.01, "accepted_error": 0.02, "classifier": 0.97}
    return pd.DataFrame(rows).assign(**errors)


def test_a_clear_difference_is_told_with_its_error() -> None:
    table = quality({"ae": [0.40, 0.42], "d2": [0.60, 0.62]}, {"ae": 0.25, "d2": 0.6})
    said = [text.replace("\N{NO-BREAK SPACE}", " ") for text in quality_sentences(table, NAMES)]
    assert said[0] == (
        "What the autoencoder draws is blurrier than the images: the Laplacian varies 50 % as much in reconstructions, "
        "50 % as much in samples from the prior."
    )
    assert said[1].startswith("What the VAE (d2) draws is sharper than the images: the Laplacian varies 120 % as much")
    assert "(right for 97.0 % of images that it has not seen)" in said[2]
    assert said[2].endswith("41.0 % of the autoencoder, 61.0 % of the VAE (d2).")
    # Standard errors over two replicas are 1 point each.
    assert said[3] == ("These are 20.0 points more of the VAE (d2) than of the autoencoder (standard error 1.4).")


def test_what_the_replicas_leave_open_is_said_to_be() -> None:
    said = quality_sentences(quality({"ae": [0.40, 0.50], "d2": [0.43, 0.45]}, {"ae": 0.4, "d2": 0.4}), NAMES)
    assert said[-1] == (
        "These are 1.0 points fewer of the VAE (d2) than of the autoencoder (standard error 5.1), which the spread of "
        "the replicas leaves open."
    )


def test_one_replica_has_the_error_of_its_pictures() -> None:
    said = quality_sentences(quality({"ae": [0.1], "d2": [0.3]}, {"ae": 0.4, "d2": 0.4}), NAMES)
    assert said[-1].endswith("(standard error 2.8).")


@pytest.mark.parametrize("first", ["VAE (d2)", "importance-weighted VAE (d2)"])
def test_without_an_autoencoder_nothing_is_compared(first: str) -> None:
    said = quality_sentences(quality({"d2": [0.3]}, {"d2": 0.4}), {"d2": first})
    assert len(said) == 2


def test_without_labels_sharpness_alone_is_told() -> None:
    table = quality({"d2": [0.3]}, {"d2": 0.4}).assign(accepted=float("nan"))
    assert len(quality_sentences(table[table["pictures"] != "midpoints"], {"d2": "VAE (d2)"})) == 1


def test_views_take_the_place_of_the_pictures_numbers() -> None:
    pictures = pd.DataFrame({"set": ["prior", "prior"], "value_1": [0.0, 1.0], "value_2": [0.5, 0.5]})
    views = Views(ImageShape(height=1, width=3), lambda shares: np.repeat(shares[:, :1], 3, axis=1), "Light is near.")
    found = views.of(pictures)
    assert found.columns.tolist() == ["set", "value_1", "value_2", "value_3"]
    assert found[["value_1", "value_2", "value_3"]].to_numpy().tolist() == [[0, 0, 0], [1, 1, 1]]


def test_a_coordinate_carries_the_column_that_it_tells_most_of_under_the_replica_that_is_drawn(tmp_path: Path) -> None:
    family = {"other": {"latent_dim": 2, "changes": {"kl_weight": 4.0}}}
    settings = parse_configuration({"study": "digits", "vae": {"latent_dims": [2]}, "family": family}, "here")
    told = CohortSchema(
        identifier="image",
        columns=tuple(Column(name=name, label=name.title(), kind="continuous") for name in ("size", "place")),
    )
    shares = {("1", 1): (0.3, 0.2), ("1", 2): (0.05, 0.04), ("2", 1): (0.1, 0.55), ("2", 2): (0.6, 0.0)}
    rows = [
        (replica, coordinate, column, share)
        for (replica, coordinate), both in shares.items()
        for column, share in zip(("size", "place"), both, strict=True)
    ]
    table = pd.DataFrame(rows, columns=["replica", "coordinate", "column", "normalised"])
    baseline = table[table["replica"] == "1"].assign(replica="pca", normalised=1.0)
    for model in ("d2", "other"):
        write_table(pd.concat([table, baseline]), tmp_path / "latent" / model / "factors.csv")
    write_table(pd.DataFrame({"replica": [1, 2], "reported": [False, True]}), tmp_path / "clusters/replicas.csv")
    found = carried_columns(tmp_path, told, settings)
    said = {key: text.replace("\N{NO-BREAK SPACE}", " ") for key, text in found.items()}
    assert said == {("d2", "z1"): "Place 55 %", ("d2", "z2"): "Size 60 %", ("other", "z1"): "Size 30 %"}
    (tmp_path / "latent/other/factors.csv").unlink()
    assert {model for model, _ in carried_columns(tmp_path, told, settings)} == {"d2"}
