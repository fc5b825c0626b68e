import numpy as np
import pandas as pd
import pytest

from retina_vae.studies.macular.audit.claim_result import VERDICTS
from retina_vae.studies.macular.audit.claims import CLAIM_COLUMNS, STATEMENTS, check_claims
from retina_vae.studies.macular.audit.partition import apply_rules

HISTORY = pd.DataFrame({"replica": [1, 2], "epoch": [1, 1], "loss": [1.0, 1.1]})


def check(patients, rules, clusters, published):
    rows = apply_rules(patients, rules)
    corners = np.random.default_rng(0).normal(scale=30.0, size=(15, 3))
    noise = np.random.default_rng(1).normal(size=(len(patients), 3))
    means = {replica: corners[own] + noise for replica, own in clusters.items()}
    table = check_claims(patients, rows, clusters, {3: HISTORY}, means, 1, published, seed=1)
    return table.set_index("claim")


@pytest.fixture(scope="module")
def claims(simulated_patients, rules):
    cells = apply_rules(simulated_patients, rules)
    merged = cells.replace({6: 1})
    return check(simulated_patients, rules, {1: cells, 2: merged}, published=False)


def test_every_claim_has_a_verdict(claims):
    assert claims["statement"].to_dict() == STATEMENTS
    assert set(claims["verdict"]) <= set(VERDICTS)
    assert ["claim", *claims.columns] == list(CLAIM_COLUMNS)
    assert claims[["statement", "how", "measured"]].map(len).to_numpy().min() > 0
    # Whatever does not hold says by how much, and what is open says why.
    assert (claims["miss"].str.len() > 0).tolist() == (claims["verdict"] != "holds").tolist()
    assert (claims["paper_miss"].str.len() > 0).tolist() == (claims["paper_verdict"] != "holds").tolist()


def test_the_verdict_is_that_of_the_reported_replica_and_the_others_are_counted(claims):
    assert claims.loc[[3, 4], "verdict"].tolist() == ["holds", "holds"]
    assert claims.loc[3, ["held", "tested"]].tolist() == [1, 2]
    # In the other one there are thirteen clusters, of which the claim does not speak.
    assert claims.loc[4, ["held", "tested"]].tolist() == [1, 1]


def test_fourteen_groups_are_found_where_there_are_fourteen(claims):
    assert claims.loc[2, "verdict"] == "holds"
    assert "k of the widest silhouette 14 [13 to 14]" in claims.loc[2, "measured"]


def test_one_latent_dimension_leaves_the_first_claim_open(claims):
    assert claims.loc[1, "verdict"] == "cannot be tested"


def test_the_figure_that_says_most_is_a_number(claims):
    assert claims.loc[2, "value"] == 14
    assert claims.loc[7, "figure"] == "lowest balanced accuracy"
    assert 0 < claims.loc[7, "value"] < 1


def test_simulated_patients_have_no_printed_partition(claims):
    assert set(claims["paper_verdict"]) == {"cannot be tested"}
    assert set(claims["paper_measured"]) == {""}
    assert claims.loc[4, "how"].endswith("the number of all-Asian clusters is tested (six).")


def test_the_papers_patients_are_tested_on_the_printed_partition_too(published_patients, rules):
    one = pd.Series(1, index=published_patients.index)
    claims = check(published_patients, rules, {1: one.where(published_patients["sex"] == "male", 2)}, published=True)
    assert claims["paper_verdict"].to_dict() == {
        **{1: "cannot be tested", 2: "cannot be tested", 3: "holds", 4: "holds", 5: "holds"},
        **{6: "does not hold", 7: "does not hold", 8: "holds"},
    }
    # As many clusters of each kind as the paper says, but others.
    assert claims.loc[6, "paper_miss"].startswith("as many as said, but others: all three too 1 3 13")
    # Two clusters of one sex each are not the fourteen that the paper speaks of.
    assert claims.loc[[3, 4, 6, 8], "verdict"].tolist() == ["does not apply"] * 4
    assert claims.loc[4, "miss"] == "it speaks of 14 clusters, and there are 2"
    assert claims.loc[5, "verdict"] == "holds"
