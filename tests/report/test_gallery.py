from __future__ import annotations

import math
from dataclasses import replace

from retina_vae.config import Configuration
from retina_vae.report.gallery import draw_gallery, exhibits
from retina_vae.report.tables import RunTables
from retina_vae.words import MARK


def test_a_run_without_family_has_no_pictures(tables: RunTables) -> None:
    assert draw_gallery(tables) == {}
    assert exhibits(tables) == []


def test_captions_and_pictures_go_together(family: RunTables) -> None:
    assert list(draw_gallery(family)) == [own.name for own in exhibits(family)]
    assert [own.name for own in exhibits(family)] == ["posteriors", "traversals", "supervised"]


def test_captions_hold_the_tables_numbers(family: RunTables) -> None:
    posteriors, traversals, supervised = (own.caption.replace("\N{NO-BREAK SPACE}", " ") for own in exhibits(family))
    assert "Autoencoder: 0 %, KL weight 0: 1 %, KL weight 1: 60 %" in posteriors
    assert "Autoencoder: 4.0, KL weight 0: 4.0, KL weight 1: 4.0" in posteriors
    assert "central patients of ARMD and PCV" in posteriors
    assert "Active are 3 of 3 (KL weight 1), 1 of 3 (KL weight 4)" in traversals
    assert "up to 3 standard deviations" in traversals
    # Replica 1 is the one pictured.
    assert "supervised is right in 91.0 %" in supervised
    assert "97.0 %" in supervised
    assert "beside d3" in supervised


def test_a_width_that_is_not_quite_nothing_is_not_called_nothing(family: RunTables) -> None:
    narrow = family.posterior.assign(mean_scale=family.posterior["mean_scale"] / 100)
    caption = exhibits(replace(family, posterior=narrow))[0].caption.replace("\N{NO-BREAK SPACE}", " ")
    assert "KL weight 0: below 0.1 %" in caption


def test_models_with_one_title_are_told_apart_by_name(family: RunTables) -> None:
    settings = family.configuration.model_dump()
    settings["family"]["unregularised"]["changes"]["kl_weight"] = 1.0
    again = replace(family, configuration=Configuration.model_validate(settings))
    assert "KL weight 1 (unregularised): 1\N{NO-BREAK SPACE}%" in exhibits(again)[0].caption
    assert "KL weight 1 (regularised)" in exhibits(again)[0].caption


def test_an_unknown_limit_is_not_claimed(family: RunTables) -> None:
    unknown = family.evaluation.assign(outcome_limit=float("nan"))
    caption = exhibits(replace(family, evaluation=unknown))[-1].caption
    assert "exact density" not in caption
    assert "nan" not in caption


def test_where_nobody_may_be_drawn_captions_say_so(family: RunTables) -> None:
    hidden = replace(family, gate=replace(family.gate, hides=True))
    captions = {own.name: own.caption for own in exhibits(hidden)}
    assert [name for name, caption in captions.items() if "No patient is drawn here" in caption] == [
        "posteriors",
        "supervised",
    ]


def test_a_rate_that_is_not_shown_is_marked(family: RunTables) -> None:
    hidden = replace(family, evaluation=family.evaluation.assign(outcome_accuracy=math.nan))
    (caption,) = [own.caption for own in exhibits(hidden) if own.name == "supervised"]
    assert f"supervised is right in {MARK}" in caption
