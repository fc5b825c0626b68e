import pandas as pd
import pytest

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
    assert not median_ages(table, pd.Series(range(1, 8)), published=False).holds
    assert median_ages(table.assign(age=[38.0, 39, 39, 60, 79, 79, 79]), pd.Series(range(1, 8)), published=False).holds
