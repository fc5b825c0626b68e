"""The tables that say how far the clusters are to be trusted, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from retina_vae.errors import InputError
from retina_vae.files import read_table
from retina_vae.report.released import read_json

__all__ = ["Calibration", "Doubt", "Meaning", "NumberOfClusters", "Stability", "read_explorer", "with_category"]

_CRITERIA = [
    *("replica", "k", "within_ss", "silhouette", "calinski_harabasz", "gap", "gap_error"),
    *("prediction_strength", "prediction_strength_error", "smallest"),
]
_CANDIDATES = ["family", "candidate", "groups", "factors", "log_density", "difference", "standard_error"]
_COMPARISONS = ["comparison", "first", "second", "difference", "standard_error", "low", "high", "z"]
_PROFILES = [
    *("cluster", "column", "category", "statistic", "inside", "outside", "standardized_difference"),
    *("medoid", "decoded", "observed"),
]
_PATTERNS = ["pattern", "columns", "patients"]
_MISSINGNESS = ["column", "not_applicable", "effect_size", "ami", "p_value", "permutations"]
_RULES = ["cluster", "rule", "conditions", "patients", "precision", "recall"]
_DIFFERENCES = [
    *("cluster", "column", "role", "test", "p_value", "q_value", "effect", "effect_size", "descriptive", "observed"),
]
_SEPARATION = ["outcome", "cluster", "patients", "classes", "auc", "auc_low", "auc_high", "note"]


_CALIBRATION = [
    *("model", "draws_from", "replica", "dimension", "patients", "draws", "p_value", "dispersion", "shift"),
]
_COVERAGE = ["model", "draws_from", "replica", "patients", "credibility", "coverage"]
_PROPOSALS = [
    *("model", "replica", "patients", "proposals", "tail_shape_median", "tail_shape_q99", "unreliable"),
    *("effective_median", "effective_q01", "alert"),
]


@dataclass(frozen=True, eq=False)
class Calibration:
    """The tables of calibration, as docs/architecture.md describes them."""

    ranks: pd.DataFrame
    coverage: pd.DataFrame
    proposals: pd.DataFrame

    @classmethod
    def load(cls, folder: Path) -> Calibration:
        """Read them from the folder ``vae`` of a run.

        Raises:
            InputError: A table is missing, unreadable or lacks a column.
        """
        return cls(
            ranks=read_table(folder / "calibration.csv", _CALIBRATION),
            coverage=read_table(folder / "coverage.csv", _COVERAGE),
            proposals=read_table(folder / "proposals.csv", _PROPOSALS),
        )

    def pictured(self, clustered: str) -> str:
        """The model whose coverage is drawn: the clustered one where it has a density, else the first that has."""
        names = self.ranks["model"].unique().tolist()
        return clustered if clustered in names else str(names[0])


@dataclass(frozen=True, eq=False)
class NumberOfClusters:
    """Groups or a continuum, how many, and how the codes see it.

    Attributes:
        structure: One row: the answer, and the number of groups.
        candidates: One row per candidate for the latent structure.
        comparisons: One row per pair of families of candidates.
        criteria: One row per replica and k.
        choices: One row per criterion.
        tree: One row per replica, k and pair of clusters that share patients.
        sentence: What the criteria agree on.
    """

    structure: pd.DataFrame
    candidates: pd.DataFrame
    comparisons: pd.DataFrame
    criteria: pd.DataFrame
    choices: pd.DataFrame
    tree: pd.DataFrame
    sentence: str

    @classmethod
    def load(cls, folder: Path) -> NumberOfClusters:
        """Read the tables that ``retina-vae latent-structure`` and ``retina-vae choose`` wrote to ``folder``."""
        chosen = ["criterion", "k", "lowest", "highest", "tried", "label", "rule"]
        tree = ["replica", "k", "cluster", "size", "parent", "patients", "share"]
        return cls(
            structure=read_table(folder / "latent_structure.csv", ["answer", "k", "patients", "folds"]),
            candidates=read_table(folder / "latent_structure_candidates.csv", _CANDIDATES),
            comparisons=read_table(folder / "latent_structure_comparisons.csv", _COMPARISONS),
            criteria=read_table(folder / "criteria.csv", _CRITERIA),
            choices=read_table(folder / "choices.csv", chosen),
            tree=read_table(folder / "tree.csv", tree),
            sentence=_read_text(folder / "choice.txt").strip(),
        )


@dataclass(frozen=True, eq=False)
class Stability:
    """Which clusters hold.

    Attributes:
        replicas: One row per cluster: how well the other replicas find it again.
        bootstrap: One row per cluster: how often resampled patients give it again with the trained model held fixed.
        retrained: The same when the model is trained again on each resample; without numbers where it was not.
        variants: One row per other clustering of the same patients: how much it agrees with the reported one.
        matches: One row per variant and cluster.
    """

    replicas: pd.DataFrame
    bootstrap: pd.DataFrame
    retrained: pd.DataFrame
    variants: pd.DataFrame
    matches: pd.DataFrame

    @classmethod
    def load(cls, folder: Path) -> Stability:
        """Read the tables that ``retina-vae clusters`` and ``retina-vae stability`` wrote to ``folder``."""
        bootstrap = ["cluster", "resamples", "jaccard_mean", "jaccard_low", "recovered", "dissolved", "verdict"]
        return cls(
            replicas=read_table(folder / "stability.csv", ["cluster", "size", "jaccard_mean", "jaccard_min"]),
            bootstrap=read_table(folder / "bootstrap.csv", bootstrap),
            retrained=read_table(folder / "retrained.csv", bootstrap),
            variants=read_table(folder / "variants.csv", ["variant", "kind", "ari"]),
            matches=read_table(folder / "variant_matches.csv", ["variant", "kind", "cluster", "jaccard"]),
        )

    @property
    def trained_on(self) -> int:
        """Number of resamples that the model was trained again on; 0 where that was not measured."""
        return int(self.retrained["resamples"].max())


@dataclass(frozen=True, eq=False)
class Doubt:
    """Who is in doubt, without saying who.

    Attributes:
        clusters: One row per cluster.
        bands: ``low, high, patients``: how many patients lie in each band of assignment probability.
    """

    clusters: pd.DataFrame
    bands: pd.DataFrame

    @classmethod
    def load(cls, folder: Path) -> Doubt:
        """Read them from the folder ``release`` of a run."""
        clusters = ["cluster", "mean_probability", "mean_entropy", "doubtful", "neighbour", "neighbour_probability"]
        return cls(
            clusters=read_table(folder / "clusters" / "doubt.csv", clusters),
            bands=read_table(folder / "doubt_bands.csv", ["low", "high", "patients"]),
        )


@dataclass(frozen=True, eq=False)
class Meaning:
    """What the clusters mean.

    Attributes:
        profiles: One row per cluster, column, category and statistic; a number has the empty category.
        differences: One row per cluster and column.
        missing_patterns: Which inputs are missing together, the most frequent pattern first.
        missingness: How the clusters go with that: the whole pattern, then a row per input that somebody lacks.
        rules: One row per cluster.
        structure: One row per measure.
        separation: One row per outcome and cluster, 0 for all patients; none without an outcome.
    """

    profiles: pd.DataFrame
    differences: pd.DataFrame
    missing_patterns: pd.DataFrame
    missingness: pd.DataFrame
    rules: pd.DataFrame
    structure: pd.DataFrame
    separation: pd.DataFrame

    @classmethod
    def load(cls, folder: Path) -> Meaning:
        """Read the tables that ``retina-vae describe`` wrote to ``folder``."""
        return cls(
            profiles=with_category(read_table(folder / "profiles.csv", _PROFILES, texts=["column", "category"])),
            differences=read_table(folder / "differences.csv", _DIFFERENCES, texts=["column"]),
            missing_patterns=_read_with_empty(folder / "missing_patterns.csv", _PATTERNS, "pattern"),
            missingness=_read_with_empty(folder / "missingness.csv", _MISSINGNESS, "column"),
            rules=read_table(folder / "rules.csv", _RULES),
            structure=read_table(folder / "structure.csv", ["measure", "value", "low", "high", "detail"]),
            separation=read_table(folder / "separation.csv", _SEPARATION),
        )

    def measure(self, name: str, outcome: str | None = None) -> pd.Series[Any] | None:
        """The row of one measure of the structure, if it could be taken; of an outcome, where it speaks of one."""
        own = self.structure[self.structure["measure"] == name]
        if outcome is not None and "outcome" in own:
            own = own[own["outcome"] == outcome]
        return None if own.empty or pd.isna(own["value"].iloc[0]) else own.iloc[0]


def _read_with_empty(path: Path, columns: list[str], text: str) -> pd.DataFrame:
    """A table in which a text may be empty."""
    table = read_table(path, columns, texts=[text])
    return table.assign(**{text: table[text].fillna("").astype(object)})


def read_explorer(path: Path) -> dict[str, Any] | None:
    """What a browser needs to assign a patient; None where it is not released.

    Raises:
        InputError: The file is missing or not JSON.
    """
    return None if _read_text(path).strip() == "null" else read_json(path)


def with_category(table: pd.DataFrame) -> pd.DataFrame:
    """The table with categories as texts, an empty one where there is none: CSV does not tell it from a missing one."""
    return table.assign(category=table["category"].fillna("").astype(str))


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: expected a text, got: {error}. Run `snakemake --cores 8` to make it.") from None
