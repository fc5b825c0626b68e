"""Damages that a file of a finished run may take."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from hypothesis import strategies as st

WAYS = ("flip", "truncate", "empty", "append", "zero", "delete", "other", "neighbour", "json", "deep")


class Damage(NamedTuple):
    """What becomes of the file with number ``file`` of those of a run, at a place as a share of its length."""

    file: int
    way: str
    place: float
    piece: bytes

    def apply(self, folder: Path, other: Path) -> Path:
        """Damage the file and leave its time stamp, as a disk does; ``other`` is another run with the same files."""
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        path = files[self.file % len(files)]
        data, stamp = path.read_bytes(), path.stat().st_mtime_ns
        at = int(self.place * max(len(data) - 1, 0))
        change: dict[str, Callable[[], bytes]] = {
            "flip": lambda: data[:at] + bytes(byte ^ 1 << self.file % 8 for byte in data[at : at + 1]) + data[at + 1 :],
            "truncate": lambda: data[:at],
            "empty": lambda: b"",
            "append": lambda: data + self.piece,
            "zero": lambda: data[:at] + bytes(len(data[at : at + 4096])) + data[at + 4096 :],
            "other": lambda: (other / path.relative_to(folder)).read_bytes(),
            "neighbour": lambda: files[(self.file + 1) % len(files)].read_bytes(),
            "json": lambda: b'{"format": 1, "artefacts": [1]}',
            "deep": lambda: b"[" * 5000,
        }
        if self.way == "delete":
            path.unlink()
        else:
            path.write_bytes(change[self.way]())
            os.utime(path, ns=(stamp, stamp))
        return path


DAMAGES = st.builds(
    Damage, st.integers(0, 200), st.sampled_from(WAYS), st.floats(0, 1), st.binary(min_size=1, max_size=40)
)
