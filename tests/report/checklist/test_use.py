from __future__ import annotations

from dataclasses import replace

import numpy as np

from retina_vae.report.checklist import use
from retina_vae.report.tables import RunTables
from tests.report.conftest import of_a_table


def test_what_the_model_did_not_read_is_named(tables: RunTables, clinic: RunTables) -> None:
    assert use.inputs_and_others(tables).says == "The model read 6 inputs and none of disease."
    assert use.inputs_and_others(clinic).says == "The model read 8 inputs and none of follow-up."


def test_an_outcome_that_training_learned_is_not_apart(tables: RunTables) -> None:
    vae = tables.configuration.vae.model_copy(update={"objective": "supervised"})
    run = replace(tables, configuration=tables.configuration.model_copy(update={"vae": vae}))
    said = use.inputs_and_others(run)
    assert (said.status, "learned to predict disease" in said.says) == ("in part", True)


def test_clusters_that_differ_in_the_outcome_are_counted(tables: RunTables, clinic: RunTables) -> None:
    found = tables.meaning.differences
    of_outcome = found["column"] == "disease"
    q_values = found["q_value"].where(~of_outcome, np.where(found["cluster"] <= 2, 0.01, 0.5))
    meaning = replace(tables.meaning, differences=found.assign(q_value=q_values))
    said = use.outcome_association(replace(tables, meaning=meaning))
    assert "by a test with q below 0.05: in disease 2 of 6 differ." in said.says
    assert use.outcome_association(clinic).status == "the author must state"
    hidden = replace(tables.meaning, differences=found.assign(q_value=found["q_value"].mask(of_outcome)))
    assert "no test was made or is shown" in use.outcome_association(replace(tables, meaning=hidden)).says


def test_simulated_patients_come_from_no_site_and_others_from_the_authors(tables: RunTables, clinic: RunTables) -> None:
    assert use.site_effects(tables).says == "Simulated patients come from no site."
    assert use.site_effects(clinic).status == "the author must state"


def test_other_clusterings_are_counted_with_their_agreement(tables: RunTables) -> None:
    variants = tables.stability.variants
    variants = variants.assign(ari=np.linspace(0.5, 0.9, len(variants)))
    others = variants[variants["kind"] != "replica"]
    said = use.sensitivity(replace(tables, stability=replace(tables.stability, variants=variants)))
    assert said.says.startswith(
        f"{len(others)} other clusterings agree with the reported one at an adjusted Rand index of "
        f"{others['ari'].min():.2f} to 0.90"
    )
    alone = variants[variants["kind"] == "replica"]
    said = use.sensitivity(replace(tables, stability=replace(tables.stability, variants=alone)))
    assert said.status == "the author must state"


def test_only_simulated_patients_can_be_made_again(tables: RunTables) -> None:
    assert "simulates and clusters the same patients again" in use.code_and_data(tables).says
    assert "simulates" not in use.code_and_data(of_a_table(tables)).says
    assert "how they were selected" in use.limits(of_a_table(tables)).says
    assert use.validation(tables).status == "the author must state"
