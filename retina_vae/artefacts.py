"""Every file of a run, once: where it lies, what a row of it stands for, its columns, and the step that makes it.

The workflow's rules, the commands, the release of small cells, ``docs/architecture.md`` and the tests read this list.
A study adds its own (:attr:`retina_vae.studies.study.Study.artefacts`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from retina_vae.pictures import decoded_models, dense_models, has_picture

if TYPE_CHECKING:
    from retina_vae.config import Configuration

__all__ = [
    "ARTEFACTS",
    "AS_IT_IS",
    "NEVER",
    "RELEASED",
    "Artefact",
    "artefacts_of",
    "describe_artefacts",
    "released_path",
]

NEVER = "never"
"""Not released: it holds a row per patient, or what a patient can be made from."""

AS_IT_IS = "as it is"
"""Released unchanged: it counts no patients."""

RELEASED = "release"
"""The step that releases what others may read, and its folder: an artefact lies there under its own path."""

_AFTER_RELEASE = (RELEASED, "report", "manifest")


def _always(configuration: Configuration) -> bool:
    return True


def _every_model(configuration: Configuration) -> list[str]:
    return configuration.models


def _plain_models(configuration: Configuration) -> list[str]:
    return [f"d{dim}" for dim in configuration.vae.latent_dims]


def _has_density(configuration: Configuration) -> bool:
    return bool(dense_models(configuration))


def _is_retrained(configuration: Configuration) -> bool:
    return configuration.stability.retrained > 0


def _from_table(configuration: Configuration) -> bool:
    return configuration.source.has_table_schema


@dataclass(frozen=True)
class Artefact:
    """A file of a run.

    Attributes:
        path: Below ``results/<run>/``, and its name everywhere; ``{model}`` stands for a model.
        step: The step that makes it.
        row: What a row stands for; empty where there are no rows.
        columns: Each as ``name`` or ``name: meaning, unit``; ``<j>`` in a name stands for a number or a name. Of a file
            without rows one sentence that says what it is.
        release: :data:`NEVER`, :data:`AS_IT_IS`, or the rule of the gate that takes small cells out of it.
        models: The models that it is made of, where its path names one.
        when: Whether a run of this configuration has it.
        optional: Whether its step may find that there is nothing to write; no rule waits for it.
    """

    path: str
    step: str
    row: str
    columns: tuple[str, ...]
    release: str
    models: Callable[[Configuration], list[str]] = _every_model
    when: Callable[[Configuration], bool] = _always
    optional: bool = False

    @property
    def of_model(self) -> bool:
        """Whether there is one for each of its models."""
        return "{model}" in self.path

    def paths(self, configuration: Configuration) -> list[str]:
        """Where a run has it, below its folder; nothing where the run has none."""
        if not self.when(configuration):
            return []
        return [self.path.format(model=name) for name in self.models(configuration)] if self.of_model else [self.path]


_CODES = (
    "mean_<j>: posterior mean of dimension j",
    "scale_<j>: posterior standard deviation",
    "draw_<s>_<j>: dimension j of draw s",
)
_STABILITY = (
    "cluster",
    "resamples: in which patients of the cluster were drawn",
    "jaccard_mean",
    "jaccard_low: 5th percentile",
    "recovered: share of the resamples with 0.75 or more",
    "dissolved: share with 0.5 or less",
    "verdict: Hennig's, on the mean",
)

_COHORT = (
    Artefact(
        "cohort/patients.parquet",
        "cohort",
        "patient",
        ("<identifier>", "<column>: of the schema in its order; categories as text, empty where not observed"),
        NEVER,
    ),
    Artefact("cohort/schema.yaml", "cohort", "", ("Kinds, categories (position = code), labels and units.",), AS_IT_IS),
    Artefact(
        "cohort/table_schema.yaml",
        "cohort",
        "",
        ("The Table Schema by which the cells of an analyst's table were read; new patients are read by it.",),
        NEVER,
        when=_from_table,
    ),
    Artefact(
        "cohort/summary.csv",
        "cohort",
        "group, column, statistic",
        (
            "group: category of the outcome, `all` without one, empty where it is missing",
            "column",
            "statistic: by the column's kind",
            "n: observed",
            "missing",
            "observed: value of the statistic",
            "standard_error",
            "target: what it should be; this and the next three of simulated cohorts and those compared with one",
            "target_standard_error",
            "z",
            "source",
        ),
        "summary",
    ),
    Artefact(
        "cohort/refused.csv",
        "cohort",
        "fault",
        ("row: from 1, without the header", "column: empty where the whole row is meant", "expected", "found"),
        NEVER,
        optional=True,
    ),
)

_VAE = (
    Artefact("vae/{model}/weights.safetensors", "vae", "", ("Every replica's weights, stacked.",), NEVER),
    Artefact("vae/{model}/model.json", "vae", "", ("What is needed to rebuild the model.",), NEVER),
    Artefact(
        "vae/{model}/history.parquet",
        "vae",
        "replica, epoch",
        (
            "replica: 1..R",
            "epoch: 1..E",
            "loss: mean per patient over the epoch, as the next three",
            "reconstruction",
            "kl: 0 where the objective has no such term",
            "cross_entropy: 0 where the objective has no such term",
            "validation_loss: of the patients kept out, if any",
        ),
        AS_IT_IS,
    ),
)

_EVALUATION = (
    Artefact(
        "evaluation/evaluation.csv",
        "evaluate",
        "model, replica",
        (
            "model",
            "likelihood",
            "posterior",
            "objective",
            "beta",
            "latent_dim",
            "replica",
            "measured_on: fresh or training patients",
            "patients",
            "elbo: nats per patient, as the next six; empty where a number has no meaning",
            "log_evidence",
            "log_evidence_error",
            "log_evidence_bias",
            "exact_log_density",
            "distance",
            "distance_error",
            "outcome_accuracy",
            "outcome_limit",
            "outcome_ari: among at most evaluation.coded_patients patients, as the next",
            "ari_limit",
            "active_units",
            "aggregate_kl: nats",
            "aggregate_kl_error: nats",
        ),
        "evaluation",
    ),
    Artefact(
        "evaluation/posterior.csv",
        "evaluate",
        "model, replica, latent dimension",
        (
            *("model", "replica", "dimension", "kl: nats", "mean_variance", "active"),
            *("mean_scale", "aggregate_mean", "aggregate_scale"),
        ),
        AS_IT_IS,
    ),
    Artefact(
        "evaluation/calibration.csv",
        "evaluate",
        "model, kind of draws, replica, latent dimension",
        (
            "model",
            "draws_from: `encoded` (q(z given x)) or `corrected`",
            "replica",
            "dimension",
            "patients: simulated",
            "draws",
            "p_value: chi-squared test that ranks are uniform",
            "dispersion: above 1 where draws are too narrow",
            "shift: mean rank as a share, minus 1/2",
        ),
        AS_IT_IS,
        when=_has_density,
    ),
    Artefact(
        "evaluation/coverage.csv",
        "evaluate",
        "model, kind of draws, replica, credibility",
        (
            *("model", "draws_from", "replica", "patients", "credibility: share of the draws in a ball"),
            "coverage: how often the ball holds the true code",
        ),
        AS_IT_IS,
        when=_has_density,
    ),
    Artefact(
        "evaluation/proposals.csv",
        "evaluate",
        "model, replica",
        (
            *("model", "replica", "patients", "proposals"),
            "tail_shape_median: k-hat",
            "tail_shape_q99",
            "unreliable: share of the training patients above 0.7",
            "effective_median: effective draws",
            "effective_q01",
            "alert: unreliable above 1 %",
        ),
        "proposals",
        when=_has_density,
    ),
)

_LATENT = (
    Artefact(
        "latent/{model}/codes.parquet",
        "latent",
        "replica, patient",
        ("replica", "<identifier>", *_CODES),
        NEVER,
        models=_plain_models,
    ),
    Artefact(
        "latent/resamples.parquet",
        "resamples",
        "resample, patient",
        (
            "resample: 1..B",
            "<identifier>",
            *_CODES,
            "times: that the resample drew the patient",
        ),
        NEVER,
        when=_is_retrained,
    ),
    Artefact(
        "latent/{model}/posterior.parquet",
        "decode",
        "patient",
        ("<identifier>", "mean_<j>: of q(z given x), replica 1", "covariance_<i>_<j>: lower triangle"),
        NEVER,
        models=decoded_models,
    ),
    Artefact(
        "latent/{model}/traversals.csv",
        "decode",
        "dimension, step, category",
        (
            "dimension",
            "deviation: -3 to 3 standard deviations from the mean code",
            "value: the coordinate",
            "column",
            "category",
            "mean: a number in its unit, or the probability of the category",
        ),
        AS_IT_IS,
        models=decoded_models,
    ),
    Artefact(
        "latent/{model}/interpolation.csv",
        "decode",
        "step, category",
        (
            "step: 0 to 1, from the typical patient of the outcome's first category to that of the last; without an "
            "outcome between typical patients of both ends of the first principal axis",
            "z_<j>",
            "column",
            "category",
            "mean: a number in its unit, or the probability of the category",
        ),
        "interpolation",
        models=decoded_models,
    ),
    Artefact(
        "latent/{model}/generated.parquet",
        "decode",
        "new patient",
        ("<identifier>: G0001 on", "<column>: the outcome (of supervised models alone) and the inputs, without gaps"),
        NEVER,
        models=decoded_models,
    ),
    Artefact(
        "latent/{model}/generated_check.csv",
        "decode",
        "statistic of a column or a pair",
        (
            *("column", "statistic", "generated", "cohort"),
            "standard_error: of the difference, if both came from one population; empty where too few would decide",
            "z",
        ),
        "generated_check",
        models=decoded_models,
    ),
)

_STRUCTURE = (
    Artefact(
        "clusters/latent_structure.csv",
        "latent_structure",
        "the one answer",
        (
            "answer: nothing, continuum, groups or undecided",
            "k: groups found, 1 of nothing",
            "patients: looked at",
            "folds",
            "seed",
        ),
        AS_IT_IS,
    ),
    Artefact(
        "clusters/latent_structure_candidates.csv",
        "latent_structure",
        "candidate",
        (
            "family: bell, continuum, closed curve, classes or `classes, own scales`",
            "candidate: its name, the key",
            "groups: 1 without classes",
            "factors: latent dimensions; 0 of the bell with all correlations",
            "log_density: mean per held-out patient, nats, of scores per standard deviation",
            "difference: to the best bell, nats",
            "standard_error",
        ),
        AS_IT_IS,
    ),
    Artefact(
        "clusters/latent_structure_comparisons.csv",
        "latent_structure",
        "comparison",
        (
            "comparison: continuum_bell, groups_bell, groups_smooth or groups_curves",
            "first: in words",
            "second: in words",
            "difference: nats per patient, above 0 where the first is better",
            "standard_error",
            "low: of 95 %",
            "high",
            "z",
        ),
        AS_IT_IS,
    ),
)

_CLUSTERS = (
    *(
        Artefact(
            f"clusters/assignments.{suffix}",
            "clusters",
            "patient",
            (
                "<identifier>",
                "cluster: 1..k",
                "draw_share: of the run's draws that fall into it",
                "consensus_cluster: what the replicas have in common",
                "replica_<r>: the cluster in each replica, numbered like the reported one",
            ),
            NEVER,
        )
        for suffix in ("parquet", "csv")
    ),
    Artefact(
        "clusters/centers.csv",
        "clusters",
        "replica, cluster",
        (
            *("replica", "cluster", "z_<j>: the centre"),
            "weight: this and the next of a Gaussian mixture alone",
            "covariance_<i>_<j>: lower triangle",
        ),
        NEVER,
    ),
    Artefact(
        "clusters/replicas.csv",
        "clusters",
        "replica",
        ("replica", "loss: last epoch", "within_ss", "mean_ari: with the other replicas", "reported"),
        "agreement",
    ),
    Artefact("clusters/agreement.csv", "clusters", "pair of replicas", ("replica_a", "replica_b", "ari"), "agreement"),
    Artefact(
        "clusters/stability.csv",
        "clusters",
        "cluster",
        ("cluster", "size: patients", "jaccard_mean: best match in the other replicas", "jaccard_min"),
        "stability",
    ),
)

_CHOICE = (
    Artefact(
        "clusters/criteria.csv",
        "choose",
        "replica, number of clusters",
        (
            *("replica", "k", "within_ss", "silhouette", "calinski_harabasz", "gap", "gap_error"),
            "prediction_strength",
            "smallest: patients of the smallest cluster",
        ),
        "criteria",
    ),
    Artefact(
        "clusters/choices.csv",
        "choose",
        "criterion",
        ("criterion", "k: lower median over the replicas", "lowest", "highest", "tried", "label", "rule"),
        AS_IT_IS,
    ),
    Artefact("clusters/choice.txt", "choose", "", ("What the criteria agree on, in a sentence.",), AS_IT_IS),
    Artefact(
        "clusters/tree.csv",
        "choose",
        "replica, number of clusters, pair of clusters that share patients",
        (
            *("replica", "k", "cluster", "size: in the partition into k"),
            "parent: in that into k - 1; none for k = 1",
            "patients: of both",
            "share: of the cluster's",
        ),
        "tree",
    ),
)

_HOLDING = (
    Artefact("clusters/bootstrap.csv", "stability", "cluster", _STABILITY, "resampled"),
    Artefact(
        "clusters/retrained.csv",
        "stability",
        "cluster",
        (*_STABILITY[:1], "resamples: 0, and the verdict `not measured`, where none was trained on", *_STABILITY[2:]),
        "resampled",
    ),
    Artefact(
        "clusters/variants.csv",
        "stability",
        "other clustering of the same patients",
        ("variant", "kind: replica, latent_dimension, points or consensus", "ari: with the reported one"),
        "agreement",
    ),
    Artefact(
        "clusters/variant_matches.csv",
        "stability",
        "variant, cluster",
        ("variant", "kind", "cluster", "jaccard: best match of the reported cluster"),
        "variant_matches",
    ),
)

_MEANING = (
    Artefact(
        "clusters/profiles.csv",
        "describe",
        "cluster, column, category, statistic",
        (
            "cluster",
            "column",
            "category: none of a number; `above 0` of one that is often 0",
            "statistic: share; mean, sd, q05, q25, median, q75, q95",
            "observed: patients of whom the column is observed",
            "observed_outside",
            "inside",
            "outside",
            "standardized_difference",
            "medoid: the typical patient",
            "decoded: at the centre",
        ),
        "profiles",
    ),
    Artefact(
        "clusters/differences.csv",
        "describe",
        "cluster, column",
        (
            "cluster",
            "column",
            "role: input, outcome, held_out or site",
            "observed",
            "observed_outside",
            "test",
            "statistic",
            "p_value",
            "q_value",
            "effect",
            "effect_size",
            "descriptive: the clusters were found on this column, so it is no evidence",
        ),
        "differences",
    ),
    Artefact(
        "clusters/rules.csv",
        "describe",
        "cluster",
        ("cluster", "rule", "conditions", "patients: that it holds for", "precision", "recall"),
        "rules",
    ),
    Artefact(
        "clusters/structure.csv",
        "describe",
        "measure, outcome",
        (
            "measure: what a shallow tree and the best cross-table of the inputs give back; each outcome within "
            "clusters (within_auc), by one regression of all on the same patients (within_auc_one_model), and the "
            "difference (within_auc_gain, paired interval)",
            *("outcome: empty where it is about none", "value", "low", "high", "detail"),
        ),
        "structure",
    ),
    Artefact(
        "clusters/separation.csv",
        "describe",
        "outcome with categories, cluster, 0 for all",
        (
            *("outcome", "cluster", "patients", "classes"),
            "auc: of the outcome from the inputs, cross-validated",
            *("auc_low", "auc_high", "note"),
        ),
        "separation",
    ),
    Artefact(
        "clusters/counts.csv",
        "describe",
        "cluster, column, category",
        (
            "cluster",
            "column: inputs, and columns that the model does not see",
            "category: empty for patients of whom the column is not observed; `above 0` of a number that is often 0",
            "patients",
        ),
        "counts",
    ),
    Artefact(
        "clusters/table1.csv",
        "describe",
        "cluster",
        (
            "cluster",
            "size",
            "<count>: `<column>_with` and `_without` of a finding; the category where it is a word of one column alone "
            "and stands in no order; else `<column>_<category>`; `<column>_not_observed`; minimum, median and maximum "
            "of the observed numbers",
        ),
        "table1",
    ),
    Artefact("clusters/table1.md", "describe", "", ("Table 1 as a reader sees it, in Markdown.",), "table1_md"),
    Artefact("clusters/table1.html", "describe", "", ("Table 1 as a reader sees it, in HTML.",), "table1_html"),
    Artefact(
        "clusters/descriptions.csv", "describe", "cluster", ("cluster", "description: in plain words"), "descriptions"
    ),
)

_DOUBT = (
    Artefact(
        "clusters/doubt.csv",
        "doubt",
        "cluster",
        (
            *("cluster", "size", "mean_probability", "mean_entropy: nats", "doubtful: patients"),
            "neighbour: the cluster that the rest of the probability goes to most; empty where one holds all",
            "neighbour_probability",
        ),
        "doubt",
    ),
    Artefact(
        "clusters/doubtful.csv",
        "doubt",
        "doubtful patient",
        (
            *("<identifier>: the most doubtful first", "cluster", "probability", "second_cluster"),
            *("second_probability", "entropy: nats"),
        ),
        NEVER,
    ),
    Artefact(
        "clusters/probabilities.parquet",
        "doubt",
        "patient",
        ("<identifier>", "cluster", "probability", "entropy: nats", "probability_<c>: integrated over the code"),
        NEVER,
    ),
    Artefact(
        "assign/explorer.json",
        "explorer",
        "",
        ("The reported replica and its clusters, for the explorer of the report.",),
        "explorer",
    ),
)

_PICTURES = {
    "columns": "every column, by the outcome where there is one",
    "training": "the losses",
    "space": "the latent space, all clusters",
    "outcome": "the latent space by the first outcome that has categories, where there is one",
    "panels": "every cluster on its own",
    "latent_structure": "groups or a continuum, and how many groups",
    "choice": "the criteria on the codes",
    "tree": "which clusters split into which",
    "coverage": "expected coverage of the codes",
    "posteriors": "posteriors with and without the KL divergence",
    "traversals": "what each latent dimension does",
    "supervised": "the latent space that knows the outcome",
}


def _pictures() -> Iterator[Artefact]:
    for name, subject in _PICTURES.items():
        for suffix in ("svg", "png"):
            yield Artefact(
                f"report/figures/{name}.{suffix}",
                "report",
                "",
                (f"{subject[0].upper()}{subject[1:]}.",),
                AS_IT_IS,
                when=partial(has_picture, name=name),
                # Whether there is an outcome only the cohort's schema says, which a run writes itself.
                optional=name == "outcome",
            )


_RELEASE = (
    Artefact(
        "release/gate.json",
        RELEASED,
        "",
        ("What a reader must know of the gate: the fewest patients that anything tells of, and the words for it.",),
        AS_IT_IS,
    ),
    Artefact(
        "release/account.json",
        RELEASED,
        "",
        ("Numbers of all patients: in the cohort, refused, doubtful, with the consensus; null where not shown.",),
        AS_IT_IS,
    ),
    Artefact(
        "release/columns.csv",
        RELEASED,
        "column",
        (
            *("column", "observed: patients, empty where not shown", "missing", "decimals: worth a reader's time"),
            *("whole: whether all numbers are", "spread: standard deviation"),
        ),
        AS_IT_IS,
    ),
    Artefact(
        "release/groups.csv",
        RELEASED,
        "category of the outcome",
        (
            "category: empty for patients whose outcome is missing; all patients without an outcome",
            *("group: that pictures distinguish", "place: of the group among the others"),
            *("patients: of the group, empty where not shown", "occurs: whether a patient has the category"),
        ),
        AS_IT_IS,
    ),
    Artefact(
        "release/outcomes.csv",
        RELEASED,
        "outcome with categories",
        ("outcome", "categories: that occur", "ari: of the clusters with them"),
        AS_IT_IS,
    ),
    Artefact(
        "release/doubt_bands.csv",
        RELEASED,
        "band of assignment probability",
        ("low", "high: empty of the highest", "patients: empty where not shown"),
        AS_IT_IS,
    ),
    Artefact(
        "release/pictures/bars.parquet",
        RELEASED,
        "column, group, bar",
        (
            *("column", "group", "place: from 0", "bar: its name", "share: empty where not shown or nothing is known"),
            *("error: standard error", "hidden"),
        ),
        AS_IT_IS,
    ),
    Artefact(
        "release/pictures/curves.parquet",
        RELEASED,
        "column, group, place",
        ("column", "group", "place: a value, or its decimal logarithm", "height: density"),
        AS_IT_IS,
    ),
    Artefact(
        "release/pictures/points.parquet",
        RELEASED,
        "point of the maps",
        ("cluster", "outcome: empty where missing", "z_<j>: of a patient, or where cells are hidden of nobody"),
        AS_IT_IS,
    ),
    Artefact(
        "release/pictures/point_values.parquet",
        RELEASED,
        "the same point",
        ("<column>: what the patient has; without columns where cells are hidden",),
        AS_IT_IS,
    ),
    Artefact(
        "release/pictures/centers.parquet",
        RELEASED,
        "cluster that has points",
        ("cluster", "z_<j>: mean"),
        AS_IT_IS,
    ),
    Artefact(
        "release/pictures/{model}/posterior.parquet",
        RELEASED,
        "patient who is drawn",
        ("outcome", "mean_<j>", "covariance_<i>_<j>: lower triangle; no rows where cells are hidden"),
        AS_IT_IS,
        models=decoded_models,
    ),
)

_REPORT = (
    *_pictures(),
    Artefact("report/report.html", "report", "", ("The cluster report, one file.",), AS_IT_IS),
    Artefact(
        "manifest.json",
        "manifest",
        "",
        (
            "Configuration, seeds, versions, commit, machine, device of each model, hashes of what was read and of "
            "every artefact, seconds per step.",
        ),
        NEVER,
    ),
)

ARTEFACTS: tuple[Artefact, ...] = (
    *(*_COHORT, *_VAE, *_EVALUATION, *_LATENT, *_STRUCTURE),
    *(*_CLUSTERS, *_CHOICE, *_HOLDING, *_MEANING, *_DOUBT, *_RELEASE, *_REPORT),
)
"""What a run of the engine is made of, in the order of the chain."""


def artefacts_of(configuration: Configuration) -> tuple[Artefact, ...]:
    """What a run is made of, with what its study adds, and with what of both the gate releases."""
    study = configuration.own_study
    declared = ARTEFACTS if study is None else (*ARTEFACTS, *study.artefacts)
    # One step releases what is there of every model.
    made = [own for artefact in declared for own in _of_one_step(artefact, configuration)]
    return (*made, *(own for artefact in made for own in _released(artefact, configuration)))


def released_path(path: str) -> str:
    """Where the released form of an artefact lies, below the run's folder."""
    return f"{RELEASED}/{path}"


def _of_one_step(artefact: Artefact, configuration: Configuration) -> Iterator[Artefact]:
    """The artefact; of the release, one for each of its models."""
    if artefact.step != RELEASED:
        yield artefact
        return
    for path in artefact.paths(configuration):
        yield replace(artefact, path=path, models=_every_model)


def _released(artefact: Artefact, configuration: Configuration) -> Iterator[Artefact]:
    """The released forms of an artefact, one for each of its models."""
    if artefact.release == NEVER or artefact.step in _AFTER_RELEASE:
        return
    for path in artefact.paths(configuration):
        yield replace(artefact, path=released_path(path), step=RELEASED, release=AS_IT_IS, models=_every_model)


def describe_artefacts(artefacts: Sequence[Artefact]) -> str:
    """A table in Markdown with a row per artefact: path, step, what a row stands for, columns, release."""
    head = "| file | step | one row per | columns | released |\n|---|---|---|---|---|\n"
    return head + "".join(_described(own) for own in artefacts)


def _described(own: Artefact) -> str:
    columns = ", ".join(_column(text) for text in own.columns) if own.row else own.columns[0]
    maybe = " (where there are some)" if own.optional else ""
    path = own.path.replace("{model}", "<model>")
    return f"| `{path}`{maybe} | `{own.step}` | {own.row} | {columns} | {own.release} |\n"


def _column(text: str) -> str:
    name, _, meaning = text.partition(": ")
    return f"`{name}` ({meaning})" if meaning else f"`{name}`"
