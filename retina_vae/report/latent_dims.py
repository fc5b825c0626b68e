"""How unseen patients are described, by each latent dimension that was tried."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from retina_vae.report.sections import Table
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import number
from retina_vae.words import amount_of

__all__ = ["HeldOutPart", "held_out_part"]


class HeldOutPart(NamedTuple):
    """The part of the page.

    Attributes:
        sentences: What the table says.
        table: A row per latent dimension.
    """

    sentences: str
    table: Table


def held_out_part(tables: RunTables) -> HeldOutPart | None:
    """What the held-out evidence says of the model; None of a run that does not measure it."""
    if tables.held_out is None:
        return None
    own = tables.held_out
    chosen = own[own["chosen"].astype(bool)].iloc[0]
    unseen, known = chosen["log_density"], chosen["trained_on"]
    sentences = (
        f"Each of {int(chosen['patients']):,} patients is described by a model that was trained on others "
        f"({amount_of(int(chosen['folds']), 'fold')}). With {amount_of(int(chosen['latent_dim']), 'latent dimension')} "
        f"the log-density is {number(unseen, 2)} nats per patient, and {number(known, 2)} of patients that the model "
        f"was trained on: it knows those better by {number(known - unseen, 2)}."
    )
    if len(own) > 1:
        sentences += (
            " The dimension is the smallest whose log-density lies within one standard error of the best; that "
            "another training gives another number is not in that error."
        )
    return HeldOutPart(sentences, _table(own))


def _table(own: pd.DataFrame) -> Table:
    heads = [
        "Latent dimensions",
        "Log-density of unseen patients (nats per patient)",
        "Of patients trained on",
        "Below the best (± standard error)",
    ]
    return Table([], heads, [_cells(row, len(own) > 1) for _, row in own.iterrows()])


def _cells(row: pd.Series, several: bool) -> list[str]:
    chosen = " (chosen)" if several and row["chosen"] else ""
    below = f"{number(row['below_best'], 4)} ± {number(row['below_best_error'], 4)}" if row["below_best"] else "–"
    densities = (number(row[name], 2) for name in ("log_density", "trained_on"))
    return [f"{row['latent_dim']}{chosen}", *densities, below]
