"""What the page says of the chains of weights."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from retina_vae.artefacts import declared_columns
from retina_vae.report import RunTables
from retina_vae.report.chains import chains_part
from retina_vae.report.environment import report_environment


def with_chains(tables: RunTables, r_hat: float, effective: float, samples: int = 20) -> RunTables:
    row = {"quantity": "log_joint", "chains": 8, "samples": samples, "mean": -3029.3, "standard_deviation": 179.6}
    rows = [row | {"r_hat": 1.0, "effective_samples": 5000.0}, row | {"r_hat": r_hat, "effective_samples": effective}]
    rows[1]["quantity"] = "bound"
    return replace(tables, chains=pd.DataFrame(rows, columns=declared_columns("vae/chains.csv")))


@pytest.mark.parametrize(
    ("r_hat", "effective", "samples", "said", "unsaid"),
    [
        (1.01, 400.0, 100, "The chains agree (R-hat up to 1.010).", "independent samples"),
        (1.004, 100.0, 20, "fewer than the 400 from which R-hat itself is reliable, more than the 160", "do not agree"),
        (1.0, 100.0, 100, "is reliable: a mean over them is known to 10", "more than the"),
        (1.011, 900.0, 200, "The chains nearly agree (R-hat up to 1.011", "independent samples"),
        (1.37, 8.0, 20, "The chains do not agree (R-hat up to 1.37", "nearly"),
        (np.nan, 8.0, 20, "cannot be told", "agree ("),
    ],
)
def test_it_is_said_whether_they_agree_and_what_to_do(
    tables: RunTables, r_hat: float, effective: float, samples: int, said: str, unsaid: str
) -> None:
    part = chains_part(with_chains(tables, r_hat, effective, samples))
    assert part is not None
    assert part.sentences.startswith(f"The weights of the decoder were sampled, {samples} samples from each of 8")
    assert said in part.sentences
    assert unsaid not in part.sentences
    assert "Clusters, stability and the assignment" in part.sentences


def test_the_table_and_the_section_have_both_numbers(tables: RunTables) -> None:
    part = chains_part(with_chains(tables, 1.05, 64.6))
    assert part is not None
    assert part.table.rows[1] == ["Mean bound of log p(x)", "−3,029.30", "179.60", "1.05", "65 of 160"]
    template = report_environment().get_template("chains.html.j2")
    filled = template.render(chains=part)
    assert "<h3>Samples of the weights</h3>" in filled
    assert "release/vae/chains.csv" in filled
    assert chains_part(tables) is None
    assert not template.render(chains=None).strip()
