"""What a reader must know before believing the page: faults of the training, of the number of clusters, of the data.

An alert stands where a table of the run shows what experience says makes clusters worthless or misread. None stands for
what the decision says already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from retina_vae.clusters.latent_structure.answers import DECIDED
from retina_vae.report.answer import found_number, reached_answer
from retina_vae.report.convergence import STILL_FALLING, falling_replicas, last_losses
from retina_vae.report.gaps import AGREES, CHANCE, gap_agreement, missing_shares
from retina_vae.report.outliers import far_columns, mixed_columns, named
from retina_vae.report.stability import overall_stability
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import amount, number, percent
from retina_vae.words import amount_of, as_sentence, enumerated, noun_after

__all__ = ["ALERTS", "Alert", "find_alerts"]

_ANOTHER_ORDER = 10.0
_BY_CHANCE = 0.1
"""Adjusted Rand index below which two clusterings agree hardly better than by chance."""
_NEARLY_ONE_COLUMN = 0.8
_GAPS_INSIDE, _GAPS_OUTSIDE = 0.8, 0.2
_FAR_MEAN, _WIDE, _NARROW = 1.0, 2.0, 0.5
_FEW_PATIENTS = 200
_TWO_SIDED = 1.96
_MANY_IN_DOUBT = 0.2


@dataclass(frozen=True)
class Alert:
    """One thing to know.

    Attributes:
        title: What it is, in a few words.
        text: What was seen, with its numbers, and what to do.
        anchor: The section that shows it.
    """

    title: str
    text: str
    anchor: str


def find_alerts(tables: RunTables) -> list[Alert]:
    """All alerts of a run, the gravest kinds first."""
    return [alert for find in ALERTS for alert in [find(tables)] if alert is not None]


def _another_order(tables: RunTables) -> Alert | None:
    """Trainings whose loss is of another order than that of their siblings, or is no number."""
    last = last_losses(tables)
    middle = float(np.nanmedian(last)) if last.notna().any() else np.nan
    far = last[~np.isfinite(last) | ((last - middle).abs() > (_ANOTHER_ORDER - 1) * max(abs(middle), 1.0))]
    if far.empty:
        return None
    named = enumerated([f"replica {replica} of {model}" for model, replica in far.index[:4]])
    more = f" and {len(far) - 4} more" if len(far) > 4 else ""
    return Alert(
        "A training went astray",
        f"The loss of {named}{more} ends at {number(float(far.iloc[0]))}, where the middle one of all trainings ends "
        f"at {number(middle)}. Do not read such a replica. Numbers of large size in the input make this: set "
        "vae.input_scaling to by_kind, or lower vae.learning_rate.",
        "training",
    )


def _not_converged(tables: RunTables) -> Alert | None:
    """Trainings of the clustered model whose loss was still falling when they ended."""
    falling, count = falling_replicas(tables)
    if not falling:
        return None
    asked = tables.configuration.vae
    key = "vae.epochs" if tables.vae.epochs == asked.epochs else "vae.max_steps"
    return Alert(
        "Not converged",
        f"The loss of {falling} of {count} {noun_after(count, 'replica')} was still falling when the training "
        f"ended, by more than {percent(STILL_FALLING, 1)} over the last tenth of the epochs. Raise {key} (now "
        f"{getattr(asked, key.removeprefix('vae.')):,}) before anything is read from the clusters.",
        "training",
    )


def _replicas_by_chance(tables: RunTables) -> Alert | None:
    if tables.undivided or not len(tables.agreement):
        return None
    mean = float(tables.agreement["ari"].mean())
    if mean >= _BY_CHANCE:
        return None
    return Alert(
        "Replicas agree as by chance",
        "The same model trained from other seeds finds other groups: the mean adjusted Rand index is "
        f"{number(mean, 2)}. The clusters are a property of one training, not of the patients. Do not use them.",
        "agreement",
    )


def _no_active_dimension(tables: RunTables) -> Alert | None:
    active = _reported_posterior(tables)["active"].astype(bool)
    if active.empty or active.all():
        return None
    if active.any():
        return Alert(
            "Unused latent dimensions",
            f"{int((~active).sum())} of {len(active)} dimensions of the reported replica hold nothing of the patients. "
            "A latent space without them would give the same (vae.latent_dims, and clusters.latent_dim).",
            "models",
        )
    remedy = (
        "That is as it should be where the columns do not go together."
        if reached_answer(tables) == "nothing"
        else "Lower vae.kl_weight or train longer."
    )
    return Alert(
        "The codes are empty",
        "No latent dimension of the reported replica differs between patients: the model ignores its codes, and what "
        f"is clustered is noise. {remedy}",
        "models",
    )


def _dissolved(tables: RunTables) -> Alert | None:
    verdicts = overall_stability(tables)["verdict"]
    lost = [str(cluster) for cluster in verdicts.index[verdicts == "dissolved"]]
    if not lost:
        return None
    one = len(lost) == 1
    subject = f"Cluster {lost[0]} is" if one else f"Clusters {enumerated(lost)} are"
    return Alert(
        "Dissolved clusters",
        f"{subject} not found again when the method is repeated: of the patients of {'it' if one else 'each'} "
        f"and of its best match, on average at most half are in both. {_without(tables, len(lost))}",
        "agreement",
    )


def _without(tables: RunTables, lost: int) -> str:
    """What to do about dissolved clusters; fewer are no remedy where there are as many as the groups, or no groups."""
    leave = f"Leave {'it' if lost == 1 else 'them'} out of any conclusion"
    k, answer = tables.configuration.clusters.number, reached_answer(tables)
    fewer = answer != "nothing" and k > 2 and not (answer == "groups" and k <= found_number(tables))
    return f"{leave}, or ask for fewer with clusters.k." if fewer else f"{leave}."


def _criteria_at_their_end(tables: RunTables) -> Alert | None:
    """Criteria that choose the largest number tried, and so have found no best one."""
    choices = tables.number.choices
    ended = choices.loc[choices["k"] == choices["tried"], "label"].astype(str).tolist()
    if not ended:
        return None
    return Alert(
        "Criteria at the end of their range",
        f"{as_sentence(enumerated(ended))} {'choose' if len(ended) > 1 else 'chooses'} {int(choices['tried'].max())} "
        "clusters, the largest number tried, and so no number at all. Do not quote it as a result, and do not set it.",
        "number",
    )


def _gaps_make_clusters(tables: RunTables) -> Alert | None:
    """Columns that are mostly missing in a cluster and mostly known elsewhere; clusters that go with the pattern."""
    if tables.undivided:
        return None
    ami, p_value = gap_agreement(tables)
    go_with = ami >= AGREES and p_value < CHANCE
    found = []
    shares = missing_shares(tables)
    for column in tables.schema.inputs:
        for cluster in tables.sizes.index:
            inside, outside = shares.get((int(str(cluster)), column.name), (np.nan, np.nan))
            if inside >= _GAPS_INSIDE and outside <= _GAPS_OUTSIDE:
                name = f"{column.label} (missing, or it does not apply)" if column.not_applicable else column.label
                found.append(f"{name} in cluster {cluster} ({percent(inside)}, others {percent(outside)})")
    if not found and not go_with:
        return None
    where = f"Values are missing: {enumerated(found[:4])}{' and more' if len(found) > 4 else ''}. " if found else ""
    whole = f"What is missing and the clusters go together (adjusted mutual information {ami:.2f}). " if go_with else ""
    return Alert(
        "Gaps make clusters",
        f"{where}{whole}Such a cluster may be patients in whom something was not measured, and no kind of patients. "
        "Ask why it is missing.",
        "missing",
    )


def _one_column(tables: RunTables) -> Alert | None:
    """One input that alone gives the clustering back."""
    table = tables.meaning.measure("cross_table_ami")
    if tables.undivided or table is None or table["value"] < _NEARLY_ONE_COLUMN or " × " in str(table["detail"]):
        return None
    text = (
        f"{as_sentence(str(table['detail']))} alone gives the clusters back (adjusted mutual information "
        f"{table['value']:.2f}): the other columns add little to them. "
    )
    if tables.configuration.vae.likelihood == "typed":
        text += (
            "Ask whether it belongs among the inputs. Without it, columns that go with it may make the same clusters."
        )
    else:
        text += (
            "A wide scale of that column can do this. vae.likelihood: typed, with vae.input_scaling: by_kind, gives "
            "every column one of its own."
        )
    return Alert("One column makes the clustering", text, "structure")


def _far_from_the_prior(tables: RunTables) -> Alert | None:
    """Codes whose cloud is not that of the prior, so that generated patients and typicality are off."""
    posterior = _reported_posterior(tables)
    mean, scale = posterior["aggregate_mean"].abs(), posterior["aggregate_scale"]
    far = posterior[(mean > _FAR_MEAN) | (scale > _WIDE) | (scale < _NARROW)]
    if far.empty:
        return None
    return Alert(
        "Codes far from the prior",
        f"In {len(far)} of {len(posterior)} latent dimensions the codes of all patients lie elsewhere than the model's "
        f"prior, which has mean 0 and standard deviation 1: means from {number(posterior['aggregate_mean'].min(), 1)} "
        f"to {number(posterior['aggregate_mean'].max(), 1)}, standard deviations from {number(scale.min(), 1)} to "
        f"{number(scale.max(), 1)}. Clusters can be read; patients that the model generates are not like the cohort.",
        "models",
    )


def _weights(tables: RunTables) -> Alert | None:
    """Importance weights that cannot be relied on, where the run corrects its codes by them."""
    if tables.calibration is None or tables.configuration.latent.correction == "none":
        return None
    own = tables.calibration.proposals
    bad = own[(own["model"] == tables.clustered) & own["alert"].astype(bool)]
    if bad.empty:
        return None
    return Alert(
        "Codes of some patients are unsure",
        f"In {amount_of(len(bad), 'replica')} the importance weights of more than 1 % of the patients cannot "
        "be relied on. Raise latent.proposals or train longer.",
        "models",
    )


def _many_in_doubt(tables: RunTables) -> Alert | None:
    share = tables.account.doubtful / tables.account.patients
    if tables.undivided or reached_answer(tables) == "nothing" or not share > _MANY_IN_DOUBT:
        return None
    return Alert(
        "Many patients between clusters",
        f"{amount(tables.account.doubtful)} patients ({percent(share)}) have a probability below "
        f"{tables.configuration.clusters.doubtful_below:g} of belonging to their cluster. Use the probabilities, not "
        "the cluster numbers, in anything that follows.",
        "doubt",
    )


def _narrow_decision(tables: RunTables) -> Alert | None:
    """Groups against a continuum, decided by a difference whose two-sided interval holds zero."""
    answer, rows = reached_answer(tables), tables.number.comparisons
    both = rows.loc[rows["comparison"].isin(["groups_smooth", "groups_curves"]), "z"].astype(float)
    least = both.min() if answer == "groups" else -both.max()
    if answer not in ("groups", "continuum") or both.empty or least >= _TWO_SIDED:
        return None
    return Alert(
        "A narrow decision",
        f"Groups and a continuum differ by {number(float(least), 1)} standard errors, where {DECIDED:g} decide. Other "
        "patients of the same kind could give the other answer: treat it as likely, not as shown.",
        "groups",
    )


def _far_outside(tables: RunTables) -> Alert | None:
    """Columns with values so far outside the rest, or in such a second group, that their unit must be looked at."""
    far, mixed = far_columns(tables), mixed_columns(tables)
    if tables.configuration.source.made_of_parts:
        return _unlike_all_others(tables) if far else None
    if not far and not mixed:
        return None
    said = [f"Values lie far outside the rest of {named(far)}." if far else ""]
    said += [f"Two units seem to be mixed in {named(mixed)}." if mixed else ""]
    return Alert(
        "Values far outside",
        f"{' '.join(filter(None, said))} A slip of the pen or another unit can make such values, and clusters would "
        "follow them. Look at these columns in the table, and correct them or name them in missingValues.",
        "cohort",
    )


def _unlike_all_others(tables: RunTables) -> Alert:
    """The same of measures, which are computed and have no slips of the pen."""
    return Alert(
        "Values far outside",
        f"Values lie far outside the rest of {named(far_columns(tables))}. They were computed, so look at the patients "
        "that have them: a few that are unlike all others can draw a cluster to themselves.",
        "cohort",
    )


def _small_cohort(tables: RunTables) -> Alert | None:
    patients, trained = tables.account.patients, len(tables.schema.inputs)
    if patients >= _FEW_PATIENTS:
        return None
    return Alert(
        "Small cohort",
        f"{patients:,} patients in {trained} {noun_after(trained, 'column')}: a network of this size learns single "
        "patients by heart, and few groups can be shown. Take every cluster for a question to a larger cohort.",
        "run",
    )


ALERTS: tuple[Callable[[RunTables], Alert | None], ...] = (
    _another_order,
    _not_converged,
    _no_active_dimension,
    _replicas_by_chance,
    _narrow_decision,
    _one_column,
    _gaps_make_clusters,
    _far_outside,
    _dissolved,
    _many_in_doubt,
    _criteria_at_their_end,
    _weights,
    _far_from_the_prior,
    _small_cohort,
)
"""What is looked for, in the order in which it is shown; a new one is one function here."""


def _reported_posterior(tables: RunTables) -> pd.DataFrame:
    """The latent dimensions of the reported replica."""
    own = tables.posterior
    return own[(own["model"] == tables.clustered) & (own["replica"] == tables.reported)]
