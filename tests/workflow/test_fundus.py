"""The workflow on fundus images, as far as what is known of them alone: the limit of every classifier.

That a run of images goes through to its page, the run of digits shows.
"""

from pathlib import Path

import pandas as pd

from tests.workflow.smoke import smoke_run


def test_a_run_knows_the_factors_of_its_images_and_the_limit_of_its_classifiers(tmp_path: Path) -> None:
    folder = smoke_run("fundus", tmp_path, "evaluation/classifiers.csv")
    classifiers = pd.read_csv(folder / "evaluation/classifiers.csv")
    limit = classifiers[classifiers["model"] == "limit"]
    assert len(limit) == 1
    assert 0.6 < limit["accuracy"].item() < 0.95
    assert classifiers.loc[classifiers["model"] == "supervised VAE", "accuracy_gap"].notna().all()
    told = pd.read_csv(folder / "cohort/summary.csv")["column"]
    assert {"drusen", "haemorrhage", "pigmentation"} <= set(told)
    assert not told.str.startswith("pixel").any()
