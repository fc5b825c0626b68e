import math

import pytest

from retina_vae.clusters.hennig import VERDICTS, verdict


@pytest.mark.parametrize(
    ("jaccard", "word"),
    [
        (1.0, "highly stable"),
        (0.85, "highly stable"),
        (math.nextafter(0.85, 0), "stable"),
        (0.75, "stable"),
        (math.nextafter(0.75, 0), "pattern"),
        (0.6, "pattern"),
        (math.nextafter(0.6, 0), "doubtful"),
        (math.nextafter(0.5, 1), "doubtful"),
        (0.5, "dissolved"),
        (0.0, "dissolved"),
    ],
)
def test_a_threshold_belongs_to_the_side_that_clusterboot_gives_it(jaccard: float, word: str) -> None:
    assert verdict(jaccard) == word


def test_verdicts_only_get_worse_as_the_similarity_falls() -> None:
    places = [VERDICTS.index(verdict(percent / 100)) for percent in range(100, -1, -1)]
    assert places == sorted(places)
    assert set(places) == set(range(len(VERDICTS)))


def test_what_was_not_measured_is_no_verdict() -> None:
    assert verdict(math.nan) == "not measured"
