import numpy as np
import torch
from scipy.stats import lognorm

from retina_vae.cohort.encoding import ColumnEncoding, Encoding
from retina_vae.vae.likelihoods import LogNormal


def test_with_the_jacobian_it_is_the_librarys_per_unit() -> None:
    column = ColumnEncoding(name="crp", kind="positive", by_kind=True, center=1.2, scale=0.7)
    mean, log_scale = torch.tensor([[[0.4]]], dtype=torch.float64), torch.tensor([[[-0.3]]], dtype=torch.float64)
    factor, values = LogNormal(mean, log_scale), np.array([0.01, 0.5, 3.0, 40.0])
    features = (np.log(values) - 1.2) / 0.7
    jacobian = Encoding(columns=(column,)).log_jacobian(features[:, None])
    found = factor.log_prob(torch.from_numpy(features))[0, 0].numpy() + jacobian
    expected = lognorm(s=0.7 * np.exp(-0.3), scale=np.exp(1.2 + 0.7 * 0.4))
    np.testing.assert_allclose(found, expected.logpdf(values), rtol=1e-12)
    np.testing.assert_allclose(factor.expectation([column]).item(), expected.mean(), rtol=1e-12)
