"""``retina-vae check`` as a user runs it before anything is computed."""

import json
import os
import pty
import sys
import time
from pathlib import Path

import pytest

from retina_vae.cli import main
from retina_vae.config_files import load_configuration
from retina_vae.hashes import RUN_FORMAT
from retina_vae.studies import STUDIES


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["retina-vae", "check", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
        return int(stop.value.code or 0), capsys.readouterr().err

    return run


def finished(path: Path) -> None:
    """Leaves a finished run of a configuration."""
    settings = load_configuration(path)
    settings.folder.mkdir(parents=True)
    manifest = {"format": RUN_FORMAT, "artefacts": {}, "configuration": settings.model_dump(mode="json")}
    (settings.folder / "manifest.json").write_text(json.dumps(manifest))


STUDY = "run: r\nstudy: macular\ncohort: {source: simulated}\n"


def test_a_good_configuration_says_where_its_results_go(call, tmp_path: Path) -> None:
    Path("a.yaml").write_text(STUDY)
    code, said = call("a.yaml")
    assert code == 0
    assert said.endswith("check: a.yaml can be run; the results go to results/r\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.yaml"]


def test_files_change_those_before_them_and_the_default(call) -> None:
    Path("config").mkdir()
    Path("config/config.yaml").write_text(STUDY)
    Path("a.yaml").write_text("run: a\n")
    Path("b.yaml").write_text("run: b\nclusters:\n  kk: 3\n")
    assert "the results go to results/a" in call("a.yaml")[1]
    code, said = call("a.yaml", "b.yaml")
    assert code == 2
    assert "  b.yaml, line 3: clusters.kk: expected no such key, got 3" in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cohort: {table: none.csv}\n", "cohort.table: expected a table of patients, but there is no file none.csv"),
        ("cohort: {table: p.csv, schema: s.yaml}\n", "s.yaml: expected a kind and a role of every column, found 1 un"),
        (
            "cohort: {source: simulated}\nstudy: maculer\n",
            f"a.yaml, line 2: study: expected one of {list(STUDIES)}",
        ),
        ("results: p.csv\ncohort: {table: p.csv, schema: s.yaml}\n", "expected a folder that can be written"),
    ],
)
def test_what_the_run_would_stop_at_is_said_before(call, text: str, words: str) -> None:
    Path("p.csv").write_text("id,x\n1,2\n")
    Path("s.yaml").write_text(
        "fields:\n- {name: id, retinaVae:role: identifier}\n"
        "- {name: x, retinaVae:role: decide, retinaVae:kind: count}\n"
    )
    Path("a.yaml").write_text(text)
    code, said = call("a.yaml")
    assert (code, words in said) == (2, True), said


PICTURES = """primaryKey: id
retinaVae:image: {height: 1, width: 2}
fields:
- {name: id, retinaVae:role: identifier}
- {name: a, retinaVae:role: input, retinaVae:kind: level, constraints: {maximum: 16}}
- {name: b, retinaVae:role: input, retinaVae:kind: level, constraints: {maximum: 16}}
- {name: light, retinaVae:role: held_out, retinaVae:kind: continuous}
"""


@pytest.mark.parametrize("section", ["vae", "family.x.changes"])
def test_a_network_for_pictures_is_refused_where_there_are_none(call, section: str) -> None:
    Path("p.csv").write_text("id,a,b,light\n" + "".join(f"{row},{row % 17},{row % 5},{row / 2}\n" for row in range(40)))
    own = "{latent_dims: [2], network: convolutional}"
    family = "{x: {latent_dim: 2, changes: {network: convolutional}}}"
    text = "cohort: {source: table, table: p.csv, schema: s.yaml}\nclusters: {latent_dim: 2}\n"
    Path("a.yaml").write_text(
        f"{text}vae: {own}\n" if section == "vae" else f"{text}vae: {{latent_dims: [2]}}\nfamily: {family}\n"
    )
    Path("s.yaml").write_text(PICTURES)
    # A table holds no pixels: pictures come from a study's source.
    code, said = call("a.yaml")
    assert (code, "retinaVae:image" in said) == (2, True)
    Path("s.yaml").write_text(PICTURES.replace("retinaVae:image: {height: 1, width: 2}\n", ""))
    code, said = call("a.yaml")
    assert code == 2
    assert f"{section}.network: expected 'perceptron', because the schema has no retinaVae:image" in said
    assert "Traceback" not in said


def test_a_finished_run_that_would_be_replaced_is_named_and_nobody_is_waited_for(call) -> None:
    path = Path("a.yaml")
    path.write_text(STUDY)
    finished(path)
    assert "warning" not in call("a.yaml")[1]
    path.write_text(f"{STUDY}clusters: {{k: 9}}\n")
    code, said = call("a.yaml")
    assert code == 0
    assert "check: warning: results/r holds a finished run of another configuration" in said
    assert "  clusters.k: 14 there, 9 now" in said
    # The workflow itself says it where nobody is there to answer.
    code, said = call("--ask", "a.yaml")
    assert (code, "warning" in said) == (0, False)


def on_a_terminal(answer: bytes, *arguments: str) -> tuple[int, str]:
    process, terminal = pty.fork()
    if process == 0:
        os.execv(sys.executable, [sys.executable, "-m", "retina_vae", "check", *arguments])
    said, deadline = b"", time.monotonic() + 60
    while b"[y/N]" not in said and time.monotonic() < deadline:
        said += os.read(terminal, 4096)
    os.write(terminal, answer)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    os.close(terminal)
    return code, said.decode()


def test_on_a_terminal_the_answer_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    path = Path("a.yaml")
    path.write_text(STUDY)
    finished(path)
    path.write_text(f"{STUDY}clusters: {{k: 9}}\n")
    code, said = on_a_terminal(b"n\n", "--ask", "a.yaml")
    assert (code, "clusters.k: 14 there, 9 now" in said) == (1, True)
    assert on_a_terminal(b"y\n", "--ask", "a.yaml")[0] == 0
