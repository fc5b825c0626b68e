from retina_vae.studies.macular.audit.claim_result import UNDECIDED, ClaimResult, in_words, verdict


def test_verdicts():
    assert [verdict(ClaimResult(holds)) for holds in (True, False, None)] == [
        "holds",
        "does not hold",
        "cannot be tested",
    ]
    assert verdict(ClaimResult(None, open=UNDECIDED)) == "undecided"


def test_figures_come_with_their_range_over_replicas():
    replicas = [ClaimResult(True, {"share": 0.125}, "rows 1"), ClaimResult(False, {"share": 2.0}), ClaimResult(None)]
    assert in_words(replicas[0], replicas) == "share 0.125 [0.125 to 2]; rows 1 [range over 3 replicas]"
    assert in_words(ClaimResult(True, {"share": 0.0})) == "share 0"
    assert in_words(ClaimResult(None)) == ""


def test_one_replica_has_no_range():
    only = ClaimResult(True, {"share": 0.5})
    assert in_words(only, [only]) == "share 0.5"
