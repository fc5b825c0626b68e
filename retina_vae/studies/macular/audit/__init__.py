"""Beside the chain: a run held against the paper's table and claims (arXiv:1907.05195)."""

from retina_vae.studies.macular.audit.agreement import agreement_with_paper, judge_selection
from retina_vae.studies.macular.audit.claims import check_claims
from retina_vae.studies.macular.audit.errata import find_errata
from retina_vae.studies.macular.audit.partition import apply_rules
from retina_vae.studies.macular.audit.printed import derive_rows, printed_table
from retina_vae.studies.macular.audit.printed_rules import packaged_rules, parse_rule, parse_rules
from retina_vae.studies.macular.audit.run_against_paper import audit_rules, audit_run

__all__ = [
    "agreement_with_paper",
    "apply_rules",
    "audit_rules",
    "audit_run",
    "check_claims",
    "derive_rows",
    "find_errata",
    "judge_selection",
    "packaged_rules",
    "parse_rule",
    "parse_rules",
    "printed_table",
]
