"""Principal components in place of pixels."""

import numpy as np
import pandas as pd

from retina_vae.cohort import CohortSchema
from retina_vae.cohort.schema import Column
from retina_vae.images.components import principal_components
from tests.small_images import LEVELS, SHAPE, images


def cohort(values: np.ndarray) -> tuple[pd.DataFrame, CohortSchema]:
    names = [f"pixel_{i}" for i in range(SHAPE.pixels)]
    table = pd.DataFrame((values * LEVELS).round(), columns=names)
    table.insert(0, "image", [f"I{i}" for i in range(len(table))])
    table["ink"] = values.mean(axis=1)
    columns = [Column(name=name, label=name, kind="level", maximum=LEVELS) for name in names]
    ink = Column(name="ink", label="Ink", kind="continuous", role="held_out")
    return table, CohortSchema(identifier="image", columns=(ink, *columns), image=SHAPE)


def test_they_are_uncorrelated_and_hold_the_variance_in_falling_order() -> None:
    patients, schema = cohort(images(200))
    table, told = principal_components(patients, schema)
    assert list(table) == told.table_columns == ["image", *(f"component_{j}" for j in range(1, 7))]
    assert table["image"].tolist() == patients["image"].tolist()
    covariance = np.cov(table.iloc[:, 1:].to_numpy().T)
    np.testing.assert_allclose(covariance - np.diag(np.diag(covariance)), 0, atol=1e-10)
    assert (np.diff(np.diag(covariance)) <= 1e-12).all()
    pixels = patients.filter(like="pixel_").to_numpy()
    np.testing.assert_allclose(np.trace(covariance), np.trace(np.cov(pixels.T)))
    assert told.image is None


def test_no_more_than_asked_for_or_than_pictures_vary_in() -> None:
    values = images(50)
    values[:, 2:] = values[:, :1]
    table, _ = principal_components(*cohort(values))
    assert len(table.columns) == 1 + 2
    assert len(principal_components(*cohort(images(50)), most=3)[0].columns) == 1 + 3


def test_the_sign_does_not_depend_on_the_order_of_the_pictures() -> None:
    values = images(80)
    first, _ = principal_components(*cohort(values))
    turned, _ = principal_components(*cohort(values[::-1]))
    np.testing.assert_allclose(turned.iloc[::-1, 1:].to_numpy(), first.iloc[:, 1:].to_numpy(), atol=1e-9)
