from __future__ import annotations

import numpy as np
import pytest

from retina_vae.clusters.latent_structure.designs import bell, classes, continuum, curve, normal_nodes, spreading

DESIGNS = [bell(0), bell(1), bell(3), continuum(1), continuum(2), curve(False), curve(True), spreading(), classes(3, 1)]


@pytest.mark.parametrize(("dimensions", "tolerance"), [(1, 1e-9), (2, 0.02), (3, 0.15)])
def test_nodes_have_the_moments_of_a_standard_normal(dimensions: int, tolerance: float) -> None:
    nodes, log_weight = normal_nodes(dimensions)
    weight = np.exp(log_weight)
    assert weight.sum() == pytest.approx(1)
    np.testing.assert_allclose(weight @ nodes, 0, atol=tolerance)
    np.testing.assert_allclose((nodes.T * weight) @ nodes, np.eye(dimensions), atol=tolerance)


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.name)
def test_weights_of_every_class_sum_to_one(design) -> None:
    for group in range(design.groups):
        assert np.exp(design.log_weight[design.group == group]).sum() == pytest.approx(1)
    assert len(design.mean) == len(design.scale) == len(design.nodes) == len(design.group)
    assert (design.mean.shape[1], design.scale.shape[1]) == (len(design.ridge), len(design.scale_ridge))


@pytest.mark.parametrize("design", [continuum(1), continuum(2), curve(True)], ids=lambda own: own.name)
def test_the_bends_of_a_continuum_are_orthonormal(design) -> None:
    """No basis function stands in for another, so that a ridge on one bend leaves the others alone."""
    gram = (design.mean.T * np.exp(design.log_weight)) @ design.mean
    own = np.diag(gram)
    np.testing.assert_allclose(gram / np.sqrt(np.outer(own, own)), np.eye(len(gram)), atol=0.12)


def test_classes_share_their_factor_and_have_their_own_means() -> None:
    design = classes(2, 1)
    loadings = design.mean[:, -1]
    np.testing.assert_array_equal(loadings[design.group == 0], loadings[design.group == 1])
    np.testing.assert_array_equal(design.mean[:, :2], np.eye(2)[design.group])
    assert design.scale.shape[1] == 2
    assert classes(2, 1, own_scales=False).scale.shape[1] == 1


def test_names_are_unique() -> None:
    names = [design.name for design in [*DESIGNS, bell(2), classes(3), classes(3, 1, own_scales=False), classes(2, 1)]]
    assert len(set(names)) == len(names)
