"""Whether the draws of the codes are draws of the decoder's own posterior: tables, and what they say in words."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from retina_vae.report.evidence import Calibration
from retina_vae.report.sections import Table
from retina_vae.report.wording import number, percent
from retina_vae.words import MARK, amount_of

__all__ = ["CalibrationPart", "calibration_part"]

_LEVEL = 0.01


@dataclass(frozen=True)
class CalibrationPart:
    """What the template lays out.

    Attributes:
        introduction: How it was measured.
        table: One row per model.
        notes: What the table says of the run's codes, and warnings.
        caption: Of the picture.
    """

    introduction: str
    table: Table
    notes: list[str]
    caption: str


def calibration_part(calibration: Calibration, clustered: str, corrected: bool) -> CalibrationPart:
    """The table and the sentences.

    Args:
        calibration: Of a run.
        clustered: The model whose codes are clustered.
        corrected: Whether the run corrects its codes.
    """
    ranks, pictured = calibration.ranks, calibration.pictured(clustered)
    patients, draws = int(ranks["patients"].iloc[0]), int(ranks["draws"].iloc[0])
    notes = [] if clustered != pictured else [_of_the_run(ranks[ranks["model"] == clustered], clustered, corrected)]
    return CalibrationPart(
        introduction=(
            f"Each replica decoded codes from its prior into {patients:,} patients, whose codes are therefore known, "
            f"and {draws} codes were drawn for each: from q(z | x), and with the importance correction. If they are "
            "draws of p(z | x), the true code takes every rank among them equally often (simulation-based calibration, "
            "Talts et al. 2018). A dimension passes where a chi-squared test does not reject this at "
            f"{percent(_LEVEL)}; by chance alone 99 in 100 pass. Dispersion above 1 says that the draws are too "
            "narrow, below 1 too wide."
        ),
        table=_table(calibration),
        notes=[*notes, *_alerts(calibration.proposals)],
        caption=(
            f"How often balls around random points that hold a given share of the draws hold the true code of "
            f"{pictured}'s simulated patients (TARP, Lemos et al. 2023), minus that share; a line per replica. Zero is "
            "exact; 95 % of exact draws stay within the band at any one credibility. Draws that are too narrow lie "
            "above zero at the left and below it at the right."
        ),
    )


def _table(calibration: Calibration) -> Table:
    rows = []
    for name, own in calibration.ranks.groupby("model", sort=False):
        proposals = calibration.proposals[calibration.proposals["model"] == name]
        cells = []
        for kind in ("encoded", "corrected"):
            part = own[own["draws_from"] == kind]
            cells += [percent((part["p_value"] > _LEVEL).mean()), number(part["dispersion"].median())]
        unreliable, effective = proposals["unreliable"].max(), proposals["effective_q01"].min()
        # A share that is not shown is one of few patients.
        told = MARK if proposals["unreliable"].isna().any() else percent(unreliable, 1)
        worst = f"{told}{' (alert)' if proposals['alert'].any() else ''}"
        weighted = [f"{int(proposals['proposals'].iloc[0]):,}", f"{effective:,.0f}", worst]
        rows.append([str(name), f"{len(own) // 2}", *cells, *weighted])
    groups = [("", 2), ("Draws from q(z | x)", 2), ("Corrected draws", 2), ("Weights, of the cohort", 3)]
    heads = ["Model", "Dimen\u00adsions of all replicas", *["Pass", "Disper\u00adsion"] * 2]
    heads += ["Proposals", "Effective (1st percentile, worst replica)", "k-hat above 0.7 (worst replica)"]
    return Table(groups, heads, rows)


def _of_the_run(own: pd.DataFrame, name: str, corrected: bool) -> str:
    kind, words = ("corrected", "corrected codes") if corrected else ("encoded", "codes from q(z | x)")
    part = own[own["draws_from"] == kind]
    passed, count = int((part["p_value"] > _LEVEL).sum()), len(part)
    middle = part["dispersion"].median()
    way = "narrow" if middle > 1 else "wide"
    # Of exact draws one test in a hundred fails; a twentieth leaves room for chance.
    verdict = (
        "no sign that they are not draws of p(z | x)"
        if passed >= 0.95 * count
        else f"these draws are not calibrated, and on the whole too {way} (median dispersion {number(middle)})"
    )
    return f"This run clusters {words} of {name}: {passed} of {count} dimensions of the replicas pass; {verdict}."


def _alerts(proposals: pd.DataFrame) -> list[str]:
    alerts = []
    for name, own in proposals[proposals["alert"]].groupby("model", sort=False):
        alerts.append(
            f"Alert: in {amount_of(len(own), 'replica')} of {name} the importance weights of more than "
            f"1 % of the patients{_up_to(own['unreliable'])} cannot be relied on (Pareto k-hat "
            "above 0.7, Vehtari et al. 2024). More proposals (latent.proposals) may help, or an encoder that is nearer "
            "to the decoder."
        )
    return alerts


def _up_to(unreliable: pd.Series[float]) -> str:
    """The largest share in brackets; nothing where one is not shown."""
    return "" if unreliable.isna().any() else f" (up to {percent(unreliable.max(), 1)})"
