import numpy as np
import torch

from retina_vae.config_files import parse_configuration
from retina_vae.evaluation import Measured, Subjects, evaluation_table, model_summary, posterior_table
from retina_vae.vae import PosteriorDiagnostics

DIAGNOSTICS = PosteriorDiagnostics(*torch.arange(30.0).view(5, 3, 2).mul(0.004))


def measured() -> Measured:
    numbers = {name: np.array([1.0, 2.0, 9.0]) for name in Measured.__dataclass_fields__ if name != "dimensions"}
    return Measured(**numbers, dimensions=DIAGNOSTICS)


def subjects() -> Subjects:
    import pandas as pd

    return Subjects(
        "fresh patients",
        pd.DataFrame({"age": [1.0, 2.0]}),
        np.array([0, 1]),
        np.array([-7.0, -8.0]),
        np.array([0, 1]),
        0.9,
        0.8,
    )


def test_each_replica_is_a_row_with_the_models_choices() -> None:
    changes = {"posterior": "point", "objective": "autoencoder", "kl_weight": 0.0}
    family = {"plain": {"latent_dim": 2, "replicas": 3, "changes": changes}}
    settings = parse_configuration({"study": "macular", "family": family}, "x")
    table = evaluation_table(settings, "plain", measured(), subjects())
    assert table["replica"].tolist() == [1, 2, 3]
    first = table.iloc[0]
    assert (first["model"], first["posterior"], first["objective"], first["beta"]) == (
        "plain",
        "point",
        "autoencoder",
        0,
    )
    assert (first["latent_dim"], first["patients"], first["exact_log_density"]) == (2, 2, -7.5)
    assert (first["outcome_limit"], first["ari_limit"]) == (0.9, 0.8)
    summary = model_summary(table)
    assert len(summary) == 1
    assert summary.loc[0, "replicas"] == 3
    assert summary.loc[0, "distance"] == 2


def test_the_posterior_table_has_a_row_per_dimension() -> None:
    table = posterior_table("d2", DIAGNOSTICS)
    assert table[["replica", "dimension"]].to_numpy().tolist() == [[1, 1], [1, 2], [2, 1], [2, 2], [3, 1], [3, 2]]
    np.testing.assert_allclose(table["kl"], 0.004 * np.arange(6))
    np.testing.assert_allclose(table["mean_variance"], 0.004 * np.arange(6, 12))
    assert table["active"].all()
