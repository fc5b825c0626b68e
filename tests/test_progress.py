import re
from datetime import datetime, timedelta

import pytest

from retina_vae.progress import counted, progress, stamped


def test_a_log_gets_a_line_for_each_part_and_the_wall_time(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("training", total=1000, lines=4) as advance:
        for step in range(1, 1001):
            advance(step, "loss 1.0")
    lines = capsys.readouterr().err.splitlines()
    times, said = zip(*(line.split(" ", 1) for line in lines), strict=True)
    assert [line.split(" loss")[0] for line in said[:-1]] == [f"training: {n}/1000" for n in (250, 500, 750, 1000)]
    assert said[-1].startswith("training: done in ")
    ages = [datetime.now() - datetime.strptime(time, "%Y-%m-%dT%H:%M:%S") for time in times]
    assert all(timedelta(0) <= age < timedelta(hours=1) for age in ages)


def test_a_terminal_gets_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d done", stamped("done"))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert stamped("done") == "done"


def test_steps_of_several_at_once_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("x", total=90, lines=3) as advance:
        for step in range(8, 97, 8):
            advance(min(step, 90))
    assert [line.split()[2] for line in capsys.readouterr().err.splitlines()[:-1]] == ["32/90", "64/90", "90/90"]


def test_few_steps_are_all_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("x", total=3) as advance:
        for step in range(1, 4):
            advance(step)
    assert len(capsys.readouterr().err.splitlines()) == 4


def test_items_are_counted_when_they_have_been_used() -> None:
    told: list[int] = []
    used = []
    for item in counted("abc", lambda done, note="": told.append(done)):
        assert len(told) == len(used)
        used.append(item)
    assert used == list("abc")
    assert told == [1, 2, 3]
