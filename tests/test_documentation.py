"""The documentation as far as a build of it, which `.ci/run` makes, does not look at it."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat

from retina_vae import RetinaVAE
from retina_vae.estimator import FinishedRun

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "docs/tutorial.ipynb"


def outputs() -> list[str]:
    """The texts that the cells of the notebook end with, cell by cell."""
    cells = [cell for cell in nbformat.read(NOTEBOOK, 4).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [output for cell in cells for output in cell.outputs if output.output_type == "error"]
    return ["".join(o.get("text", "") or o.get("data", {}).get("text/plain", "") for o in c.outputs) for c in cells]


def test_the_notebook_was_executed_from_top_to_bottom_and_shows_what_its_words_say() -> None:
    said = outputs()
    assert "found 2 that you have to decide" in said[1]
    assert re.search(r"0 +groups +3 +250", said[2])
    agreement = [float(number) for number in re.findall(r"0\.\d\d|1\.0", said[3])]
    assert len(agreement) == 3
    assert min(agreement) > 0.9
    groups = [[int(number) for number in row.split()[1:]] for row in said[4].splitlines()[2:]]
    assert sum(max(row) for row in groups) > 0.9 * sum(map(sum, groups))
    assert re.search(r"2 +3 .* True", said[8])
    assert "row 1, column 'exacerbations': expected a whole number from 0, found '-1'" in said[9]


def test_the_notebook_is_small() -> None:
    assert NOTEBOOK.stat().st_size < 200_000


def test_snippets_that_nothing_runs_name_what_is_there() -> None:
    readme = re.search(r"## From Python\n.*?\n## ", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    assert readme is not None
    snippets = readme[0] + nbformat.read(NOTEBOOK, 4).cells[-1].source
    of_run, of_model = (set(re.findall(rf"\b{name}\.(\w+)", snippets)) for name in ("run", "model"))
    assert {"tables", "assignments", "codes", "model"} <= of_run <= {*dir(FinishedRun), "tables"}
    assert {"predict_proba", "sample"} <= of_model <= {*dir(RetinaVAE), "labels_"}
