"""Words after a number, and words that somebody may have meant."""

from retina_vae.words import amount_of, closest


def test_only_one_is_one() -> None:
    assert [amount_of(n, "row") for n in (0, 1, 2, 1000)] == ["0 rows", "1 row", "2 rows", "1000 rows"]
    assert amount_of(1, "index", "indices") == "1 index"
    assert amount_of(3, "index", "indices") == "3 indices"


def test_the_likeliest_word_comes_first_and_a_long_one_takes_no_time() -> None:
    assert closest("patient", ["patience", "patients", "zebra"], most=3)[0] == "patients"
    assert closest("x" * 10**7, ["epochs", "x"]) == []
