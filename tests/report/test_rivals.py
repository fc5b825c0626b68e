from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from retina_vae.artefacts import declared_columns
from retina_vae.files import write_table
from retina_vae.report import RunTables, render_report
from retina_vae.report.decision import decide
from retina_vae.report.rivals import advice, preferred, rival_sentences, rival_table, uncompared_density

CLASSES = {
    **{"method": "latent_classes", "words": "Latent classes", "k": 6, "ari": 0.93, "ami": 0.9},
    **{"stability": 0.91, "stability_of_run": 0.88, "log_density": -12.5, "log_density_error": 0.11},
    **{"difference_to_run": 0.02, "difference_error": 0.05, "patients": 240, "note": np.nan},
}
KMEANS = CLASSES | {"method": "kmeans_onehot", "words": "K-means clusters of one-hot columns"}
KMEANS |= dict.fromkeys(
    ["log_density", "log_density_error", "difference_to_run", "difference_error", "patients"], np.nan
)


def with_rivals(tables: RunTables, *rows: dict[str, Any]) -> RunTables:
    return replace(tables, rivals=pd.DataFrame(rows, columns=declared_columns("clusters/rivals.csv")))


def said(tables: RunTables, **changes: Any) -> str:
    (sentence,) = rival_sentences(with_rivals(tables, CLASSES | changes))
    return sentence


def test_a_method_that_is_as_good_and_gives_the_same_groups_is_preferred(tables: RunTables) -> None:
    sentence = (
        "Latent classes describe unseen patients as well as the model (difference +0.02 ± 0.05 nats per patient), and "
        "give nearly the same groups (adjusted Rand index 0.93), found again at 0.91 where the clusters are at 0.88: "
        "prefer them, they are simpler."
    )
    both = with_rivals(tables, CLASSES)
    assert rival_sentences(both) == preferred(both) == [sentence]
    assert sentence in decide(both).same


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"difference_to_run": -0.3},
            "Latent classes describe unseen patients worse than the model (difference −0.30 ± 0.05 nats per patient), "
            "but give nearly the same groups (adjusted Rand index 0.93), found again at 0.91 where the clusters are at "
            "0.88.",
        ),
        ({"difference_to_run": -0.07}, "Latent classes probably describe unseen patients worse than the model"),
        ({"ari": 0.4}, "as well as the model (difference +0.02 ± 0.05 nats per patient), but give other groups"),
        ({"ari": 0.4, "difference_to_run": 0.3, "stability": 0.5}, "describe unseen patients better than the model"),
        ({"difference_to_run": np.nan, "stability": 0.7}, "Latent classes give nearly the same groups"),
        (
            {"ari": np.nan, "stability": np.nan, "stability_of_run": np.nan},
            "Latent classes describe unseen patients as well as the model (difference +0.02 ± 0.05 nats per patient).",
        ),
        ({"difference_to_run": np.nan, "ari": np.nan, "k": 1}, "Latent classes make one group of all patients."),
    ],
)
def test_a_method_that_is_not_as_good_is_said_to_be_so_and_not_preferred(
    tables: RunTables, changes: dict[str, Any], words: str
) -> None:
    assert words in said(tables, **changes)
    assert "prefer" not in said(tables, **changes)
    assert preferred(with_rivals(tables, CLASSES | changes)) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"difference_to_run": -0.3, "ari": 0.4}, "Keep to the clusters, within what the first lines of the page say"),
        (
            {"difference_to_run": -0.3, "stability": 0.99},
            "But the groups of latent classes (0.99) are found again better than the clusters (0.88): where another",
        ),
        ({"difference_to_run": -0.07}, "but latent classes give nearly the same groups, so little hangs on the choice"),
        ({"ari": 0.4}, "nor is the model to latent classes: how unseen patients are described does not decide"),
        (
            {"difference_to_run": np.nan, "stability": 0.7},
            "their groups are nearly the clusters, and found again less well.",
        ),
        ({"difference_to_run": np.nan, "ari": 0.4}, "how well they describe unseen patients is not known"),
    ],
)
def test_where_no_method_is_preferred_it_is_said_what_to_do(
    tables: RunTables, changes: dict[str, Any], words: str
) -> None:
    both = with_rivals(tables, CLASSES | changes)
    assert preferred(both) == []
    assert advice(both).startswith("None of these methods is to be preferred")
    assert words in advice(both)


def test_nothing_more_is_advised_where_a_method_is_preferred_or_none_was_measured(tables: RunTables) -> None:
    assert advice(with_rivals(tables, CLASSES)) == advice(with_rivals(tables)) == advice(tables) == ""


def test_limits_of_detection_are_told_as_what_keeps_densities_apart(tables: RunTables) -> None:
    """Of a column with limits the methods and the model mean different things by a density."""
    columns = [
        column.model_copy(update={"kind": "positive", "censored": True}) if column.name == "age" else column
        for column in tables.schema.columns
    ]
    limited = tables.schema.model_copy(update={"columns": tuple(columns)})
    unknown = with_rivals(replace(tables, schema=limited), KMEANS)
    assert "because of limits of detection (age): the model counts" in uncompared_density(unknown)
    assert uncompared_density(with_rivals(tables, KMEANS)) == ""
    assert uncompared_density(with_rivals(replace(tables, schema=limited), CLASSES)) == ""


def test_better_groups_are_preferred_although_they_are_others(tables: RunTables) -> None:
    better = said(tables, ari=0.4, difference_to_run=0.3)
    assert better.startswith("Latent classes describe unseen patients better than the model (difference +0.30 ± 0.05")
    assert better.endswith(": prefer them, they are simpler.")


def test_k_means_is_judged_by_its_groups(tables: RunTables) -> None:
    both = with_rivals(tables, KMEANS)
    assert preferred(both) == [
        "K-means clusters of one-hot columns give nearly the same groups (adjusted Rand index 0.93), found again at "
        "0.91 where the clusters are at 0.88: prefer them, they are simpler."
    ]
    assert preferred(with_rivals(tables, KMEANS | {"stability": 0.7})) == []


def test_the_table_has_the_run_and_then_the_methods(tables: RunTables) -> None:
    table = rival_table(with_rivals(tables, CLASSES, KMEANS))
    assert table.rows == [
        ["The clusters of this run", str(len(tables.sizes)), "–", "–", "0.88", "−12.52", "–"],
        ["Latent classes", "6", "0.93", "0.90", "0.91", "−12.50 ± 0.11", "+0.02 ± 0.05"],
        ["K-means clusters of one-hot columns", "6", "0.93", "0.90", "0.91", "–", "–"],
    ]
    assert rival_table(with_rivals(tables, KMEANS)).heads[-1] == "Found again (0 to 1)"


def test_nothing_is_said_of_the_models_density_where_it_is_not_known(tables: RunTables) -> None:
    alone = rival_table(with_rivals(tables, CLASSES | {"difference_to_run": np.nan, "difference_error": np.nan}))
    assert alone.heads[-1] == "Log-density of unseen patients (nats per patient)"
    assert [row[-1] for row in alone.rows] == ["–", "−12.50 ± 0.11"]


def test_a_method_that_is_not_installed_has_a_sentence_and_no_row(tables: RunTables) -> None:
    missing = {"method": "latent_classes", "words": "Latent classes", "note": "not installed; pip install x[rivals]"}
    both = with_rivals(tables, missing, KMEANS)
    assert "Latent classes: not installed; pip install x[rivals]." in rival_sentences(both)
    assert [row[0] for row in rival_table(both).rows] == ["The clusters of this run", KMEANS["words"]]
    assert rival_table(with_rivals(tables, missing)).rows == []


def test_the_gate_rounds_what_is_a_fraction_of_patients(make_run: Callable[..., Path], tmp_path: Path) -> None:
    rows = pd.DataFrame([CLASSES | {"ari": 0.93456, "stability": 0.91234}])
    folder = tmp_path / "small"
    write_table(rows[declared_columns("clusters/rivals.csv")], folder / "clusters/rivals.csv")
    make_run(folder, rivals={"methods": ["latent_classes"]}, disclosure={"small_cell_floor": 11})
    read = RunTables.load(folder).rivals
    assert read is not None
    assert read.loc[0, ["ari", "stability", "log_density"]].tolist() == [0.93, 0.91, -12.5]


def test_the_page_has_the_section_of_a_run_that_asked_for_simpler_methods(
    tables: RunTables, figures: dict[str, Figure]
) -> None:
    page = render_report(with_rivals(tables, CLASSES, KMEANS), figures)
    assert "<h2>Beside the simpler methods</h2>" in page
    assert "release/clusters/rivals.csv" in page
    assert page.index('id="agreement"') < page.index('id="rivals"') < page.index('id="cohort"')
    assert "Beside the simpler methods" not in render_report(tables, figures)
