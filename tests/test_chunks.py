import pytest

from retina_vae.chunks import Chunk, chunk_parts, model_chunks, resample_chunks
from retina_vae.config_files import parse_configuration
from retina_vae.errors import ConfigurationError


@pytest.mark.parametrize("replicas", [1, 2, 5, 8, 13])
@pytest.mark.parametrize("per_pass", [1, 3, 8])
@pytest.mark.parametrize("chunks", [1, 2, 3, 7])
def test_every_replica_is_in_one_chunk_and_every_pass_is_whole(replicas: int, per_pass: int, chunks: int) -> None:
    parts = chunk_parts(replicas, per_pass, chunks)
    assert [replica for part in parts for replica in range(replicas)[part]] == list(range(replicas))
    assert len(parts) == chunks
    assert all(part.start % per_pass == 0 for part in parts if part.start < replicas)
    passes = [-(-(part.stop - part.start) // per_pass) for part in parts]
    assert max(passes) - min(passes) <= 1
    assert passes == sorted(passes, reverse=True)


@pytest.mark.parametrize("text", ["0/3", "4/3", "2", "2/", "-1/3", "1/3/5", "a/b", "", "1/0", "1/99999"])
def test_what_names_no_chunk_is_an_error(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"--chunk: expected a chunk and how many there are, such as 2/3"):
        Chunk.parse(text)


def test_no_job_is_planned_that_cannot_have_a_replica() -> None:
    vae = {"latent_dims": [2, 3], "replicas": 8, "comparison_replicas": 2, "chunks": 4}
    values = {"study": "macular", "vae": vae, "family": {"one": {"latent_dim": 2}}, "clusters": {"k": 3}}
    settings = parse_configuration(values, "test")
    assert [model_chunks(settings, name) for name in settings.models] == [2, 4, 1]
    assert resample_chunks(settings) == 1
    values |= {"vae": vae | {"replicas_per_pass": 4}, "stability": {"retrained": 12, "chunks": 5}}
    settings = parse_configuration(values, "test")
    assert [model_chunks(settings, name) for name in settings.models] == [1, 2, 1]
    assert resample_chunks(settings) == 3
