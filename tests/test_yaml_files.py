import math
import os
import time
from pathlib import Path

import pytest

from retina_vae.errors import InputError
from retina_vae.yaml_files import read_yaml

WHAT = "a test in YAML"


def read(text: str, tmp_path: Path, *, texts: bool = False) -> object:
    path = tmp_path / "file.yaml"
    path.write_text(text, encoding="utf-8")
    return read_yaml(path, WHAT, texts=texts)


def test_keys_and_values_are_read(tmp_path: Path) -> None:
    text = "\ufeffa: 1\nb: [-2.5, 1.0e-3, .5, true, null, 'x: y', 1e-3]\non: means\nc: {d: ''}\ne: [.inf, 0]\n"
    found = read(text, tmp_path)
    assert found == {
        "a": 1,
        "b": [-2.5, 1e-3, 0.5, True, None, "x: y", "1e-3"],
        True: "means",
        "c": {"d": ""},
        "e": [math.inf, 0],
    }
    assert read("", tmp_path) is None
    assert math.isnan(read(".nan", tmp_path))


def test_as_texts_every_value_is_what_stands_there(tmp_path: Path) -> None:
    text = "a: [no, 01, 190:20:30, 2020-01-01, 1_000, =, 1.50, null, '']\nyes: {~: x}"
    found = read(text, tmp_path, texts=True)
    assert found == {
        "a": ["no", "01", "190:20:30", "2020-01-01", "1_000", "=", "1.50", None, ""],
        "yes": {None: "x"},
    }


def test_aliases_and_merged_keys_are_read(tmp_path: Path) -> None:
    text = "a: {n: &m {<<: &b {x: 1, y: 2}, x: 3}}\nb: {<<: *m, y: 4}\nc: [*b, *b]\n"
    assert read(text, tmp_path) == {
        "a": {"n": {"x": 3, "y": 2}},
        "b": {"x": 3, "y": 4},
        "c": [{"x": 1, "y": 2}, {"x": 1, "y": 2}],
    }


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12))
MERGED = "a0: &a0 {x: y}\n" + "".join(f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 10)}]}}\n" for i in range(1, 12))


@pytest.mark.parametrize("texts", [False, True])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "vae:\n  epochs: 3\n  replicas: 1\n  epochs: 400\n",
            r"line 4, column 3: .* the key 'epochs' twice, before in line 2",
        ),
        ("- {a: 1, 'a': 2}", "the key 'a' twice"),
        ("{<<: {a: 1}, <<: {b: 1}}", "the key '<<' twice"),
        ("a: &x [1, *x]", "line 1, column 11: .* a value that contains itself"),
        ("&x {a: {b: *x}}", "a value that contains itself"),
        ("a: *x", "undefined alias"),
        ("[" * 100_000, "more than 50 keys and lists within each other"),
        ("- " * 51 + "a", "more than 50 keys and lists within each other"),
        ("- " * 50 + "a", "more than 50 keys and lists within each other"),
        (BOMB, "more than 300000 values, those that aliases repeat counted each time"),
        (MERGED, "more than 300000 values, those that aliases repeat counted each time"),
        ("[" + "a," * 400_000 + "]", "more than 300000 values"),
        ("a: " + "x" * 2**21, "at most 2048 KiB, found a larger file"),
        ("{[a]: b}", "a list, or keys and values, in place of a key"),
        ("{{a: c}: b}", "a list, or keys and values, in place of a key"),
        ("a: !!int x", "the tag 'tag:yaml.org,2002:int'; leave it out"),
        ("a: !!bool x", "the tag"),
        ("a: !!python/object:os.system x", "the tag"),
        ("a: !x y", "the tag '!x'"),
        ("a\0b: c", "control characters are not allowed"),
        ("a: b\n---\nc: d", "expected a single document"),
        ("a: b: c", "line 1, column 5: .* mapping values are not allowed"),
    ],
)
def test_a_hostile_file_is_one_clear_error(text: str, message: str, texts: bool, tmp_path: Path) -> None:
    started = time.process_time()
    with pytest.raises(InputError, match=message) as error:
        read(text, tmp_path, texts=texts)
    assert WHAT in str(error.value)
    assert len(str(error.value)) < 1000
    assert time.process_time() - started < 5


@pytest.mark.parametrize("text", ["190:20:30", "190:20:30.5", "010", "0x1F", "0b11", "1_000", "1_0.5", "1" * 26])
def test_a_text_that_yaml_takes_for_another_number_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"line 2, column 11: .*'{text}', which YAML takes for another number"):
        read(f"vae:\n  epochs: {text}", tmp_path)
    assert read(f"a: '{text}'", tmp_path) == {"a": text}


def test_a_day_is_refused_without_quotes(tmp_path: Path) -> None:
    for text in ("2026-01-31", "2026-01-31 10:00:00"):
        with pytest.raises(InputError, match=f"'{text}', which YAML takes for a day; put it into quotes"):
            read(f"run: {text}", tmp_path)
    assert read("run: '2026-01-31'", tmp_path) == {"run": "2026-01-31"}


@pytest.mark.parametrize(
    ("data", "line"), [("a: ü".encode("latin-1"), 1), (b"a: b\nc: \xff\n", 2), ("a".encode("utf-16"), 1)]
)
def test_another_encoding_is_named_with_its_line(data: bytes, line: int, tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_bytes(data)
    with pytest.raises(InputError, match=f"line {line}: expected a test in YAML in UTF-8, found other bytes"):
        read_yaml(path, WHAT)


def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    for path, message in (
        (tmp_path / "pipe", "in a regular file, found a pipe"),
        (tmp_path, "in a regular file, found a folder"),
        (Path("/dev/zero"), "in a regular file, found a device"),
        (tmp_path / "circle", "found: Too many levels of symbolic links"),
        (tmp_path / "a\0b", "found: embedded null byte"),
        (tmp_path / "nothing", "but there is no such file"),
    ):
        with pytest.raises(InputError, match=message):
            read_yaml(path, WHAT)
