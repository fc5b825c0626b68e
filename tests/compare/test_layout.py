from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from retina_vae.compare import Section, compare_runs, lay_out, open_run
from retina_vae.release import release_comparison
from retina_vae.words import MARK
from tests.compare.conftest import write_measures

Make = Callable[..., Path]


def sections(a: Path, b: Path) -> dict[str, Section]:
    runs = open_run(a), open_run(b)
    return {section.title: section for section in lay_out(release_comparison(compare_runs(*runs), *runs))}


def test_a_run_beside_itself_is_said_to_be_the_same(make: Make, patients: pd.DataFrame, clusters: np.ndarray) -> None:
    folder = make("a", patients, clusters)
    shown = sections(folder, folder)
    assert shown["Settings that differ"].before == ["None: both runs have the same configuration."]
    assert shown["Agreement of the clusters"].rows[0] == ["Reported clusters", "1.000", "1.000"]
    assert {row[-1] for row in shown["Clusters that correspond"].rows} == {"the same"}
    assert {row[-1] for row in shown["Measures"].rows} == {"+0", "+0.000"}
    assert shown["What the runs were made by"].before[0].startswith("The same versions")


def test_the_words_for_what_happened_to_a_cluster(make: Make, patients: pd.DataFrame, clusters: np.ndarray) -> None:
    merged = np.where(clusters == 2, 1, clusters)
    shown = sections(make("a", patients, clusters), make("b", patients, merged))["Clusters that correspond"]
    sizes = np.bincount(clusters)
    whole = sizes[1] + sizes[2]
    shares = sorted(((100 * sizes[number] / whole, number) for number in (1, 2)), reverse=True)
    parts = " and ".join(f"A {number} ({share:.0f} %)" for share, number in shares)
    assert shown.after[0] == f"B 1 is merged from {parts}."
    assert shown.after[-1] == f"Without a counterpart in the other run: A {shares[1][1]}."
    alone = next(row for row in shown.rows if row[1] == "-")
    assert alone == [f"A {shares[1][1]}", "-", str(sizes[shares[1][1]]), "-", "-", "-", "none"]


def test_other_patients_under_the_same_identifiers_are_told(
    make: Make, patients: pd.DataFrame, clusters: np.ndarray
) -> None:
    other = patients.assign(age=patients["age"] + 1)
    shown = sections(make("a", patients, clusters), make("b", other, clusters))
    said = " ".join(shown["Patients"].after)
    assert "do not name the same patient: 300. Their values differ: age in 300." in said
    assert "no patient in common" in said
    assert "Agreement of the clusters" not in shown


def test_a_family_member_of_one_run_alone_is_one_row(make: Make, patients: pd.DataFrame, clusters: np.ndarray) -> None:
    member = {"latent_dim": 2, "changes": {"kl_weight": 0.5, "epochs": 10}}
    a, b = make("a", patients, clusters), make("b", patients, clusters, family={"half": member})
    assert sections(a, b)["Settings that differ"].rows == [["family.half", "(no such key)", "a model"]]


def test_values_are_shown_as_they_are_written_and_hashes_are_cut(
    make: Make, patients: pd.DataFrame, clusters: np.ndarray
) -> None:
    a = make("a", patients, clusters, manifest={"git_commit": {"commit": "a1" * 20, "changed": False}})
    b = make("b", patients, clusters, manifest={"git_commit": None}, vae={"latent_dims": [2, 3], "decoder_units": 8})
    shown = sections(a, b)
    assert ["vae.latent_dims", "[2]", "[2, 3]"] in shown["Settings that differ"].rows
    assert ["vae.decoder_units", "null", "8"] in shown["Settings that differ"].rows
    assert ["git_commit.commit", "a1a1a1a1a1a1", "(no such key)"] in shown["What the runs were made by"].rows


def test_what_is_not_shown_is_marked_and_explained(make: Make, patients: pd.DataFrame, clusters: np.ndarray) -> None:
    strict = {"disclosure": {"small_cell_floor": 11}}
    moved = clusters.copy()
    moved[np.flatnonzero(clusters == 1)[:3]] = 2
    shown = sections(make("a", patients, clusters, **strict), make("b", patients, moved))
    assert any("fewer than 11 patients" in text for text in shown["Two runs compared"].before)
    cells = [cell for row in shown["Patients of each pair of clusters"].rows for cell in row]
    assert MARK in cells
    assert "3" not in cells


def test_the_answers_of_both_runs_are_said_before_what_their_codes_choose(
    make: Make, patients: pd.DataFrame, clusters: np.ndarray
) -> None:
    a, b = make("a", patients, clusters), make("b", patients, clusters)
    title = "What the runs say of groups and their number"
    assert sections(a, b)[title].before == ["A and B: whether there are groups was not asked."]
    write_measures(a, [0.1], "Most choose 3.", 2)
    assert sections(a, b)[title].before == [
        "A: separate groups, 2 by held-out log-density.",
        "B: whether there are groups was not asked.",
        "A, on the codes: Most choose 3.",
    ]


def test_no_identifier_of_a_patient_is_said(make: Make, patients: pd.DataFrame, clusters: np.ndarray) -> None:
    every = lay_out(compare_runs(*(open_run(make(n, patients, clusters)) for n in "ab")))
    assert not any(name in str(every) for name in patients["patient_id"])
