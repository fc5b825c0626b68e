from __future__ import annotations

from dataclasses import replace

import pytest

from retina_vae.report.calibration import calibration_part
from retina_vae.report.models import models_section
from retina_vae.report.tables import RunTables


def test_every_model_with_a_density_has_a_row_and_the_run_is_told_of_its_own_codes(family: RunTables) -> None:
    assert family.calibration is not None
    part = calibration_part(family.calibration, "d3", corrected=True)
    names = [row[0] for row in part.table.rows]
    assert names == ["d2", "d3", "unregularised", "regularised", "beta-1", "beta-4", "supervised"]
    row = part.table.rows[names.index("d3")]
    assert row[1:7] == ["9", "0\N{NO-BREAK SPACE}%", "1.400", "100\N{NO-BREAK SPACE}%", "1.000", "512"]
    assert len(part.table.heads) == sum(span for _, span in part.table.groups) == len(row)
    assert "corrected codes of d3: 9 of 9 dimensions of the replicas pass; no sign" in part.notes[0]
    assert "500 patients" in part.introduction


def test_codes_that_are_not_calibrated_are_said_to_be_so(family: RunTables) -> None:
    assert family.calibration is not None
    part = calibration_part(family.calibration, "d3", corrected=False)
    assert "codes from q(z | x) of d3: 0 of 9" in part.notes[0]
    assert "not calibrated, and on the whole too narrow (median dispersion 1.400)" in part.notes[0]


def test_weights_that_do_not_hold_are_an_alert(family: RunTables) -> None:
    assert family.calibration is not None
    part = calibration_part(family.calibration, "d3", corrected=True)
    (alert,) = [note for note in part.notes if note.startswith("Alert")]
    assert "in 1 replica of beta-4" in alert
    assert "5.0\N{NO-BREAK SPACE}%" in alert
    assert [row[0] for row in part.table.rows if "alert" in row[-1]] == ["beta-4"]


def test_a_run_whose_clusters_have_no_density_is_not_told_of_its_codes(family: RunTables) -> None:
    assert family.calibration is not None
    part = calibration_part(family.calibration, "d9", corrected=True)
    assert not any("clusters" in note for note in part.notes)
    assert "d2's simulated patients" in part.caption


def test_without_a_model_with_a_density_there_is_no_such_part(tables: RunTables, family: RunTables) -> None:
    assert tables.calibration is None
    assert models_section(tables).calibration is None
    assert models_section(replace(family, calibration=None)).calibration is None


def test_the_notes_tell_the_bias_of_the_log_evidence(family: RunTables) -> None:
    notes = " ".join(models_section(family).notes)
    assert "0.0040 nats (median), as estimated, are added" in notes


@pytest.mark.parametrize("table", ["ranks", "coverage", "proposals"])
def test_tables_are_those_of_all_dense_models(family: RunTables, table: str) -> None:
    assert set(getattr(family.calibration, table)["model"]) == {
        *("d2", "d3", "unregularised", "regularised", "beta-1", "beta-4", "supervised")
    }
