"""No table, whatever it holds, ends a command in anything but a result or one clear error."""

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.assign.clinic import CLINIC, CLINIC_TABLE, clinic_patients
from tests.assign.runs import TYPED, make_run
from tests.hostile.ending import ENDINGS, EXAMPLES, require_good_ending
from tests.hostile.tables import TABLES


@pytest.fixture(scope="module", autouse=True)
def endings() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
    print("\n", dict(sorted(ENDINGS.items())))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A run whose cells are read by the schema of a table, and one whose cells are those of its own tables."""
    patients, by_table, plain = clinic_patients(60, seed=1), *map(tmp_path_factory.mktemp, ("by_table", "plain"))
    return [
        make_run(by_table, patients, TYPED, "importance", "means", schema=CLINIC, table_schema=CLINIC_TABLE),
        make_run(plain, patients, TYPED, "importance", "means", schema=CLINIC),
    ]


@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=timedelta(seconds=10),
    suppress_health_check=list(HealthCheck),
)
@given(table=TABLES, by_table=st.booleans(), output=st.sampled_from([".csv", ".parquet"]))
def test_every_table_ends_well(runs: list[Path], table: tuple[str, bytes], by_table: bool, output: str) -> None:
    suffix, data = table
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / f"table{suffix}"
        path.write_bytes(data)
        schema, config = folder / "data/table.schema.yaml", folder / "config/table.yaml"
        if require_good_ending("init", path, "--folder", folder, folder=folder, makes=(schema, config)) == 0:
            config.write_text(config.read_text().replace("run: table", f"run: table\nresults: {folder}/results"))
            patients = folder / "results/table/cohort/patients.parquet"
            require_good_ending("cohort", "--config", config, folder=folder, makes=(patients,))
        assigned = folder / f"assigned{output}"
        run = runs[0 if by_table else 1]
        require_good_ending("assign", path, "--run", run, "-o", assigned, folder=folder, makes=(assigned,))
