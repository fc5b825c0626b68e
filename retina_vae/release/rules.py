"""The rules of the gate: what takes small cells out of each artefact, by the name that its declaration gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from retina_vae.clusters.description.table1 import table1, table1_html, table1_markdown
from retina_vae.release.context import Context
from retina_vae.release.counts import release_counts, release_table1
from retina_vae.release.described import (
    release_differences,
    release_profiles,
    release_rules,
    release_separation,
    release_structure,
)
from retina_vae.release.explorer import release_explorer
from retina_vae.release.factors import release_factors
from retina_vae.release.generated import release_generated_check, release_interpolation
from retina_vae.release.held import (
    release_agreement,
    release_contributions,
    release_doubt,
    release_evaluation,
    release_proposals,
    release_resampled,
    release_rivals,
    release_stability,
    release_unlike,
    release_variant_matches,
)
from retina_vae.release.missingness import release_missing_patterns, release_missingness
from retina_vae.release.outliers import release_outliers
from retina_vae.release.sentences import release_descriptions
from retina_vae.release.summary import release_summary
from retina_vae.release.tree import release_criteria, release_tree

__all__ = ["RULES", "Rule"]

Rule = Callable[[Any, Context], Any]
"""From a full table, text or JSON object and what the run's tables share to what of it may be released."""


def _table1_markdown(text: str, context: Context) -> str:
    return table1_markdown(_released_table1(context), context.schema) if context.hides else text


def _table1_html(text: str, context: Context) -> str:
    return table1_html(_released_table1(context), context.schema) if context.hides else text


def _released_table1(context: Context) -> Any:
    return release_table1(table1(context.patients, context.clusters, context.schema), context)


RULES: Mapping[str, Rule] = {
    "agreement": release_agreement,
    "contributions": release_contributions,
    "counts": release_counts,
    "criteria": release_criteria,
    "descriptions": release_descriptions,
    "differences": release_differences,
    "doubt": release_doubt,
    "evaluation": release_evaluation,
    "explorer": release_explorer,
    "factors": release_factors,
    "generated_check": release_generated_check,
    "interpolation": release_interpolation,
    "missing_patterns": release_missing_patterns,
    "missingness": release_missingness,
    "outliers": release_outliers,
    "profiles": release_profiles,
    "proposals": release_proposals,
    "resampled": release_resampled,
    "rivals": release_rivals,
    "rules": release_rules,
    "separation": release_separation,
    "stability": release_stability,
    "structure": release_structure,
    "summary": release_summary,
    "table1": release_table1,
    "table1_html": _table1_html,
    "table1_md": _table1_markdown,
    "tree": release_tree,
    "unlike": release_unlike,
    "variant_matches": release_variant_matches,
}
"""The rules of the engine; a study adds its own (:attr:`retina_vae.studies.study.Study.releases`)."""
