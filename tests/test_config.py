import re
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from retina_vae.config import Configuration
from retina_vae.config_files import check_sources, load_configuration, parse_configuration
from retina_vae.config_schema import export_schema
from retina_vae.errors import ConfigurationError
from retina_vae.settings import VaeSettings
from retina_vae.studies import STUDIES, find_study

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda path: path.name)
def test_every_shipped_configuration_is_valid(path: Path) -> None:
    assert load_configuration(path).folder.parts[0] == "results"


def test_the_shipped_default_is_that_of_its_study() -> None:
    assert load_configuration(ROOT / "config/config.yaml") == parse_configuration({"study": "macular"}, "here")


def test_the_exported_schema_is_up_to_date() -> None:
    assert (ROOT / "workflow/schemas/config.schema.yaml").read_text() == export_schema()


def test_every_property_of_the_schema_has_a_description_and_a_default() -> None:
    def check(schema: dict, path: str) -> int:
        count = 0
        for name, value in schema["properties"].items():
            assert value.get("description"), f"{path}{name} has no description"
            assert "default" in value, f"{path}{name} has no default"
            count += 1 + (check(value, f"{path}{name}.") if "properties" in value else 0)
        return count

    assert check(yaml.safe_load(export_schema()), "") > 25


def test_every_key_is_explained_in_the_readme_with_its_default() -> None:
    text = (ROOT / "config/README.md").read_text()

    def check(model: BaseModel, path: str) -> None:
        for attribute, field in type(model).model_fields.items():
            value, name = getattr(model, attribute), field.alias or attribute
            if isinstance(value, BaseModel):
                check(value, f"{path}{name}.")
            else:
                line = next((line for line in text.splitlines() if line.startswith(f"| `{path}{name}` |")), None)
                assert line, f"config/README.md does not explain {path}{name}"
                default = yaml.safe_load(line.split("|")[2].strip().strip("`"))
                assert default == value, f"config/README.md gives {path}{name} another default"

    check(Configuration(), "")


@pytest.mark.parametrize("name", STUDIES)
def test_the_readme_gives_the_defaults_of_every_study(name: str) -> None:
    section = (ROOT / "config/README.md").read_text().split(f"## The defaults of the study `{name}`")[1]
    section = section.split("\n## ")[0]
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| `")]
    shown = {key.strip(" `"): yaml.safe_load(value.strip(" `")) for key, value in rows}

    def flat(values: Mapping, path: str = "") -> dict:
        parts = [flat(v, f"{path}{k}.") if isinstance(v, Mapping) else {f"{path}{k}": v} for k, v in values.items()]
        return {key: value for part in parts for key, value in part.items()}

    assert shown == flat(find_study(name).defaults)


def test_a_study_sets_defaults_and_a_configuration_goes_before_them() -> None:
    engine, study = parse_configuration({}, "x"), parse_configuration({"study": "macular", "vae": {"epochs": 3}}, "x")
    assert (engine.vae.likelihood, engine.vae.input_scaling) == ("typed", "by_kind")
    assert (study.vae.likelihood, study.vae.input_scaling, study.vae.epochs) == ("squared_error", "raw", 3)
    assert study.clusters.k == 14
    assert (engine.small_cell_floor, study.small_cell_floor) == (11, 0)


def test_an_unknown_study_or_source_is_named() -> None:
    studies = re.escape(str(list(STUDIES)))
    with pytest.raises(ConfigurationError, match=rf"study: expected one of {studies}, .* got 'retina'"):
        parse_configuration({"study": "retina"}, "x")
    with pytest.raises(ConfigurationError, match=r"cohort.source: expected one of \['table', 'simulated'\], got 'pub"):
        parse_configuration({"cohort": {"source": "published"}}, "x")


@pytest.mark.parametrize(
    ("cohort", "message"),
    [
        ({}, "cohort.table: expected the file of a table of patients because cohort.source is 'table', got nothing"),
        ({"table": "here.csv"}, "cohort.table: expected a table of patients, but there is no file here.csv"),
        ({"source": "simulated"}, "cohort.schema: expected the file of the simulated columns, got nothing"),
    ],
)
def test_files_of_the_cohort_are_asked_for_before_anything_is_computed(cohort: dict, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        check_sources(parse_configuration({"cohort": cohort}, "x"))


def test_a_configuration_comes_back_from_its_yaml() -> None:
    changed = parse_configuration({"study": "macular", "vae": {"probability_floor": 1e-9, "latent_dims": [3]}}, "here")
    assert parse_configuration(yaml.safe_load(changed.to_yaml()), "there") == changed


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"vae": {"epoch": 3}}, "vae.epoch: expected no such key, got 3; did you mean 'epochs'?"),
        ({"vae": {"zzz": 3}}, "vae.zzz: expected no such key, got 3; remove it or fix its spelling"),
        ({"vea": {}}, "vea: expected no such key"),
        ({"vae": {"epochs": "many"}}, "vae.epochs: expected a valid integer, got 'many'"),
        ({"vae": {"epochs": 2.5}}, "vae.epochs: expected a valid integer, got 2.5"),
        ({"vae": {"epochs": True}}, "vae.epochs: expected a valid integer, got True"),
        ({"vae": {"latent_dims": [0, 3]}}, "vae.latent_dims.0: expected greater than or equal to 1, got 0"),
        ({"vae": {"latent_dims": [3, 33]}}, "vae.latent_dims.1: expected less than or equal to 32, got 33"),
        ({"vae": {"latent_dims": [3, 3]}}, "vae.latent_dims: expected each dimension once"),
        ({"vae": {"latent_dims": [2, 4]}}, "clusters.latent_dim: expected one of vae.latent_dims [2, 4], got 3"),
        ({"vae": {"kl_weight": -1}}, "vae.kl_weight: expected greater than or equal to 0, got -1"),
        ({"vae": {"kl_weight": float("nan")}}, "vae.kl_weight"),
        ({"vae": {"learning_rate": float("inf")}}, "vae.learning_rate"),
        ({"clusters": {"k": 0}}, "clusters.k: expected greater than or equal to 1, got 0"),
        ({"clusters": {"k": 101}}, "clusters.k: expected less than or equal to 100, got 101"),
        (
            {"vae": {"hidden_units": 10**12}},
            "vae.hidden_units: expected less than or equal to 10000, got 1000000000000",
        ),
        ({"vae": {"hidden_units": 0}}, "vae.hidden_units: expected greater than or equal to 1, got 0"),
        ({"vae": {"hidden_units": []}}, "vae.hidden_units: expected at least 1 item, got []"),
        ({"vae": {"hidden_units": [128, 0]}}, "vae.hidden_units.1: expected greater than or equal to 1, got 0"),
        ({"vae": {"hidden_units": [8] * 9}}, "vae.hidden_units: expected at most 8 items, got [8, "),
        ({"vae": {"hidden_units": "a"}}, "vae.hidden_units: expected a valid integer, got 'a'"),
        ({"vae": {"hidden_units": None}}, "vae.hidden_units: expected a valid integer, got None"),
        ({"vae": {"decoder_units": [10**12]}}, "vae.decoder_units.0: expected less than or equal to 10000, got 10"),
        ({"vae": {"decoder_units": {}}}, "vae.decoder_units: expected a valid integer, got {}"),
        ({"vae": {"channels": 16}}, "vae.channels: expected a valid list, got 16"),
        ({"vae": {"channels": [16, 0]}}, "vae.channels.1: expected greater than or equal to 1, got 0"),
        (
            {"vae": {"network": "convolution"}},
            "vae.network: expected 'perceptron', 'convolutional' or 'recurrent', got",
        ),
        ({"vae": {"latent_dims": []}}, "vae.latent_dims: expected at least 1 item, got []"),
        (
            {"family": {"x": {"latent_dim": 2, "changes": {"hidden_units": [0]}}}},
            "family.x.changes: hidden_units.0: expected greater than or equal to 1, got 0",
        ),
        ({"vae": {"epochs": 10**9}}, "vae.epochs: expected less than or equal to 100000, got 1000000000"),
        ({"vae": {"batch_size": 2**70}}, "vae.batch_size: expected less than or equal to 10000000, got "),
        ({"latent": {"proposals": 10**9}}, "latent.proposals: expected less than or equal to 100000, got "),
        ({"cohort": {"patients_per_group": 10**12}}, "cohort.patients_per_group: expected less than or equal to "),
        ({"stability": {"bootstraps": 10**9}}, "stability.bootstraps: expected less than or equal to 100000, got "),
        ({"run": "x" * 101}, "run: String should have at most 100 characters"),
        ({"results": "a\0b"}, "results: String should match pattern"),
        ({"device": "tpu"}, "device: expected 'auto', 'cpu' or 'cuda', got 'tpu'"),
        ({"run": "../elsewhere"}, "run: "),
        ({"cohort": None}, "cohort: "),
        ({"vae": {"sigma": 0.0}}, "vae.sigma: expected greater than 0, got 0.0"),
        ({"vae": {"sigma": -1.0}}, "vae.sigma: expected greater than 0, got -1.0"),
        ({"vae": {"class_weight": 0.0}}, "vae.class_weight: expected greater than 0"),
        ({"vae": {"validation_fraction": 1.0}}, "vae.validation_fraction: expected less than 1"),
        ({"vae": {"likelihood": "poisson"}}, "vae.likelihood: expected 'squared_error', 'binary_cross_entropy' or"),
        (
            {"vae": {"likelihood": "typed"}},
            "vae.input_scaling: expected 'by_kind' because vae.likelihood is 'typed', got 'raw'",
        ),
        ({"vae": {"posterior": "point"}}, "vae.posterior: expected 'point' together with vae.objective 'autoencoder'"),
        ({"vae": {"objective": "autoencoder"}}, "got 'diagonal' with 'autoencoder'"),
        (
            {"vae": {"objective": "autoencoder", "posterior": "point"}},
            "vae.kl_weight: expected 0 because an autoencoder has no KL divergence, got 0.05",
        ),
        (
            {"vae": {"refit_epochs": 5}},
            "vae.refit_epochs: expected 0 because only the importance-weighted objective leaves the encoder behind",
        ),
        (
            {"vae": {"objective": "beta_tc", "posterior": "full"}},
            "vae.posterior: expected 'diagonal' because vae.objective is 'beta_tc', which wants independent "
            "coordinates, got 'full'",
        ),
        ({"vae": {"objective": "beta_tc", "posterior": "point"}}, "got 'point' with 'beta_tc'"),
        ({"vae": {"objective": "beta_tc", "batch_size": 1}}, "vae.batch_size: expected 2 at least because vae.obj"),
        (
            {"vae": {"objective": "beta_tc", "validation_fraction": 0.1}},
            "vae.validation_fraction: expected 0 because vae.objective is 'beta_tc'",
        ),
        (
            {"latent": {"correction": "importance"}},
            "latent.correction: expected 'none' unless vae.likelihood is 'typed' and vae.posterior is a Gaussian",
        ),
        ({"family": {"d3": {"latent_dim": 2}}}, "family.d3: expected a name of letters"),
        ({"family": {"a b": {"latent_dim": 2}}}, "family.a b: expected a name of letters"),
        ({"family": {"x": {}}}, "family.x.latent_dim: "),
        (
            {"family": {"x": {"latent_dim": 2, "changes": {"epoch": 3}}}},
            "family.x.changes: epoch: expected no such key",
        ),
        ({"family": {"x": {"latent_dim": 2, "changes": {"kl_weight": -1.0}}}}, "family.x.changes: kl_weight: expected"),
        (
            {"family": {"x": {"latent_dim": 2, "changes": {"posterior": "point"}}}},
            "family.x.changes: vae.posterior: expected 'point' together",
        ),
        (
            {"family": {"x": {"latent_dim": 2, "changes": {"replicas": 3}}}},
            "family.x.changes: expected keys of one model",
        ),
    ],
)
def test_a_bad_value_is_named_with_what_was_expected(values: dict, message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        parse_configuration({"study": "macular"} | values, "config.yaml")
    assert str(error.value).startswith("config.yaml: ")
    assert message in str(error.value)
    assert "config/README.md" in str(error.value)


@pytest.mark.parametrize("key", ["hidden_units", "decoder_units"])
@pytest.mark.parametrize("value", [0, [], [128, 0], "a", {}, 2.5, True, 10**12, [2.5], [8] * 9])
def test_what_may_be_a_number_or_a_list_is_said_in_one_line(key: str, value: object) -> None:
    with pytest.raises(ConfigurationError) as error:
        parse_configuration({"study": "macular", "vae": {key: value}}, "c")
    (line,) = [line for line in str(error.value).splitlines() if line.startswith("  vae.")]
    assert line.startswith(f"  vae.{key}")
    assert line.count(": expected ") == 1


@pytest.mark.parametrize("value", [8, [8], [200, 100, 50]])
def test_hidden_units_are_those_of_one_layer_or_of_each(value: int | list[int]) -> None:
    found = parse_configuration({"study": "macular", "vae": {"hidden_units": value, "decoder_units": value}}, "c").vae
    assert (found.hidden_units, found.decoder_units) == (value, value)


def test_a_bare_on_is_a_key_and_not_true(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("clusters:\n  on: means\n")
    assert load_configuration(path).clusters.on == "means"


def test_every_number_of_a_size_has_an_upper_bound() -> None:
    def unbounded(schema: dict, path: str) -> list[str]:
        here = [path] if schema.get("type") == "integer" and not {"maximum", "exclusiveMaximum"} & set(schema) else []
        parts = schema.get("properties", {}).items()
        here += [found for name, part in parts for found in unbounded(part, f"{path}.{name}")]
        others = [*schema.get("anyOf", []), schema.get("items", {}), schema.get("additionalProperties", {})]
        return here + [found for part in others if isinstance(part, dict) and part for found in unbounded(part, path)]

    assert unbounded(yaml.safe_load(export_schema()), "") == []


def test_a_message_stays_short_whatever_a_file_holds() -> None:
    values = {"x" * 10**6: ["y" * 10**6], **{f"key{i}": i for i in range(1000)}}
    with pytest.raises(ConfigurationError, match="and 981 more") as error:
        parse_configuration(values, "x")
    assert len(str(error.value)) < 5000


def test_all_faults_are_listed_at_once() -> None:
    with pytest.raises(ConfigurationError) as error:
        parse_configuration({"vae": {"epochs": 0, "batch_size": 0}, "speed": 1}, "x")
    assert all(key in str(error.value) for key in ("vae.epochs", "vae.batch_size", "speed"))


@pytest.mark.parametrize(
    ("text", "message"),
    [("a: [", "expected a configuration file in YAML"), ("- 1", "expected keys and values, got list")],
)
def test_a_file_that_is_no_configuration_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        load_configuration(path)
    with pytest.raises(ConfigurationError, match="expected a configuration file"):
        load_configuration(tmp_path / "nowhere.yaml")


def test_the_clustered_dimension_has_the_most_replicas() -> None:
    settings = parse_configuration({"study": "macular", "vae": {"replicas": 5, "comparison_replicas": 2}}, "x")
    assert [settings.model(name).replicas for name in settings.models] == [2, 5, 2]


def test_a_member_of_the_family_has_the_runs_settings_but_for_its_changes() -> None:
    member = {"latent_dim": 2, "replicas": 3, "changes": {"epochs": 7}}
    settings = parse_configuration({"study": "macular", "vae": {"batch_size": 50}, "family": {"short": member}}, "x")
    vae, latent_dim, replicas = settings.model("short")
    assert (vae.epochs, vae.batch_size, latent_dim, replicas) == (7, 50, 2, 3)
    assert settings.models == ["d2", "d3", "d4", "short"]
    assert settings.model("d3").vae.epochs == 1000
    with pytest.raises(ConfigurationError, match=r"expected one of the models \['d2', 'd3', 'd4', 'short'\], got 'd9'"):
        settings.model("d9")


@pytest.mark.parametrize(
    ("patients", "epochs", "refit", "warmup"), [(500, 400, 80, 40), (3000, 400, 80, 40), (30_000, 42, 8, 4)]
)
def test_a_large_cohort_is_trained_for_as_many_steps_and_not_epochs(
    patients: int, epochs: int, refit: int, warmup: int
) -> None:
    asked = VaeSettings(kl_warmup_epochs=40)
    own = asked.of_cohort(patients)
    assert (own.epochs, own.refit_epochs, own.kl_warmup_epochs) == (epochs, refit, warmup)
    assert own.model_copy(update=asked.model_dump(include={"epochs", "refit_epochs", "kl_warmup_epochs"})) == asked


def test_every_epoch_is_made_where_steps_are_not_counted() -> None:
    assert VaeSettings(max_steps=None).of_cohort(1_000_000).epochs == 400
