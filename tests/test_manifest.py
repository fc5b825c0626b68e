import json
from pathlib import Path

from retina_vae.config_files import parse_configuration
from retina_vae.files import sha256, write_text
from retina_vae.manifest import describe_run
from retina_vae.run import Run


def test_a_manifest_says_what_the_run_was_made_from(tmp_path: Path) -> None:
    values = {
        "study": "macular",
        "run": "r",
        "results": str(tmp_path),
        "vae": {"latent_dims": [2, 3], "replicas": 3, "seed": 5},
    }
    settings = parse_configuration(values, "test")
    write_text("x: 1\n", tmp_path / "input.yaml")
    write_text(json.dumps({"device": "cpu"}), tmp_path / "r/vae/d3/model.json")
    write_text(json.dumps({"device": "cuda"}), tmp_path / "r/vae/d2/model.json")
    write_text("s\th:m:s\n12.5\t0:00:12\n", tmp_path / "r/benchmarks/vae-d3.tsv")
    manifest = describe_run(Run(settings, settings.folder), [tmp_path / "input.yaml"])
    assert parse_configuration(manifest["configuration"], "manifest") == settings
    assert manifest["seeds"]["vae"] == {"d2": [5, 6, 7, 8], "d3": [5, 6, 7]}
    assert manifest["inputs"] == {str(tmp_path / "input.yaml"): sha256(tmp_path / "input.yaml")}
    assert manifest["devices"] == {"d2": "cuda", "d3": "cpu"}
    assert manifest["seconds"] == {"vae-d3": 12.5}
    assert manifest["versions"]["torch"].startswith("2.")
    json.dumps(manifest)
