from retina_vae.studies.macular.audit.claim_result import ClaimResult, in_words, verdict


def test_verdicts():
    assert [verdict(ClaimResult(holds)) for holds in (True, False, None)] == [
        "holds",
        "does not hold",
        "cannot be tested",
    ]


def test_figures_come_with_their_range_over_replicas_and_the_printed_partition():
    replicas = [ClaimResult(True, {"share": 0.125}, "rows 1"), ClaimResult(False, {"share": 2.0}), ClaimResult(None)]
    assert in_words(replicas[0], replicas, ClaimResult(True, {"share": 0.0})) == (
        "Reported clusters [range over 3 replicas]: share 0.125 [0.125 to 2]; rows 1. Holds in 1 of 2 replicas. "
        "Printed partition, holds: share 0."
    )


def test_one_replica_has_no_range():
    only = ClaimResult(True, {"share": 0.5})
    assert in_words(only, [only]) == "Reported clusters: share 0.5. Holds in 1 of 1 replicas."
