"""What the numbers of a run of molecules say, in tables and sentences."""

from __future__ import annotations

import math

import pandas as pd

from retina_vae.report.sections import Table
from retina_vae.report.wording import number, percent

__all__ = ["model_table", "moved_table", "neighbour_sentences", "property_table", "sentences"]

_PROPERTIES = {"logp": "logP", "qed": "QED", "weight": "Molecular weight"}
_DECIMALS = {"logp": 2, "qed": 3, "weight": 1}


def model_table(models: pd.DataFrame, names: dict[str, str]) -> Table:
    """A row for each model, its replicas averaged."""
    heads = ["Model", "Written again", "of the cohort", "Valid", "Unique", "Novel"]
    rows = []
    for model, part in models.groupby("model", sort=False):
        means = part[["reconstruction", "reconstruction_trained", "valid", "unique", "novel"]].mean()
        rows.append([names[str(model)], *(percent(float(value), 1) for value in means)])
    return Table([], heads, rows)


def property_table(properties: pd.DataFrame, names: dict[str, str]) -> Table:
    """The share of each property's variance that codes say, linearly and with their products."""
    rows = []
    for (model, own), part in properties.groupby(["model", "property"], sort=False):
        who = names.get(str(model), "principal components of the symbols")
        means = part[["r2", "r2_quadratic"]].mean()
        rows.append([_PROPERTIES[str(own)], who, *(number(float(value), 2) for value in means)])
    return Table([], ["Property", "Codes of", "R² linear", "R² with products"], sorted(rows, key=lambda row: row[0]))


def moved_table(moved: pd.DataFrame, names: dict[str, str]) -> Table:
    """The mean of each property of what is decoded, by the step along its direction."""
    steps = sorted(moved["step"].unique())
    rows = []
    for (own, model), part in moved.groupby(["property", "model"], sort=False):
        means = part.groupby("step")["mean"].mean()
        cells = [number(float(means[step]), _DECIMALS[str(own)]) for step in steps]
        rows.append([_PROPERTIES[str(own)], names[str(model)], *cells])
    heads = ["Property", "Model", *(f"{step:+g}" if step else "0" for step in steps)]
    return Table([], heads, sorted(rows, key=lambda row: row[0]))


def sentences(models: pd.DataFrame, names: dict[str, str]) -> list[str]:
    """How well the models of this run write molecules, and what they draw from the prior."""
    said = []
    for model, part in models.groupby("model", sort=False):
        means = part[["held_out", "reconstruction", "draws", "valid", "unique", "novel"]].mean()
        fresh = "codes drawn as its codes are spread" if _is_autoencoder(names[str(model)]) else "draws from the prior"
        said.append(
            f"Of {means['held_out']:,.0f} molecules that no model has seen, the {names[str(model)]} writes "
            f"{percent(means['reconstruction'], 1)} again exactly. Of {means['draws']:,.0f} {fresh} "
            f"{percent(means['valid'], 1)} are molecules, {percent(means['unique'], 1)} of these differ, and "
            f"{percent(means['novel'], 1)} of the different ones are not in the cohort."
        )
    return said


def _is_autoencoder(words: str) -> bool:
    return words.startswith("autoencoder")


def neighbour_sentences(neighbours: pd.DataFrame, names: dict[str, str]) -> list[str]:
    """Which model has the more alike neighbours at matched distances, as far as the numbers of this run tell."""
    pairs = neighbours[neighbours["unit"] == ""].iloc[0]
    said = [f"Two molecules at random have a Tanimoto similarity of {number(float(pairs['similarity']), 2)}."]
    own = neighbours[neighbours["unit"] == "codes"]
    for model, part in own.groupby("model", sort=False):
        means = part.groupby("radius")["similarity"].mean()
        steps = ", ".join(f"{number(float(value), 2)} at {radius:g}" for radius, value in means.items())
        falls = "falls with the radius" if means.is_monotonic_decreasing else "does not fall with every step"
        others = part.groupby("radius")["similarity_of_others"].mean().max()
        said.append(
            f"Of a molecule and what the {names[str(model)]} has near it, it {falls}: {steps}. Much of that is the "
            f"molecule itself; of the others near it the similarity is {number(float(others), 2)} at most."
        )
    return [*said, *_against_autoencoder(neighbours, names)]


def _against_autoencoder(neighbours: pd.DataFrame, names: dict[str, str]) -> list[str]:
    """Each other model against the autoencoder of the run, at each radius and in both units of distance."""
    first, *others = names
    if not others or not _is_autoencoder(names[first]):
        return []
    return [_compared(neighbours, names, first, other) for other in others]


def _compared(neighbours: pd.DataFrame, names: dict[str, str], first: str, other: str) -> str:
    known = neighbours[neighbours["unit"] != ""]
    means = known.groupby(["model", "unit", "radius"])[["similarity", "similarity_error"]].mean()
    own, beside = means.loc[other], means.loc[first]
    errors = (own["similarity_error"] ** 2 + beside["similarity_error"] ** 2).map(math.sqrt)
    gains = own["similarity"] - beside["similarity"]
    higher, lower = int((gains > 2 * errors).sum()), int((gains < -2 * errors).sum())
    return (
        f"At matched distances the neighbours in the latent space of the {names[other]} "
        f"{_verdict(higher, lower, len(gains))} those of the "
        f"{names[first]}: by two standard errors their similarity is higher at {higher}, lower at {lower} of "
        f"{len(gains)} distances."
    )


def _verdict(higher: int, lower: int, distances: int) -> str:
    """Of so many distances at which the neighbours are more, or less, like the molecule by two standard errors."""
    if higher and lower:
        return "are more like the molecule at some distances, and less at others, than"
    if not higher and not lower:
        return "are as much like the molecule, within two standard errors, as"
    where = "" if 2 * (higher + lower) > distances else " at some distances"
    return f"are {'more' if higher else 'less'} like the molecule{where} than"
