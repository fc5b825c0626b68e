"""The extract of QM9 in ``data/molecules``: so many of its molecules, drawn at random.

pip install --no-deps qm9pack==1.0.3
pip install "retina_vae[molecules]"
python benchmarks/qm9_extract.py -o retina_vae/studies/molecules/data/qm9-extract.smi
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from retina_vae.studies.molecules.reading import read_qm9

_HEAD = """\
# {count:,} of the {all:,} different molecules of QM9, drawn at random (seed {seed}), in RDKit's canonical SMILES.
# R. Ramakrishnan, P. O. Dral, M. Rupp and O. A. von Lilienfeld, Scientific Data 1, 140022 (2014), as the
# package qm9pack 1.0.3 ships them (MIT). Made by benchmarks/qm9_extract.py.
"""


def main(
    output: Annotated[Path, typer.Option("--output", "-o", help="File of the extract.")],
    count: int = 2000,
    seed: int = 1,
) -> None:
    """Draw the molecules and write them."""
    found = read_qm9().smiles
    taken = np.sort(np.random.default_rng(seed).permutation(len(found))[:count])
    head = _HEAD.format(count=count, all=len(found), seed=seed)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(head + "".join(f"{found[place]}\n" for place in taken), encoding="utf-8")
    print(f"{output}: {count:,} molecules, {output.stat().st_size:,} bytes")


if __name__ == "__main__":
    typer.run(main)
