import pandas as pd
import pytest

from retina_vae.studies.macular.audit.claim_result import verdict
from retina_vae.studies.macular.audit.cluster_claims import (
    all_asian,
    disease_mixture,
    findings_never_mix,
    haemorrhage_mixed,
    median_ages,
)
from retina_vae.studies.macular.audit.partition import apply_rules


@pytest.fixture(scope="module")
def cells(simulated_patients, rules):
    return apply_rules(simulated_patients, rules)


def patients(**columns):
    return pd.DataFrame(columns)


def test_findings_that_never_mix(simulated_patients, cells):
    assert findings_never_mix(simulated_patients, cells).holds
    mixed = cells.copy()
    mixed[mixed == 1] = 6  # Asian men with polyps join Asian women with polyps.
    result = findings_never_mix(simulated_patients, mixed)
    assert not result.holds
    assert result.figures["clusters that mix polyps or sex"] == 1
    assert result.figures["largest minority share of polyps"] == 0


def test_minority_shares_counted_by_hand():
    table = patients(polyps=["present"] * 3 + ["absent"] * 5, sex=["male"] * 8)
    result = findings_never_mix(table, pd.Series([1, 1, 1, 1, 2, 2, 2, 2]))
    assert result.figures["largest minority share of polyps"] == 0.25
    assert result.figures["patients in a minority of polyps"] == 1
    assert result.figures["largest minority share of sex"] == 0


def test_all_asian_clusters_by_number_and_by_count(simulated_patients, cells):
    assert all_asian(simulated_patients, cells, published=True).holds
    renumbered = 15 - cells
    assert not all_asian(simulated_patients, renumbered, published=True).holds
    assert all_asian(simulated_patients, renumbered, published=False).holds
    assert all_asian(simulated_patients, renumbered, published=False).detail == "all-Asian: 3 4 7 9 11 14"


def test_haemorrhage_is_mixed_only_if_every_cluster_has_both():
    table = patients(srh=["present", "absent", "absent", "absent"])
    assert haemorrhage_mixed(table, pd.Series([1, 1, 1, 1])).holds
    result = haemorrhage_mixed(table, pd.Series([1, 1, 2, 2]))
    assert not result.holds
    assert result.figures["clusters with one of them only"] == 1


def test_disease_mixture_on_the_numbers_of_the_claim():
    three, two = {4, 5, 6, 8, 9, 10, 12, 14}, {1, 2, 3, 7, 11, 13}
    rows = [(c, d) for c in three for d in ("ARMD", "CSCR", "PCV")] + [(c, d) for c in two for d in ("CSCR", "PCV")]
    table = pd.DataFrame(rows, columns=["cluster", "disease"])
    assert disease_mixture(table, table["cluster"], published=True).holds
    renumbered = table["cluster"] % 14 + 1
    assert not disease_mixture(table, renumbered, published=True).holds
    assert disease_mixture(table, renumbered, published=False).holds
    fewer = table.drop(index=table.index[-1])
    result = disease_mixture(fewer, fewer["cluster"], published=False)
    assert not result.holds
    assert result.figures["other clusters"] == 1


def test_the_printed_partition_has_the_claimed_numbers_of_disease_mixtures_in_other_rows(published_patients, rules):
    result = disease_mixture(published_patients, apply_rules(published_patients, rules), published=True)
    assert not result.holds
    assert result.detail == "all three: 1 3 4 5 6 8 9 13, CSCR and PCV only: 2 7 10 11 12 14"


def test_the_printed_partition_has_the_claimed_median_ages(published_patients, rules):
    rows = apply_rules(published_patients, rules)
    assert median_ages(published_patients, rows, published=True).holds
    assert not median_ages(published_patients, 15 - rows, published=True).holds
    assert median_ages(published_patients, 15 - rows, published=False).holds


def test_median_ages_far_from_the_claim():
    table = patients(age=[20.0, 39, 39, 60, 79, 79, 79])
    table = pd.concat([table, patients(age=[60.0] * 7)], ignore_index=True)
    found = median_ages(table, pd.Series(range(1, 15)), published=False)
    assert found.holds is False
    assert found.miss == "median ages are off by up to 19.0 years among the youngest and 0.0 among the oldest"
    table.loc[0, "age"] = 38.0
    assert median_ages(table, pd.Series(range(1, 15)), published=False).holds


def test_the_size_of_a_miss_is_said(simulated_patients, cells):
    mixed = cells.copy()
    mixed[mixed == 1] = 6
    assert findings_never_mix(simulated_patients, mixed).miss.startswith(
        "1 of 13 clusters mix them; the rarer value has"
    )
    renumbered = all_asian(simulated_patients, 15 - cells, published=True)
    assert renumbered.miss == (
        "all-Asian too 3 7 9 14, not all-Asian 1 6 8 12; 6 are so at 95\N{NO-BREAK SPACE}% or more"
    )
    table = patients(srh=["present", "absent", "absent", "absent"])
    found = haemorrhage_mixed(table, pd.Series([1, 1, 2, 2]))
    assert found.miss == "1 of 2 clusters have patients with or without it only"
    assert findings_never_mix(simulated_patients, cells).miss == ""


def test_claims_on_fourteen_clusters_do_not_apply_to_others(simulated_patients, cells):
    merged = cells.replace({6: 1})
    for test in (all_asian, disease_mixture, median_ages):
        for published in (True, False):
            found = test(simulated_patients, merged, published)
            assert (found.holds, verdict(found)) == (None, "does not apply")
            assert found.figures
    assert verdict(findings_never_mix(simulated_patients, cells.clip(upper=3))) == "does not apply"
    assert findings_never_mix(simulated_patients, cells.clip(upper=4)).holds is False
