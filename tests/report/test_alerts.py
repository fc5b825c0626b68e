"""Every alert stands where what it warns of is made, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from retina_vae.report import RunTables
from retina_vae.report.alerts import ALERTS, find_alerts
from retina_vae.report.html import _SECTIONS
from tests.report.answers import with_answer, with_clusters


def titles(tables: RunTables) -> set[str]:
    found = find_alerts(tables)
    assert {alert.anchor for alert in found} <= {anchor for anchor, _ in _SECTIONS}
    return {alert.title for alert in found}


def quiet(tables: RunTables) -> RunTables:
    """The run without anything that an alert speaks of."""
    level = {dim: history.assign(loss=5.0) for dim, history in tables.histories.items()}
    retrained = tables.stability.retrained.assign(jaccard_mean=0.9)
    replicas = tables.stability.replicas.assign(jaccard_mean=0.9)
    measures = tables.meaning.structure.assign(
        value=tables.meaning.structure["value"].mask(tables.meaning.structure["measure"] == "cross_table_ami", 0.3)
    )
    return replace(
        tables,
        histories=level,
        agreement=tables.agreement.assign(ari=0.8),
        stability=replace(tables.stability, retrained=retrained, replicas=replicas),
        number=replace(tables.number, choices=tables.number.choices.assign(k=3, tried=20)),
        posterior=tables.posterior.assign(active=True, aggregate_mean=0.0, aggregate_scale=1.0),
        meaning=replace(tables.meaning, structure=measures),
        account=replace(tables.account, patients=1000, doubtful=10.0),
    )


def test_a_sound_run_has_none(tables: RunTables) -> None:
    assert find_alerts(quiet(tables)) == []


def test_every_alert_leads_to_a_section_and_says_what_to_do(tables: RunTables) -> None:
    assert len(ALERTS) == len(set(ALERTS))
    for alert in find_alerts(tables):
        assert alert.text.endswith(".")
        assert alert.anchor


def test_a_loss_of_another_order_than_its_siblings(tables: RunTables) -> None:
    sound = quiet(tables)
    history = sound.histories[3].copy()
    history.loc[history["replica"] == 2, "loss"] = 2.5e12
    (alert,) = find_alerts(replace(sound, histories=sound.histories | {3: history}))
    assert alert.title == "A training went astray"
    assert "replica 2 of d3" in alert.text
    assert "2.50e+12" in alert.text


def test_a_loss_that_is_no_number(tables: RunTables) -> None:
    sound = quiet(tables)
    history = sound.histories[2].assign(loss=np.nan)
    assert "A training went astray" in titles(replace(sound, histories=sound.histories | {2: history}))


@pytest.mark.parametrize(("fall", "said"), [(0.02, True), (0.001, False), (-0.02, False)])
def test_a_loss_that_still_falls(tables: RunTables, fall: float, said: bool) -> None:
    """The fall is that of the loss from one tenth of the epochs to the next, as a share of it."""
    sound = quiet(tables)
    history = sound.histories[3]
    epochs = history["epoch"].max()
    changed = history.assign(loss=5 * (1 - fall * 10 * history["epoch"] / epochs + fall * 10))
    assert ("Not converged" in titles(replace(sound, histories=sound.histories | {3: changed}))) == said


@pytest.mark.parametrize(("ari", "said"), [(0.05, True), (0.15, False)])
def test_replicas_at_chance(tables: RunTables, ari: float, said: bool) -> None:
    sound = quiet(tables)
    found = titles(replace(sound, agreement=sound.agreement.assign(ari=ari)))
    assert ("Replicas agree as by chance" in found) == said


def test_criteria_that_choose_the_largest_number_tried(tables: RunTables) -> None:
    sound = quiet(tables)
    choices = sound.number.choices.copy()
    choices.loc[choices.index[0], "k"] = 20
    (alert,) = find_alerts(replace(sound, number=replace(sound.number, choices=choices)))
    assert alert.title == "Criteria at the end of their range"
    assert alert.text.startswith(str(choices["label"].iloc[0])[0].upper() + str(choices["label"].iloc[0])[1:])
    assert "20 clusters" in alert.text


def test_dissolved_clusters_are_named(tables: RunTables) -> None:
    sound = quiet(tables)
    retrained = sound.stability.retrained.copy()
    retrained.loc[retrained["cluster"].isin([2, 4]), "jaccard_mean"] = 0.4
    (alert,) = find_alerts(replace(sound, stability=replace(sound.stability, retrained=retrained)))
    assert alert.text.startswith("Clusters 2 and 4 are not found again")


@pytest.mark.parametrize(("share", "said"), [(0.9, True), (0.5, False)])
def test_gaps_that_make_a_cluster(tables: RunTables, share: float, said: bool) -> None:
    """A column that most of one cluster lack and nearly all others have."""
    sound = quiet(tables)
    profiles, columns = sound.meaning.profiles.copy(), sound.cohort.columns.copy()
    lacking = round(share * sound.sizes[1])
    own = (profiles["cluster"] == 1) & (profiles["column"] == "drusen")
    profiles.loc[own, "observed"] = sound.sizes[1] - lacking
    columns.loc["drusen", "missing"] = lacking
    changed = replace(
        sound,
        meaning=replace(sound.meaning, profiles=profiles),
        cohort=replace(sound.cohort, columns=columns),
    )
    assert ("Gaps make clusters" in titles(changed)) == said
    other = {"drusen": {"not_applicable": ("-",)}}
    known = tuple(column.model_copy(update=other.get(column.name, {})) for column in sound.schema.columns)
    structural = replace(changed, schema=sound.schema.model_copy(update={"columns": known}))
    assert any("rusen (missing, or it does not apply) in cluster 1" in a.text for a in find_alerts(structural)) == said


@pytest.mark.parametrize(
    ("detail", "value", "said"), [("age in 3 parts", 0.9, True), ("age × sex", 0.9, False), ("sex", 0.7, False)]
)
def test_one_column_that_makes_the_clustering(tables: RunTables, detail: str, value: float, said: bool) -> None:
    sound = quiet(tables)
    measures = sound.meaning.structure.copy()
    own = measures["measure"] == "cross_table_ami"
    measures["detail"] = measures["detail"].astype(object).mask(own, detail)
    measures["value"] = measures["value"].mask(own, value)
    found = titles(replace(sound, meaning=replace(sound.meaning, structure=measures)))
    assert ("One column makes the clustering" in found) == said


@pytest.mark.parametrize(
    ("column", "value", "title"),
    [
        ("aggregate_mean", -1.5, "Codes far from the prior"),
        ("aggregate_scale", 3.0, "Codes far from the prior"),
        ("aggregate_scale", 0.3, "Codes far from the prior"),
        ("active", False, "The codes are empty"),
    ],
)
def test_codes_that_are_not_what_the_model_expects(tables: RunTables, column: str, value: object, title: str) -> None:
    sound = quiet(tables)
    assert titles(replace(sound, posterior=sound.posterior.assign(**{column: value}))) == {title}


def test_one_unused_dimension(tables: RunTables) -> None:
    sound = quiet(tables)
    posterior = sound.posterior.assign(active=sound.posterior["dimension"] != 1)
    assert titles(replace(sound, posterior=posterior)) == {"Unused latent dimensions"}


def test_few_patients_and_many_in_doubt(tables: RunTables) -> None:
    sound = quiet(tables)
    few = replace(sound, account=replace(sound.account, patients=120))
    assert titles(few) == {"Small cohort"}
    unsure = replace(sound, account=replace(sound.account, doubtful=300.0))
    assert titles(unsure) == {"Many patients between clusters"}
    hidden = replace(sound, account=replace(sound.account, doubtful=float("nan")))
    assert titles(hidden) == set()


@pytest.mark.parametrize(
    ("answer", "smooth", "curves", "said"),
    [
        ("groups", 5.0, 1.7, True),
        ("groups", 5.0, 2.0, False),
        ("continuum", -1.8, -6.0, True),
        ("continuum", -2.1, -6.0, False),
        ("undecided", 1.0, 1.0, False),
    ],
)
def test_a_decision_whose_interval_holds_zero(
    tables: RunTables, answer: str, smooth: float, curves: float, said: bool
) -> None:
    """The answer is made on one side; an interval has two."""
    found = with_answer(quiet(tables), answer, 3, groups_smooth=smooth, groups_curves=curves)
    assert ("A narrow decision" in titles(found)) == said


def test_doubt_between_cuts_through_one_cloud_is_no_alert(tables: RunTables) -> None:
    """The decision says already not to use them, and their probabilities are worth no more than their numbers."""
    unsure = replace(quiet(tables), account=replace(tables.account, patients=1000, doubtful=900.0))
    title = "Many patients between clusters"
    assert title in titles(unsure)
    assert title not in titles(with_answer(unsure, "nothing", 1))


@pytest.mark.parametrize(
    ("answer", "found", "k", "remedy"),
    [
        ("groups", 3, 6, "or ask for fewer with clusters.k."),
        ("groups", 6, 6, "any conclusion."),
        ("continuum", 5, 6, "or ask for fewer with clusters.k."),
        ("continuum", 5, 2, "any conclusion."),
        ("nothing", 1, 6, "any conclusion."),
    ],
)
def test_fewer_clusters_are_a_remedy_only_where_the_run_has_too_many(
    tables: RunTables, answer: str, found: int, k: int, remedy: str
) -> None:
    sound = with_clusters(with_answer(quiet(tables), answer, found), k=k)
    replicas = sound.stability.replicas.assign(jaccard_mean=[0.9, 0.4, *[0.9] * (len(sound.stability.replicas) - 2)])
    found_alerts = find_alerts(replace(sound, stability=replace(sound.stability, replicas=replicas)))
    (alert,) = (alert for alert in found_alerts if alert.title == "Dissolved clusters")
    assert alert.text.startswith("Cluster 2 is not found again")
    assert alert.text.endswith(remedy)


def test_one_cluster_of_all_patients_is_not_compared(tables: RunTables) -> None:
    sound = quiet(tables)
    table1 = sound.table1.iloc[:1].assign(size=1000)
    alone = replace(sound, table1=table1, agreement=pd.DataFrame(columns=["replica_a", "replica_b", "ari"]))
    assert titles(alone) <= {"Codes far from the prior"}
