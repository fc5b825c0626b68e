from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from retina_vae.report.models import dimensions_table, models_section, spread, summary_table
from retina_vae.report.sections import Table
from retina_vae.report.tables import RunTables


def _row(table: Table, name: str) -> dict[str, str]:
    (row,) = [row for row in table.rows if row[0].split("\n")[0] == name]
    heads = [head.replace("\u00ad", "") for head in table.heads]
    return dict(zip(heads, [cell.replace("\N{NO-BREAK SPACE}", " ") for cell in row], strict=True))


def test_every_model_has_a_row_with_median_and_range_of_its_replicas(family: RunTables) -> None:
    table = summary_table(family)
    assert len(table.heads) == sum(span for _, span in table.groups) == len(table.rows[0])
    assert len(table.rows) == len(family.configuration.models) + 1
    row = _row(table, "d3")
    assert row["Name"] == "d3\n(clustered)"
    assert row["Replicas"] == "3"
    assert row["Distance to exact"] == "0.020\n[0.010, 0.030]"
    assert row["Log-evidence"] == "−7.420\n[−7.430, −7.410]"
    assert row["Active dimensions"] == "2\n[2, 3]"
    assert _row(table, "supervised")["Accuracy (%)"] == "91.5\n[91.0, 92.0]"


def test_what_is_not_defined_is_a_dash_with_a_reason(family: RunTables) -> None:
    section = models_section(family)
    for name in ("paper", "autoencoder"):
        row = _row(section.summary, name)
        assert {row[head] for head in ("ELBO", "Log-evidence", "Distance to exact", "Accuracy (%)")} == {"–"}
    notes = " ".join(section.notes)
    assert "no density on its inputs or the posterior is a point" in notes
    assert "did not learn the outcome (Disease)" in notes
    assert "0.0020 (median)" in notes
    assert section.subjects == "30,000 fresh patients"


def test_the_last_row_is_the_exact_density(family: RunTables) -> None:
    row = _row(summary_table(family), "exact density")
    assert (row["Log-evidence"], row["Distance to exact"]) == ("−7.400", "0.000")
    assert (row["Accuracy (%)"], row["ARI of k-means"]) == ("97.0", "0.920")


def test_patients_of_unknown_density_have_no_such_row(family: RunTables) -> None:
    unknown = {"exact_log_density": np.nan, "distance": np.nan, "outcome_limit": np.nan, "ari_limit": np.nan}
    own = replace(family, evaluation=family.evaluation.assign(**unknown, distance_error=np.nan))
    section = models_section(own)
    assert [row[0] for row in section.summary.rows][-1] == "supervised"
    assert any("not known" in note for note in section.notes)
    assert not any("nan" in text for text in section.notes)


def test_replicas_that_print_alike_have_no_range() -> None:
    assert spread(pd.Series([0.12341, 0.12344])) == "0.123"
    assert spread(pd.Series([np.inf, np.inf])) == "∞"


def test_dimensions_are_ranked_within_each_replica(family: RunTables) -> None:
    # The second replica has its dimensions in another order, which must not blur the medians.
    table = family.posterior.copy()
    second = (table["model"] == "d3") & (table["replica"] == 2)
    table.loc[second, "kl"] = table.loc[second, "kl"].to_numpy()[::-1]
    rows = dimensions_table(replace(family, posterior=table)).rows
    assert rows == dimensions_table(family).rows
    assert rows[0][:3] == ["1", "3 of 3", "0.320\n[0.310,\N{NO-BREAK SPACE}0.330]"]


def test_generated_patients_belong_to_decoded_models(tables: RunTables, family: RunTables) -> None:
    assert models_section(tables).generated is None
    assert models_section(family).generated is not None


def test_without_an_outcome_the_models_are_measured_without_one(clinic: RunTables) -> None:
    section = models_section(clinic)
    assert [text for text, _ in section.summary.groups] == ["", "Model", "Fit (nats per patient)", "Latent space"]
    assert len(section.summary.heads) == sum(span for _, span in section.summary.groups) == 10
    assert not any("accuracy" in note for note in section.notes)
