"""The workflow on fundus images, as far as what is known of them alone: the limit of every classifier.

That a run of images goes through to its page, the run of digits shows.
"""

import sys
from pathlib import Path

import pandas as pd
import yaml

from tests.workflow import forks


def test_a_run_knows_the_factors_of_its_images_and_the_limit_of_its_classifiers(tmp_path: Path) -> None:
    values = yaml.safe_load((forks.ROOT / "config/fundus-smoke.yaml").read_text())
    config = tmp_path / "fundus.yaml"
    config.write_text(yaml.safe_dump(values | {"results": str(tmp_path / "results")}))
    folder = tmp_path / "results" / values["run"]
    target = str(folder / "evaluation/classifiers.csv")
    result = forks.run([sys.executable, "-m", "snakemake", target, "--cores", "2", "--configfile", str(config)])
    assert result.returncode == 0, result.stderr[-3000:]
    classifiers = pd.read_csv(target)
    limit = classifiers[classifiers["model"] == "limit"]
    assert len(limit) == 1
    assert 0.6 < limit["accuracy"].item() < 0.95
    assert classifiers.loc[classifiers["model"] == "supervised VAE", "accuracy_gap"].notna().all()
    told = pd.read_csv(folder / "cohort/summary.csv")["column"]
    assert {"drusen", "haemorrhage", "pigmentation"} <= set(told)
    assert not told.str.startswith("pixel").any()
