from pathlib import Path

from retina_vae.config_files import load_configuration, parse_configuration
from retina_vae.pictures import decoded_models, pictured_models

TYPED = {"likelihood": "typed", "input_scaling": "by_kind"}


def test_the_papers_run_has_no_pictures_of_a_family() -> None:
    assert pictured_models(parse_configuration({"study": "macular"}, "x")) == {}
    assert decoded_models(parse_configuration({"study": "macular"}, "x")) == []


def test_the_clustered_model_is_decoded_where_it_is_typed() -> None:
    settings = parse_configuration({"study": "macular", "vae": TYPED}, "x")
    assert pictured_models(settings) == {}
    assert decoded_models(settings) == ["d3"]


def test_every_picture_shows_the_members_that_it_is_about() -> None:
    family = {
        "flat": {"latent_dim": 2, "changes": TYPED},
        "deep": {"latent_dim": 4, "changes": TYPED},
        "told": {"latent_dim": 3, "changes": TYPED | {"objective": "supervised"}},
        "sigmoid": {"latent_dim": 2},
    }
    settings = parse_configuration({"study": "macular", "family": family}, "x")
    assert pictured_models(settings) == {"posteriors": ["flat"], "traversals": ["deep"], "supervised": ["told"]}
    assert decoded_models(settings) == ["flat", "deep", "told"]


def test_the_typed_run_draws_every_picture() -> None:
    settings = load_configuration(Path(__file__).parent.parent / "config/typed.yaml")
    assert set(pictured_models(settings)) == {"posteriors", "traversals", "supervised"}
