"""What RDKit says of molecules: whether a text is one, its properties, how alike two are, how one is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort.schema import Column
from retina_vae.errors import ConfigurationError

__all__ = [
    "PROPERTIES",
    "canonical",
    "chem",
    "fingerprint",
    "measure_molecules",
    "require_packages",
    "similarities",
]

FloatArray = NDArray[np.float64]

_PACKAGES = ("rdkit", "selfies")
_RADIUS = 2


def _measure(name: str, label: str, kind: str, unit: str | None = None, minimum: float | None = None) -> Column:
    return Column(name=name, label=label, kind=kind, role="held_out", unit=unit, minimum=minimum)


PROPERTIES: tuple[Column, ...] = (
    _measure("weight", "Molecular weight", "continuous", "g/mol", 0),
    _measure("logp", "logP", "continuous"),
    _measure("qed", "Drug-likeness (QED)", "continuous", None, 0),
    _measure("heavy_atoms", "Heavy atoms", "count"),
    _measure("rings", "Rings", "count"),
)
"""The columns of :func:`measure_molecules`.

``logp`` is the logarithm of the octanol-water partition coefficient after Wildman and Crippen (1999), ``qed`` the
quantitative estimate of drug-likeness of Bickerton et al. (2012), between 0 and 1; both as RDKit computes them.
"""


def require_packages() -> None:
    """Raise ConfigurationError, one line that names the extra, where RDKit or selfies is not installed."""
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if missing:
        raise ConfigurationError(
            f"study: molecules: expected the packages {' and '.join(_PACKAGES)}, found no {' and no '.join(missing)}. "
            'Install them: pip install "retina_vae[molecules]"'
        )


@lru_cache(maxsize=1)
def chem() -> Any:
    """RDKit, which says nothing on standard error of what it cannot read."""
    require_packages()
    from rdkit import Chem, RDLogger

    RDLogger.DisableLog("rdApp.*")
    return Chem


def canonical(smiles: str) -> str | None:
    """The canonical SMILES of a molecule, the same for every way to write it; None where the text is none."""
    own = chem()
    molecule = own.MolFromSmiles(smiles)
    if molecule is None or molecule.GetNumAtoms() == 0:
        return None
    return str(own.MolToSmiles(molecule))


def measure_molecules(molecules: Sequence[str]) -> pd.DataFrame:
    """The properties of molecules in SMILES, in the columns of :data:`PROPERTIES`."""
    rdkit = chem()
    from rdkit.Chem import QED, Crippen, Descriptors

    rows = []
    for smiles in molecules:
        own = rdkit.MolFromSmiles(smiles)
        rings = own.GetRingInfo().NumRings()
        rows.append((Descriptors.MolWt(own), Crippen.MolLogP(own), QED.qed(own), own.GetNumHeavyAtoms(), rings))
    names = [column.name for column in PROPERTIES]
    return pd.DataFrame(np.array(rows, dtype=np.float64).reshape(-1, len(names)), columns=names)


@lru_cache(maxsize=1)
def _generator() -> Any:
    chem()
    from rdkit.Chem import rdFingerprintGenerator

    return rdFingerprintGenerator.GetMorganGenerator(radius=_RADIUS)


@lru_cache(maxsize=200_000)
def fingerprint(smiles: str) -> Any:
    """The Morgan fingerprint of radius 2 and 2,048 bits (Rogers and Hahn 2010) of a molecule."""
    return _generator().GetFingerprint(chem().MolFromSmiles(smiles))


def similarities(smiles: str, others: Sequence[str | None]) -> FloatArray:
    """Tanimoto similarity of a molecule's fingerprint to those of others, shape (others,); 0 to what is no molecule."""
    from rdkit.DataStructs import BulkTanimotoSimilarity

    found = np.zeros(len(others))
    known = [place for place, other in enumerate(others) if other is not None]
    prints = [fingerprint(str(others[place])) for place in known]
    if known:
        found[known] = BulkTanimotoSimilarity(fingerprint(smiles), prints)
    return found
