"""Keys and values that were meant otherwise: which file and line, and what was probably meant."""

from pathlib import Path

import pytest

from retina_vae.config_files import load_configuration, parse_configuration
from retina_vae.config_problems import places_in_files
from retina_vae.errors import ConfigurationError
from retina_vae.plan import make_plan
from retina_vae.studies import STUDIES


def message_of(values: dict) -> str:
    with pytest.raises(ConfigurationError) as error:
        parse_configuration(values, "x")
    return str(error.value)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"vae": {"epoch": 3}}, "vae.epoch: expected no such key, got 3; did you mean 'epochs'?"),
        ({"k": 14}, "k: expected no such key, got 14; 'k' belongs to clusters"),
        ({"vae": {"run": "a"}}, "vae.run: expected no such key, got 'a'; 'run' belongs to the top level"),
        ({"vea": {}}, "vea: expected no such key, got {}; did you mean 'vae'?"),
        (
            {"clusters": {"scheme": "bootstrap"}},
            "scheme: expected no such key, got 'bootstrap'; did you mean 'seed'? 'scheme' belongs to stability",
        ),
        (
            {"cohort": {"patients": 5}},
            "'patients_per_group'? 'patients' belongs to clusters, latent_structure, held_out, choice or description",
        ),
        ({"clusters": {"bootstrap": 5}}, "got 5; did you mean 'bootstraps' of stability?"),
        ({"vae": {"qqq": 1}}, "vae.qqq: expected no such key, got 1; remove it or fix its spelling"),
        (
            {"family": {"a": {"latent_dims": 2}}},
            "latent_dims: expected no such key, got 2; did you mean 'latent_dim'? 'latent_dims' belongs to vae",
        ),
        (
            {"family": {"a": {"latent_dim": 2, "changes": {"kl_wight": 1}}}},
            "family.a.changes: kl_wight: expected no such key, got 1; did you mean 'kl_weight'?",
        ),
        ({"vae": {"objective": "elbbo"}}, "got 'elbbo'; did you mean 'elbo'?"),
        ({"clusters": {"method": "KMeans"}}, "got 'KMeans'; did you mean 'kmeans'?"),
        ({"device": "quantum"}, "device: expected 'auto', 'cpu' or 'cuda', got 'quantum'\n"),
        (
            {"study": "maculer"},
            f"x: study: expected one of {list(STUDIES)}, or no such key for a table, got 'maculer'; did",
        ),
        ({"cohort": {"source": "tabel"}}, "got 'tabel'; did you mean 'table'?"),
    ],
)
def test_a_message_says_what_was_probably_meant(values: dict, said: str) -> None:
    assert said in message_of(values)


def test_a_model_that_the_run_lacks_is_held_against_those_that_it_has() -> None:
    settings = parse_configuration({"family": {"supervised": {"latent_dim": 2}}}, "x")
    with pytest.raises(ConfigurationError, match=r"got 'supervisd'; did you mean 'supervised'\?"):
        settings.model("supervisd")


def test_a_file_is_named_with_the_line_of_each_fault(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        "# A comment.\nrun: a\nvae:\n  epoch: 3\n  latent_dims:\n    - 2\n    - 99\n"
        "clusters: {latent_dim: 2, on: meens}\nfamily:\n  a:\n    latent_dim: 2\n    changes:\n      kl_weight: -1.0\n"
    )
    with pytest.raises(ConfigurationError) as error:
        load_configuration(path)
    said = str(error.value)
    assert said.startswith(f"{path}: the configuration is not valid.\n")
    assert "\n  line 4: vae.epoch: expected no such key" in said
    assert "\n  line 7: vae.latent_dims.1: expected less than or equal to 32, got 99" in said
    assert "\n  line 8: clusters.on: expected 'draws' or 'means', got 'meens'; did you mean 'means'?" in said


def test_what_does_not_fit_together_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    for text, said in (
        (
            "run: a\nvae:\n  latent_dims: [3]\nclusters:\n  latent_dim: 4\n",
            "line 5: clusters.latent_dim: expected one of vae.latent_dims [3], got 4",
        ),
        (
            "run: a\nclusters:\n  latent_dim: 4\n",
            "line 3: clusters.latent_dim: expected 'auto', because vae.latent_dims leaves the dimension to the run",
        ),
        (
            "family:\n  a:\n    latent_dim: 2\n    changes:\n      epoch: 1\n",
            "line 5: family.a.changes: epoch: expected no such key, got 1; did you mean 'epochs'?",
        ),
        ("run: a\nstudy: b\n", f"{path}: line 2: study: expected one of"),
        ("cohort:\n  source: b\n", f"{path}: line 2: cohort.source: expected one of"),
    ):
        path.write_text(text)
        with pytest.raises(ConfigurationError) as error:
            load_configuration(path)
        assert said in str(error.value)


def test_of_several_files_the_one_that_decided_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("first.yaml").write_text("vae:\n  epochs: 5\n  epoch: 3\nclusters:\n  k: none\n")
    Path("second.yaml").write_text("\nclusters: {k: nil}\n")
    values = {"vae": {"epochs": 5, "epoch": 3}, "clusters": {"k": "nil"}, "latent": {"draws": 0}}
    files = [tmp_path / "first.yaml", tmp_path / "second.yaml"]
    places = places_in_files(files, values)
    assert places["vae", "epoch"] == "first.yaml, line 3: "
    assert places["clusters", "k"] == "second.yaml, line 2: "
    with pytest.raises(ConfigurationError) as error:
        make_plan(values, files)
    lines = str(error.value).splitlines()
    assert "  first.yaml, line 3: vae.epoch: expected no such key, got 3; did you mean 'epochs'?" in lines
    assert "  second.yaml, line 2: clusters.k: expected 'auto', got 'nil'" in lines
    # It was said on the command line, and stands in no file.
    assert "  latent.draws: expected greater than or equal to 1, got 0" in lines


def test_a_value_of_the_command_line_is_not_looked_for_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("clusters: {k: 3, on: draws}\n")
    places = places_in_files([path], {"clusters": {"k": 0, "on": "draws"}})
    assert ("clusters", "k") not in places
    assert places["clusters", "on"] == f"{path}, line 1: "
