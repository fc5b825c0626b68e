from dataclasses import replace

from retina_vae.report import RunTables
from retina_vae.report.interactive import explorer_payload


def test_the_model_comes_with_the_clusters_in_words(tables: RunTables):
    payload = explorer_payload(replace(tables, explorer={"format": 1}))
    assert payload["model"] == {"format": 1}
    expected = tables.descriptions.astype({"cluster": str}).set_index("cluster")["description"].to_dict()
    assert payload["descriptions"] == expected


def test_there_is_none_where_it_is_not_released(tables: RunTables):
    assert explorer_payload(replace(tables, explorer=None)) is None
