from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from retina_vae.report.checklist import solutions
from retina_vae.report.tables import RunTables


def test_relative_entropy_is_one_for_the_sure_and_zero_for_the_clueless() -> None:
    assert solutions.relative_entropy(0, 4) == 1
    assert solutions.relative_entropy(math.log(4), 4) == pytest.approx(0)
    assert solutions.relative_entropy(math.log(2), 4) == pytest.approx(0.5)


def test_the_entropy_is_the_mean_of_all_patients(tables: RunTables) -> None:
    clusters = tables.doubt.clusters.assign(mean_entropy=[1.0, 0, 0, 0, 0, 0])
    run = replace(tables, doubt=replace(tables.doubt, clusters=clusters))
    mean = tables.sizes[1] / 120
    said = solutions.entropy(run)
    assert f"At 6 clusters the mean entropy of a patient is {mean:.2f} nats" in said.says
    assert f"of {1 - mean / math.log(6):.2f}." in said.says
    assert said.status == "in part"


def test_no_mean_is_said_where_a_size_is_not_shown(tables: RunTables) -> None:
    table1 = tables.table1.assign(size=tables.table1["size"].astype(float).where(tables.table1["cluster"] != 2))
    said = solutions.entropy(replace(tables, table1=table1))
    assert "nats" not in said.says
    assert said.status == "in part"


def test_the_numbers_that_were_tried_begin_with_one(tables: RunTables) -> None:
    assert solutions.range_of_numbers(tables).says == (
        "1 to 5 clusters of the codes of each of 3 replicas; of the inputs one bell with their margins and "
        "correlations, and up to 4 groups."
    )


def test_a_number_that_was_asked_for_must_be_argued_for(tables: RunTables) -> None:
    said = solutions.selection_criteria(tables)
    assert said.status == "in part"
    assert "which speaks for 3" in said.says
    assert "The 6 clusters of this run were asked for: state why." in said.says
    structure = tables.number.structure.assign(k=6)
    found = solutions.selection_criteria(replace(tables, number=replace(tables.number, structure=structure)))
    assert (found.status, found.says.endswith("This run made 6 clusters.")) == ("answered", True)


def test_no_number_of_a_continuum_is_supported(tables: RunTables) -> None:
    structure = tables.number.structure.assign(answer="continuum", k=tables.configuration.clusters.number)
    said = solutions.selection_criteria(replace(tables, number=replace(tables.number, structure=structure)))
    assert said.status == "in part"
    assert "speaks for a continuum, of which no number is the right one" in said.says
    assert "of this run are grades of it: state why so many." in said.says


def test_sizes_that_are_not_shown_are_said_to_be_missing(tables: RunTables) -> None:
    assert solutions.sizes_of_solutions(tables).status == "answered"
    tree = tables.number.tree.assign(size=np.where(tables.number.tree["k"] == 5, np.nan, tables.number.tree["size"]))
    said = solutions.sizes_of_solutions(replace(tables, number=replace(tables.number, tree=tree)))
    assert (said.status, "are not shown" in said.says) == ("in part", True)


def test_stability_that_was_not_measured_in_whole_is_a_part(make_run: Callable[..., Path], tmp_path: Path) -> None:
    vae = {"replicas": 1, "comparison_replicas": 1}
    lone = RunTables.load(make_run(tmp_path / "lone", replicas=1, epochs=3, vae=vae))
    assert solutions.stability(lone).status == "in part"
    assert "Only one replica" in solutions.stability(lone).says


def test_the_null_test_is_the_answer_of_the_run(tables: RunTables) -> None:
    assert solutions.null_test(tables).says.startswith("Separate groups. Groups describe patients that the fit has not")
    assert solutions.description(tables).says.startswith("Numbers, shares, means, quantiles")
    assert "from 1 to 5 clusters" in solutions.plots(tables).says
