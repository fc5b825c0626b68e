import numpy as np
import pandas as pd
import pytest

from retina_vae.errors import InputError
from retina_vae.studies.macular.audit import audit_rules, audit_run
from retina_vae.studies.macular.audit.printed_rules import packaged_rules
from retina_vae.studies.macular.schema import MACULAR


@pytest.fixture(scope="module")
def rules_of_simulated(simulated_patients):
    return audit_rules(simulated_patients, MACULAR, published=False)


@pytest.fixture(scope="module")
def run(simulated_patients, rules_of_simulated):
    """A run whose first replica has the cells of the rules and whose second confuses a tenth of the patients."""
    rows = rules_of_simulated[1]["row"].to_numpy()
    rng = np.random.default_rng(0)
    confused = np.where(rng.random(len(rows)) < 0.1, rng.integers(1, 15, len(rows)), rows)
    assignments = pd.DataFrame(
        {"patient_id": simulated_patients["patient_id"], "cluster": rows, "consensus_cluster": rows}
    ).assign(replica_1=rows, replica_2=confused)
    corners = rng.normal(scale=5.0, size=(15, 3))
    means = np.stack([corners[rows] + rng.normal(size=(len(rows), 3)) for _ in range(2)])
    history = pd.DataFrame({"replica": [1, 1, 2, 2], "epoch": [1, 2, 1, 2], "loss": [3.0, 2.0, 3.0, 2.5]})
    return {
        "patients": simulated_patients,
        "partition": rules_of_simulated[1],
        "assignments": assignments,
        "replicas": pd.DataFrame(
            {
                "replica": [1, 2],
                "loss": [2.0, 2.5],
                "within_ss": [1.0, 2.0],
                "mean_ari": [0.8, 0.8],
                "reported": [True, False],
            }
        ),
        "histories": {3: history},
        "means": means,
        "published": False,
        "seed": 1,
    }


def test_simulated_patients_get_the_packaged_rules_and_no_errata(rules_of_simulated, simulated_patients):
    rules, partition, errata = rules_of_simulated
    pd.testing.assert_frame_equal(rules, packaged_rules())
    assert partition.columns.tolist() == ["patient_id", "row"]
    assert partition["patient_id"].equals(simulated_patients["patient_id"])
    assert errata is None


def test_published_patients_get_the_same_rules_and_errata(published_patients):
    rules, partition, errata = audit_rules(published_patients, MACULAR, published=True)
    pd.testing.assert_frame_equal(rules, packaged_rules())
    assert partition["row"].value_counts().sort_index().tolist() == rules["size"].tolist()
    assert len(errata) == rules["mismatches"].sum() == 5


def test_a_run_is_audited_the_same_way_twice_and_in_any_order_of_patients(run):
    tables = audit_run(**run)
    shuffled = run | {"assignments": run["assignments"].sample(frac=1, random_state=0)}
    assert list(tables) == ["claims", "matches", "agreement", "selection"]
    for name, table in audit_run(**shuffled).items():
        pd.testing.assert_frame_equal(table, tables[name])


def test_every_printed_row_has_the_cluster_that_its_rule_makes(run):
    matches = audit_run(**run)["matches"]
    assert matches["row"].tolist() == matches["cluster"].tolist() == list(range(1, 15))
    assert matches["jaccard"].tolist() == [1.0] * 14


def test_the_replica_with_the_papers_cells_agrees_fully(run):
    agreement = audit_run(**run)["agreement"].set_index("replica")["ari_paper"]
    assert agreement["1"] == agreement["consensus"] == 1
    assert 0.5 < agreement["2"] < 0.95


@pytest.mark.parametrize("name", ["partition", "assignments"])
def test_tables_of_other_patients_are_refused(run, name):
    other = run[name].assign(patient_id="x" + run[name]["patient_id"])
    with pytest.raises(InputError, match=name):
        audit_run(**(run | {name: other}))


def test_codes_of_other_replicas_are_refused(run):
    with pytest.raises(InputError, match=r"expected those of 2 replicas and 3000 patients, got \(1, 3000\)"):
        audit_run(**(run | {"means": run["means"][:1]}))


def test_a_replica_without_clusters_is_refused(run):
    with pytest.raises(InputError, match=r"no column for \[2\]"):
        audit_run(**(run | {"assignments": run["assignments"].drop(columns="replica_2")}))
