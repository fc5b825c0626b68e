"""What the description of clusters asks of a kind: what is counted, and split by."""

import numpy as np

from retina_vae.cohort.kinds import KINDS

GRADES = ("low", "middle", "high")


def test_what_is_counted_and_what_is_split_by() -> None:
    counted = {name: kind.counted(() if kind.numeric else GRADES) for name, kind in KINDS.items()}
    assert counted["nominal"] == counted["ordinal"] == counted["binary"] == GRADES
    assert counted["zero_inflated"] == ("above 0",)
    assert counted["continuous"] == counted["positive"] == counted["count"] == ()
    split = {name: kind.split_by(() if kind.numeric else GRADES) for name, kind in KINDS.items()}
    assert split["nominal"] == GRADES
    assert split["ordinal"] == split["binary"] == GRADES[1:]
    assert split["count"] == ("",)


def test_groups_that_are_counted_leave_out_zeros_and_gaps() -> None:
    assert KINDS["zero_inflated"].counted_group(np.array([0.0, 2.0, np.nan])).tolist()[1] == 0
    assert np.isnan(KINDS["zero_inflated"].counted_group(np.array([0.0, np.nan]))).all()
    assert np.isnan(KINDS["count"].counted_group(np.array([0.0, 3.0]))).all()


def test_indicators_are_those_of_the_counted_groups() -> None:
    codes = np.array([0.0, 1.0, np.nan, 1.0])
    for name, kind in KINDS.items():
        categories = () if kind.numeric else GRADES[: 2 if name == "binary" else 3]
        found = kind.indicators(codes, categories)
        assert tuple(found) == (categories[1:] if name == "binary" else kind.counted(categories))
        for category, has in found.items():
            place = kind.counted(categories).index(category)
            assert has.tolist()[:2] == [float(group == place) for group in kind.counted_group(codes[:2])]
            assert np.isnan(has).tolist() == [False, False, True, False]


def test_only_ordered_kinds_are_compared_by_ranks() -> None:
    assert {name for name, kind in KINDS.items() if not kind.ordered} == {"nominal", "binary"}
