"""What an intruder tries who has the page and the folder ``release`` of a run, and knows how the gate works.

Each attack recovers hidden numbers from the tables of the stages, which shows that it works, and none from what is
released.
"""

from __future__ import annotations

import base64
import json
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retina_vae.artefacts import AS_IT_IS, NEVER, artefacts_of
from retina_vae.config_files import load_configuration
from retina_vae.release.rules import RULES
from retina_vae.report import RunTables, StudyPages, draw_figures, render_report
from retina_vae.studies import STUDIES, find_study
from retina_vae.studies.macular.schema import MACULAR
from tests.release.attacked import FLOOR, MODEL, SIZES, VOTES, Attacked, make_attacked
from tests.release.attacker import possible

_HIDDEN_COUNTS = {
    "size": ["clusters/table1.csv", "clusters/stability.csv", "clusters/doubt.csv", "clusters/tree.csv"],
    "patients": ["clusters/counts.csv", "clusters/rules.csv", "clusters/tree.csv", "groups.csv", "doubt_bands.csv"],
    "doubtful": ["clusters/doubt.csv"],
    "missing": ["cohort/summary.csv", "columns.csv"],
    "observed": ["columns.csv", "clusters/profiles.csv"],
    "smallest": ["clusters/criteria.csv"],
    "below": ["cohort/outliers.csv"],
    "above": ["cohort/outliers.csv"],
}


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Attacked:
    return make_attacked(tmp_path_factory.mktemp("attacked") / "small")


@pytest.fixture(scope="module")
def page(attacked: Attacked) -> str:
    tables = RunTables.load(attacked.folder)
    pages = find_study("macular").pages
    study = StudyPages() if pages is None else pages(attacked.folder, tables.configuration)
    return render_report(tables, draw_figures(tables), study)


def sizes_from_votes(mean: float) -> set[int]:
    """Sizes of a cluster below the floor whose mean of votes can be this number of six decimals."""
    return {n for n in range(1, FLOOR) if abs(round(mean * n * VOTES) - mean * n * VOTES) <= 6e-7 * n * VOTES}


def union_from_similarity(similarity: float) -> int:
    """The number of patients in either of two clusters, or a divisor of it."""
    return Fraction(similarity).limit_denominator(200).denominator


def test_small_clusters_are_hidden_and_no_released_count_is_small(attacked: Attacked) -> None:
    assert {6, 7, 8} <= set(attacked.hidden)
    assert len(attacked.hidden) < len(SIZES) - 3
    for column, names in _HIDDEN_COUNTS.items():
        for name in names:
            assert not attacked.released(name)[column].between(1, FLOOR - 1).any(), (name, column)


def test_sizes_do_not_follow_from_means_of_votes(attacked: Attacked) -> None:
    full = attacked.full("clusters/doubt.csv").set_index("cluster")[["mean_probability", "neighbour_probability"]]
    shown = attacked.released("clusters/doubt.csv").set_index("cluster")
    small = [number for number, size in enumerate(SIZES, start=1) if size < FLOOR]
    # Multiples of a size fit as well.
    found = [min(set.intersection(*map(sizes_from_votes, full.loc[number]))) for number in small]
    assert found == [SIZES[number - 1] for number in small]
    assert shown.loc[attacked.hidden].isna().all(axis=None)
    assert shown["mean_probability"].dropna().map(lambda mean: mean == round(mean, 2)).all()


def test_sizes_do_not_follow_from_similarities_or_resamples(attacked: Attacked) -> None:
    for name, columns in (
        ("stability", ["jaccard_mean", "jaccard_min"]),
        ("variant_matches", ["jaccard"]),
        ("bootstrap", ["jaccard_mean", "resamples"]),
        ("retrained", ["jaccard_mean", "resamples"]),
    ):
        full, shown = (read(f"clusters/{name}.csv").set_index("cluster") for read in (attacked.full, attacked.released))
        assert full[columns].notna().all(axis=None)
        for number, similarity in full[columns[0]].items():
            either = [(attacked.consensus == other) | (attacked.clusters == number) for other in set(attacked.clusters)]
            assert any(own.sum() % union_from_similarity(similarity) == 0 for own in either)
        assert shown.loc[attacked.hidden, columns].isna().all(axis=None)
        known = shown[columns[0]].dropna()
        assert (known == known.round(2)).all()


def test_a_cluster_of_one_patient_has_no_centre_anywhere(attacked: Attacked, page: str) -> None:
    """The centre of the last cluster is its only patient's code."""
    text = (attacked.folder / "assign" / "explorer.json").read_text()
    centre = base64.b64encode(attacked.centers[-1].tobytes()).decode()[8:24]
    assert centre in text
    assert json.loads((attacked.folder / "release" / "assign" / "explorer.json").read_text()) is None
    assert '<script type="application/json" id="explorer-data">null</script>' in page
    assert centre not in page
    assert "too small to be shown, and the centre of a small cluster can be decoded into a patient" in page
    assert 'id="explorer-live"' not in page


def test_claims_do_not_count_few_patients(attacked: Attacked, page: str) -> None:
    claims = attacked.released("audit/claims.csv").set_index("claim")
    assert claims.loc[3, ["measured", "miss", "paper_miss", "paper_measured"]].tolist() == ["n/s"] * 4
    assert claims.loc[3, ["held", "tested", "value"]].isna().all()
    assert claims.loc[1, ["held", "tested", "value"]].tolist() == [0, 4, 3]
    assert claims["verdict"].tolist() == ["does not hold"] * 2
    assert "minority of polyps 3" in attacked.full("audit/claims.csv")["measured"].iloc[1]
    assert page.count("minority of polyps 3") == 1
    matches = attacked.released("audit/matches.csv").set_index("row")
    assert matches["cluster"].isna().tolist() == [row in attacked.hidden for row in matches.index]
    assert matches["jaccard"].isna().equals(matches["cluster"].isna())
    assert set(matches["jaccard"].dropna()) == {0.33}
    assert attacked.released("audit/agreement.csv")["ari_paper"].tolist() == [0.12]
    assert attacked.released("audit/selection.csv")["ari_of_chosen"].tolist() == [0.12]


def cells_from(check: pd.DataFrame, patients: int) -> dict[tuple[str, str, str, str], float]:
    """Two-way cells that the correlations of categories give with their shares."""
    told = {(row.column, row.statistic): row.cohort for row in check.itertuples()}
    cells = {}
    for name, statistic in told:
        if not statistic.startswith("correlation ") or ", " not in statistic:
            continue
        columns, categories = name.split(":"), statistic.removeprefix("correlation ").split(", ")
        shares = [told[column, f"share {said}"] for column, said in zip(columns, categories, strict=True)]
        spread = np.prod([np.sqrt(share * (1 - share)) for share in shares])
        cells[(*columns, *categories)] = patients * (told[name, statistic] * spread + shares[0] * shares[1])
    return cells


def test_two_way_cells_do_not_follow_from_correlations(attacked: Attacked) -> None:
    name, total = f"latent/{MODEL}/generated_check.csv", len(attacked.patients)
    full, shown = cells_from(attacked.full(name), total), cells_from(attacked.released(name), total)
    for (first, second, a, b), found in full.items():
        true = ((attacked.patients[first] == a) & (attacked.patients[second] == b)).sum()
        assert np.isnan(found) or found == pytest.approx(true, abs=1e-6)
    small = {key for key, found in full.items() if 0.5 < found < FLOOR - 0.5}
    assert len(small) > 5
    assert all(np.isnan(shown[key]) for key in small)
    assert sum(not np.isnan(found) for found in shown.values()) > 3
    left = attacked.released(name)
    gone = left["cohort"].isna()
    assert left.loc[gone, ["standard_error", "z"]].isna().all(axis=None)


def test_hidden_two_way_cells_do_not_follow_from_those_beside_them(attacked: Attacked) -> None:
    """Margins that are shown and cells that correlations give leave every small cell of race and sex open."""
    shown = cells_from(attacked.released(f"latent/{MODEL}/generated_check.csv"), len(attacked.patients))
    table = pd.crosstab(attacked.patients["race"], attacked.patients["sex"]).reindex(columns=["female", "male"])
    rows = [name for name in MACULAR["race"].categories if name in table.index]
    values = table.loc[rows].to_numpy()
    margin = attacked.released(f"latent/{MODEL}/generated_check.csv").set_index(["column", "statistic"])["cohort"]
    known = np.array([not np.isnan(margin["race", f"share {name}"]) for name in rows])
    told = np.array([not np.isnan(shown["race", "sex", name, "female"]) for name in rows])
    hidden = np.stack([~told, ~(told & known)], axis=1)
    sums = np.vstack([np.kron(np.eye(len(rows)), np.ones(2))[known], np.kron(np.ones(len(rows)), np.eye(2))])
    for place, (low, high) in possible(values.ravel(), hidden.ravel(), sums, 1).items():
        assert low < high or values.ravel()[place] >= FLOOR


def test_counts_of_clusters_do_not_follow_from_linked_tables(attacked: Attacked) -> None:
    """Clusters by category, and diseases by category: both have the categories of all patients in common."""
    counts = attacked.released("clusters/counts.csv")
    summary = attacked.released("cohort/summary.csv").set_index(["group", "column", "statistic"])["observed"]
    sizes = attacked.released("clusters/table1.csv")["size"].to_numpy()
    for name in ("race", "polyps", "drusen", "srh", "sex"):
        categories = list(MACULAR[name].categories)
        own = counts[counts["column"] == name].pivot(index="cluster", columns="category", values="patients")
        values = attacked.patients[name].astype(str)
        true, by = (
            pd.crosstab(rows, values).reindex(columns=categories, fill_value=0)
            for rows in (attacked.clusters, attacked.patients["disease"].astype(str))
        )
        shares = np.array([[summary[group, name, f"share {said}"] for said in categories] for group in by.index])
        cells = np.concatenate([true.to_numpy().ravel(), by.to_numpy().ravel()])
        hidden = np.concatenate([own[categories].isna().to_numpy().ravel(), np.isnan(shares).ravel()])
        found = possible(cells, hidden, _linked_sums(~np.isnan(sizes), len(by), len(categories)))
        small = [place for place in found if 0 < cells[place] < FLOOR]
        assert small
        for place in small:
            low, high = found[place]
            assert low < high, (name, place, cells[place])


def _linked_sums(shown: np.ndarray, groups: int, categories: int) -> np.ndarray:
    """The sums that are known of clusters by category and of groups by category: some sizes, and equal totals."""
    clusters, ones, each = len(shown), np.ones(categories), np.eye(categories)
    first, second = np.kron(np.eye(clusters), ones)[shown], np.kron(np.eye(groups), ones)
    left, right = clusters * categories, groups * categories
    return np.vstack(
        [
            np.hstack([first, np.zeros((len(first), right))]),
            np.hstack([np.zeros((groups, left)), second]),
            np.hstack([np.kron(np.ones(clusters), each), -np.kron(np.ones(groups), each)]),
            np.hstack([np.ones((1, left)), np.zeros((1, right))]),
        ]
    )


def test_bands_and_doubtful_patients_do_not_give_each_other_away(attacked: Attacked) -> None:
    bands, account = (
        attacked.released("doubt_bands.csv"),
        json.loads((attacked.folder / "release/account.json").read_text()),
    )
    probability = pd.read_parquet(attacked.folder / "clusters/probabilities.parquet")["probability"]
    edges = [0, 0.5, 0.8, 0.9, 1, 2]
    true = np.histogram(probability, edges)[0][::-1]
    hidden = bands["patients"].isna().to_numpy()
    sums = [np.ones(5)] + ([np.array([0, 0, 0, 1, 1.0])] if account["doubtful"] is not None else [])
    for place, (low, high) in possible(true, hidden, np.vstack(sums)).items():
        assert low < high or true[place] >= FLOOR or true[place] == 0


def test_nobody_is_named_and_no_row_is_a_patients(attacked: Attacked, page: str) -> None:
    released = [path for path in (attacked.folder / "release").rglob("*") if path.is_file()]
    assert len(released) > 40
    for path in released:
        assert b"P0001" not in path.read_bytes(), path
        if path.suffix == ".parquet" and path.name not in ("points.parquet", "point_values.parquet"):
            assert len(pd.read_parquet(path)) != len(attacked.patients), path
    assert "P0001" not in re.sub(r"base64[^\"]+", "", page)
    points = pd.read_parquet(attacked.folder / "release/pictures/points.parquet")
    codes = pd.read_parquet(attacked.folder / "latent/d3/codes.parquet")
    own = codes[[f"draw_1_{place}" for place in (1, 2, 3)]].to_numpy()
    gaps = np.linalg.norm(points[["z_1", "z_2", "z_3"]].to_numpy()[:, None] - own[None], axis=2)
    assert gaps.min() > 1e-9
    assert not set(points["cluster"]) & set(attacked.hidden)


def test_the_page_shows_no_number_of_a_hidden_cluster(attacked: Attacked, page: str) -> None:
    for number in attacked.hidden:
        card = re.search(rf'id="cluster-{number}-title".*?</article>', page, flags=re.DOTALL)
        words = re.sub(r"<[^>]+>|\s+", " ", re.sub(r"<img.*?>", "", card.group(0) if card else ""))
        assert "n/s patients" in words
        told = set(re.findall(r"\d[\d.,]*", words)) - {str(number)}
        assert told <= {"0", "0.00", "2", "3", "1"}, (number, told)
    labels = " ".join(re.findall(r'aria-label="([^"]*)"', page))
    assert not re.search(r"\((?:[1-9]|10)\)", labels)


def test_pictures_of_columns_draw_no_share_of_few(attacked: Attacked) -> None:
    bars = pd.read_parquet(attacked.folder / "release/pictures/bars.parquet")
    sizes = attacked.patients["disease"].value_counts()
    shown = bars[bars["share"].notna()]
    counts = shown["share"] * shown["group"].map(sizes).astype(float)
    assert not counts.round(6).between(0.5, FLOOR - 0.5).any()
    assert not (shown["group"].map(sizes).astype(float) - counts).round(6).between(0.5, FLOOR - 0.5).any()
    assert bars["hidden"].any()


def test_a_report_of_snakemake_packs_released_files_and_the_page_alone() -> None:
    rules = Path(__file__).parents[2] / "workflow" / "rules"
    text = (rules / "common.smk").read_text()
    shown = re.findall(r'^    "([^"]+\.(?:csv|html|png|txt|md))": \(', text, flags=re.MULTILINE)
    assert len(shown) > 15
    assert all(name.startswith(("release/", "report/")) for name in shown)
    others = [path.name for path in rules.glob("*.smk") if path.name != "common.smk" and "report(" in path.read_text()]
    assert others == []


def test_every_artefact_says_how_it_is_released_and_what_says_nothing_is_not(attacked: Attacked) -> None:
    settings = load_configuration(attacked.folder / "config.yaml")
    declared = artefacts_of(settings)
    studies = {name for study in STUDIES for name in find_study(study).releases()}
    assert {own.release for own in declared} <= {NEVER, AS_IT_IS, *RULES, *studies}
    of_patients = [own for own in declared if own.row.split(",")[-1].strip().endswith("patient")]
    assert len(of_patients) > 6
    assert all(own.release == NEVER or own.path.startswith("release/pictures/") for own in of_patients)
    found = {
        path.relative_to(attacked.folder).as_posix()
        for path in (attacked.folder / "release").rglob("*")
        if path.is_file()
    }
    assert found == {own.path for own in declared if own.step == "release" and own.when(settings)}
    assert not found & {f"release/{own.path}" for own in declared if own.release == NEVER}


def test_what_is_released_as_it_is_counts_no_patients() -> None:
    """But for how many were looked at or measured, which is all of them, or those who were simulated."""
    settings = load_configuration(Path(__file__).parents[2] / "config" / "published.yaml")
    for own in artefacts_of(settings):
        if own.release == AS_IT_IS and own.step not in ("release", "report", "manifest"):
            counts = {column.split(":")[0] for column in own.columns} & {"size", "observed", "missing", "n", "doubtful"}
            assert not counts or own.path == "audit/rules.csv", own.path
