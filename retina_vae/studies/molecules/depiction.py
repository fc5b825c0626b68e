"""A molecule as lines and letters, laid out by RDKit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from retina_vae.studies.molecules.chemistry import chem

__all__ = ["Depiction", "Label", "depict"]

FloatArray = NDArray[np.float64]

_BOND = 1.5
"""RDKit's length of a bond on paper."""

_BESIDE = 0.16
"""Between the lines of a double bond, in lengths of a bond."""

_CLEAR = 0.27
"""What is left free around a letter, in lengths of a bond."""

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class Label(NamedTuple):
    """The letters of an atom, such as OH.

    Attributes:
        element: Its symbol, which stands at the atom.
        text: With hydrogens and charge; the hydrogens stand first where bonds leave to the right.
        x: Of the atom, in lengths of a bond.
        y: Likewise.
        before: Letters before the element.
    """

    element: str
    text: str
    x: float
    y: float
    before: int


class Depiction(NamedTuple):
    """A molecule on paper, its middle at (0, 0).

    Attributes:
        lines: Ends of the bonds' lines in lengths of a bond, shape (lines, 2, 2).
        labels: Of the atoms that have letters: all but carbon with bonds.
        extent: Half of width and height.
    """

    lines: FloatArray
    labels: tuple[Label, ...]
    extent: tuple[float, float]


def depict(smiles: str) -> Depiction:
    """Lay a molecule in canonical SMILES out; double bonds of aromatic rings alternate (Kekulé)."""
    own = chem()
    from rdkit.Chem import rdDepictor

    molecule = own.MolFromSmiles(smiles)
    own.Kekulize(molecule, clearAromaticFlags=True)
    rdDepictor.Compute2DCoords(molecule, canonOrient=True)
    places: FloatArray = molecule.GetConformer().GetPositions()[:, :2] / _BOND
    low, high = places.min(axis=0), places.max(axis=0)
    places = places - (low + high) / 2
    labels = {atom.GetIdx(): text for atom in molecule.GetAtoms() if (text := _letters(atom))}
    lines = [line for bond in molecule.GetBonds() for line in _lines(bond, places, labels, _rings(molecule, places))]
    written = tuple(_label(molecule.GetAtomWithIdx(place), text, places) for place, text in labels.items())
    half = (high - low) / 2
    return Depiction(np.array(lines).reshape(-1, 2, 2), written, (float(half[0]), float(half[1])))


def _label(atom: Any, text: str, places: FloatArray) -> Label:
    """The letters at their place, hydrogens on the side where fewer bonds are."""
    place, element = places[atom.GetIdx()], atom.GetSymbol()
    near = [places[other.GetIdx()] - place for other in atom.GetNeighbors()]
    rest = text.removeprefix(element)
    turned = bool(near) and float(np.sum(near, axis=0)[0]) > 0.1 and rest.startswith("H")
    hydrogens = rest.rstrip("⁺⁻") if turned else ""
    shown = f"{hydrogens}{element}{rest.removeprefix(hydrogens)}" if turned else text
    return Label(element, shown, float(place[0]), float(place[1]), len(hydrogens))


def _letters(atom: Any) -> str:
    """What stands at an atom; nothing at carbon with bonds and without a charge."""
    charge, hydrogens = atom.GetFormalCharge(), atom.GetTotalNumHs()
    if atom.GetSymbol() == "C" and atom.GetDegree() > 0 and not charge:
        return ""
    count = "" if hydrogens < 2 else str(hydrogens).translate(_SUBSCRIPTS)
    sign = "" if not charge else ("⁺" if charge > 0 else "⁻")
    return f"{atom.GetSymbol()}{'H' if hydrogens else ''}{count}{sign}"


def _rings(molecule: Any, places: FloatArray) -> dict[frozenset[int], FloatArray]:
    """The middle of the smallest ring that each bond lies in, by its two atoms."""
    found: dict[frozenset[int], FloatArray] = {}
    for ring in sorted(molecule.GetRingInfo().AtomRings(), key=len):
        for start, stop in zip(ring, (*ring[1:], ring[0]), strict=True):
            found.setdefault(frozenset((start, stop)), places[list(ring)].mean(axis=0))
    return found


def _lines(
    bond: Any, places: FloatArray, labels: dict[int, str], rings: dict[frozenset[int], FloatArray]
) -> Iterator[FloatArray]:
    """The lines of one bond, shape (2, 2) each: the second of a double bond inside its ring."""
    ends = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
    start, stop = places[ends[0]], places[ends[1]]
    along = (stop - start) / max(float(np.linalg.norm(stop - start)), 1e-9)
    across = np.array([-along[1], along[0]])
    line = np.array(
        [start + (_CLEAR * along if ends[0] in labels else 0), stop - (_CLEAR * along if ends[1] in labels else 0)]
    )
    order = round(bond.GetBondTypeAsDouble())
    middle = rings.get(frozenset(ends))
    if order == 2 and middle is not None:
        inside = across if (middle - start) @ across > 0 else -across
        yield line
        yield line + _BESIDE * inside + np.array([0.12 * along, -0.12 * along])
        return
    for shift in {1: (0.0,), 2: (-0.5, 0.5), 3: (-1.0, 0.0, 1.0)}.get(order, (0.0,)):
        yield line + shift * _BESIDE * across
