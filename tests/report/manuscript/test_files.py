from __future__ import annotations

import pandas as pd

from retina_vae.artefacts import ARTEFACTS
from retina_vae.report import StudyPages
from retina_vae.report.files import files_beside
from retina_vae.report.manuscript.files import takeaway_files
from retina_vae.report.tables import RunTables
from tests.report.released import People


def test_the_files_are_declared_listed_and_the_same_every_time(tables: RunTables) -> None:
    files = takeaway_files(tables, StudyPages())
    again = takeaway_files(tables, StudyPages())
    declared = {artefact.path: artefact for artefact in ARTEFACTS}
    assert set(files) <= set(declared)
    listed = {path for path, _ in files_beside(tables, [])}
    assert {path.removeprefix("report/") for path in files} <= listed
    for path, content in files.items():
        if isinstance(content, pd.DataFrame):
            assert list(content) == declared[path].column_names
            pd.testing.assert_frame_equal(content, again[path])
        else:
            assert content == again[path]


def test_no_patient_is_named_in_them(tables: RunTables, people: People) -> None:
    texts = " ".join(str(content) for content in takeaway_files(tables, StudyPages()).values())
    assert [name for name in people.patients["patient_id"] if name in texts] == []
