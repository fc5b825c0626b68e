import fcntl
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from retina_vae.atomic import atomic_path, exit_when_terminated, is_temporary
from retina_vae.errors import ConfigurationError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_two_writers_of_one_file_do_not_meet_and_the_last_to_end_wins(tmp_path: Path) -> None:
    path = tmp_path / "z.csv"
    with ExitStack() as late:
        slow = late.enter_context(atomic_path(path))
        slow.write_text("slow, ")
        with atomic_path(path) as fast:
            assert fast != slow
            fast.write_text("fast")
            with slow.open("a") as stream:
                stream.write("whole")
        assert path.read_text() == "fast"
    assert path.read_text() == "slow, whole"
    assert names(tmp_path) == ["z.csv"]


WRITER = """
    import sys
    from pathlib import Path
    from retina_vae.atomic import atomic_path

    with atomic_path(Path(sys.argv[1])) as temporary, temporary.open("w") as stream:
        print("begun", flush=True)
        sys.stdin.readline()
        for _ in range(5000):
            print(sys.argv[2] * 20, file=stream, flush=True)
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, preexec_fn=_heed_hangups, **pipes)


def _heed_hangups() -> None:
    """Tests that were started by ``nohup`` would hand on that the signal is ignored."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def running() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a script and waits until it says that it has begun."""
    with ExitStack() as ended:

        def begin(script: str, *arguments: object) -> subprocess.Popen[str]:
            process = ended.enter_context(start(script, *arguments))
            ended.callback(process.kill)
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            return process

        yield begin


Begin = Callable[..., subprocess.Popen[str]]


def test_two_processes_with_one_output_leave_a_whole_file_of_one_of_them(tmp_path: Path, running: Begin) -> None:
    processes = [running(WRITER, tmp_path / "z.csv", letter) for letter in "ab"]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.wait(60) for process in processes] == [0, 0]
    lines = (tmp_path / "z.csv").read_text().splitlines()
    assert (len(lines), len(set(lines))) == (5000, 1)
    assert names(tmp_path) == ["z.csv"]


def test_writers_in_many_threads_leave_one_whole_file(tmp_path: Path) -> None:
    path, together = tmp_path / "z.txt", Barrier(8)

    def write(letter: str) -> None:
        together.wait()
        for _ in range(20):
            with atomic_path(path) as temporary:
                temporary.write_text(letter * 5000)

    threads = [Thread(target=write, args=(letter,)) for letter in "abcdefgh"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    text = path.read_text()
    assert (len(text), len(set(text))) == (5000, 1)
    assert names(tmp_path) == ["z.txt"]


def test_no_file_of_another_name_is_touched(tmp_path: Path) -> None:
    """A fixed temporary name would be that of somebody's file."""
    others = [".z.part.csv", ".z.tmp.csv", "z.csv.part", ".y-0123456789abcdef-part.csv", ".z-0123456789abcdef-part.txt"]
    others += [".z.a-0123456789abcdef-part.csv", ".z-0123456789ABCDEF-part.csv"]
    for name in others:
        (tmp_path / name).write_text(name)
    with atomic_path(tmp_path / "z.csv") as temporary:
        temporary.write_text("z")
    assert names(tmp_path) == sorted([*others, "z.csv"])
    assert all((tmp_path / name).read_text() == name for name in others)


@pytest.mark.parametrize(
    "name", ["z.csv", "z", ".z.csv", "z.a.parquet", "..csv", "z w [1].csv", f"{'long' * 62}.csv", "ü" * 120]
)
def test_the_temporary_file_is_an_empty_one_beside_it_with_its_suffix(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with atomic_path(path) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == path.suffix
        assert temporary.read_bytes() == b""
        assert is_temporary(temporary)
        assert not is_temporary(path)
    assert names(tmp_path) == [name]


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_the_permissions_are_those_of_any_new_file(tmp_path: Path, mask: int, mode: int) -> None:
    before = os.umask(mask)
    try:
        with atomic_path(tmp_path / "z.csv") as temporary:
            temporary.write_text("z")
    finally:
        os.umask(before)
    assert (tmp_path / "z.csv").stat().st_mode & 0o777 == mode


def test_the_file_is_on_the_disk_before_it_is_renamed_and_the_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[tuple[str, int]] = []
    flush, rename = os.fsync, Path.replace

    def fsync(descriptor: int) -> None:
        steps.append(("flush", os.fstat(descriptor).st_ino))
        flush(descriptor)

    def replace(path: Path, target: Path) -> Path:
        steps.append(("rename", path.stat().st_ino))
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    with atomic_path(tmp_path / "z.csv") as temporary:
        temporary.write_text("z")
    written, folder = (tmp_path / "z.csv").stat().st_ino, tmp_path.stat().st_ino
    assert steps == [("flush", written), ("rename", written), ("flush", folder)]


def test_a_disk_that_does_not_keep_the_file_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "z.csv"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ConfigurationError, match=r"z\.csv: .* No space left on device"), atomic_path(path) as temporary:
        temporary.write_text("new")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["z.csv"]


KILLED = """
    import sys
    from pathlib import Path
    from retina_vae.atomic import atomic_path, exit_when_terminated

    with exit_when_terminated(), atomic_path(Path(sys.argv[1])) as temporary:
        temporary.write_text("half")
        print("begun", flush=True)
        sys.stdin.readline()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_process_that_is_told_to_end_leaves_nothing(tmp_path: Path, running: Begin, number: signal.Signals) -> None:
    process = running(KILLED, tmp_path / "z.csv")
    process.send_signal(number)
    assert process.wait(60) == 128 + number
    assert names(tmp_path) == []


SLOW_TO_CLEAN = """
    import sys, time
    from pathlib import Path
    from retina_vae.atomic import atomic_path, exit_when_terminated

    with exit_when_terminated(), atomic_path(Path(sys.argv[1])) as temporary:
        try:
            print("begun", flush=True)
            sys.stdin.readline()
        finally:
            print("cleaning", flush=True)
            time.sleep(0.5)
"""


@pytest.mark.parametrize("again", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_second_signal_does_not_keep_it_from_cleaning_up(
    tmp_path: Path, running: Begin, again: signal.Signals
) -> None:
    process = running(SLOW_TO_CLEAN, tmp_path / "z.csv")
    process.send_signal(signal.SIGTERM)
    assert process.stdout is not None
    assert process.stdout.readline() == "cleaning\n"
    process.send_signal(again)
    assert process.wait(60) == 128 + signal.SIGTERM
    assert names(tmp_path) == []


@pytest.mark.parametrize("step", ["open", "flock"])
def test_a_signal_in_the_moment_in_which_the_file_is_made_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The handler runs as soon as the system call has returned, before its result is kept."""
    module = {"open": os, "flock": fcntl}[step]
    call = getattr(module, step)

    def interrupted(*arguments: Any) -> None:
        call(*arguments)
        assert len(names(tmp_path)) == 1
        sys.exit(143)

    monkeypatch.setattr(module, step, interrupted)
    with pytest.raises(SystemExit), atomic_path(tmp_path / "z.csv"):
        pass
    assert names(tmp_path) == []


def test_what_a_killed_process_leaves_is_removed_by_the_next_but_not_what_another_writes(
    tmp_path: Path, running: Begin
) -> None:
    path = tmp_path / "z.csv"
    killed, alive = running(KILLED, path), running(KILLED, path)
    killed.kill()
    killed.wait(60)
    assert len(names(tmp_path)) == 2
    with atomic_path(path) as temporary:
        temporary.write_text("whole")
        assert len(names(tmp_path)) == 2, "that of the living process, and this one"
    assert alive.stdin is not None
    alive.stdin.write("\n")
    alive.stdin.flush()
    assert alive.wait(60) == 0
    assert path.read_text() == "half"
    assert names(tmp_path) == ["z.csv"]


def test_without_locks_files_are_written_and_none_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(descriptor: int, operation: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", fail)
    left = tmp_path / ".z-0123456789abcdef-part.csv"
    left.write_text("half")
    with atomic_path(tmp_path / "z.csv") as temporary:
        temporary.write_text("whole")
    assert (tmp_path / "z.csv").read_text() == "whole"
    assert left.read_text() == "half"


def test_a_file_that_is_taken_away_before_it_is_locked_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []

    def take_the_first(descriptor: int, operation: int) -> None:
        if not taken:
            taken.extend(names(tmp_path))
            (tmp_path / taken[0]).unlink()

    monkeypatch.setattr("fcntl.flock", take_the_first)
    with atomic_path(tmp_path / "z.csv") as temporary:
        assert names(tmp_path) == [temporary.name] != taken
        temporary.write_text("whole")
    assert names(tmp_path) == ["z.csv"]


def test_an_ignored_signal_stays_ignored_and_handlers_are_put_back() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with exit_when_terminated():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)
