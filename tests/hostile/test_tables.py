"""No table, whatever it holds, ends a command in anything but a result or one clear error."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from retina_vae.assign import load_run
from tests.assign.clinic import CLINIC, CLINIC_TABLE, clinic_patients
from tests.assign.runs import TYPED, make_run
from tests.hostile.ending import hostile, require_good_ending
from tests.hostile.tables import TABLES

# One would stand before the message.
pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

# What the patients of a clinic's table have: an identifier and the inputs.
SCHEMA = CLINIC_TABLE.model_copy(
    update={"fields": tuple(field for field in CLINIC_TABLE.fields if field.role in ("identifier", "input"))}
)


@pytest.fixture(scope="module", autouse=True)
def one_opening() -> Iterator[None]:
    """Each run is opened once: what is looked at here is what becomes of the tables."""
    threads = torch.get_num_threads()
    with patch("retina_vae.assign.load_run", cache(load_run)):
        yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A run whose cells are read by the schema of a table, and one whose cells are those of its own tables."""
    patients, by_table, plain = clinic_patients(60, seed=1), *map(tmp_path_factory.mktemp, ("by_table", "plain"))
    return [
        make_run(by_table, patients, TYPED, "importance", "means", schema=CLINIC, table_schema=CLINIC_TABLE),
        make_run(plain, patients, TYPED, "importance", "means", schema=CLINIC),
    ]


def decided(schema: str) -> str:
    """The drafted schema with something in place of ``decide``: an identifier, and kinds by the type."""
    lines, roles, numeric = [], iter(["identifier"]), False
    for line in schema.splitlines():
        if line.startswith("  type: "):
            numeric = line.endswith(("number", "integer"))
        if line == "  retinaVae:role: decide":
            line = f"  retinaVae:role: {next(roles, 'ignore')}"
        if line == "  retinaVae:kind: decide":
            line = f"  retinaVae:kind: {'continuous' if numeric else 'nominal'}"
        lines.append(line)
    return "\n".join(lines)


@hostile(100)
@given(table=TABLES, by_table=st.booleans(), output=st.sampled_from([".csv", ".parquet"]))
def test_every_table_of_new_patients_ends_well(
    runs: list[Path], table: tuple[str, bytes], by_table: bool, output: str
) -> None:
    with written(*table) as path:
        run, assigned = runs[0 if by_table else 1], path.parent / f"assigned{output}"
        require_good_ending("assign", path, "--run", run, "-o", assigned, folder=path.parent, makes=(assigned,))


@hostile(100)
@given(table=TABLES, by_table=st.booleans())
def test_every_table_of_a_cohort_ends_well(table: tuple[str, bytes], by_table: bool) -> None:
    with written(*table) as path:
        folder = path.parent
        schema, config = folder / "data/table.schema.yaml", folder / "config/table.yaml"
        if require_good_ending("init", path, "--folder", folder, folder=folder, makes=(schema, config)) == 0:
            config.write_text(config.read_text().replace("run: table", f"run: table\nresults: {folder}/results"))
            schema.write_text(SCHEMA.to_yaml() if by_table else decided(schema.read_text(encoding="utf-8")))
            patients = folder / "results/table/cohort/patients.parquet"
            require_good_ending("cohort", "--config", config, folder=folder, makes=(patients,))


@contextmanager
def written(suffix: str, data: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / f"table{suffix}"
        path.write_bytes(data)
        yield path
