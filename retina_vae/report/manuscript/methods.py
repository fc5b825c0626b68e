"""A paragraph on the methods, ready to paste: what this run did, with its numbers and what it rests on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from retina_vae.clusters.description.columns import in_sentence
from retina_vae.report.answer import HEADLINES, found_number, reached_answer
from retina_vae.report.manuscript.citations import Work, number_citations, works_used
from retina_vae.report.manuscript.modelling import model_sentences
from retina_vae.report.manuscript.software import software_versions
from retina_vae.report.study import StudyPages
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import amount, clusters_in_words, percent
from retina_vae.resamples import NOISE_SHARE
from retina_vae.words import enumerated, noun_after

__all__ = ["Methods", "methods_markdown", "methods_of"]

_MOST_NAMED = 8
_RESAMPLES = {
    "bootstrap": ("bootstrap resample", "bootstrap resamples"),
    "subset": ("random half of the patients", "random halves of the patients"),
    "noise": ("copy of the cohort", "copies of the cohort"),
}
_CRITERIA = {
    "silhouette": "silhouette [@rousseeuw1987]",
    "calinski_harabasz": "the Caliński-Harabasz index [@calinski1974]",
    "gap": "the gap statistic [@tibshirani2001]",
    "prediction_strength": "prediction strength [@tibshirani2005]",
}


@dataclass(frozen=True)
class Methods:
    """Paragraphs with numbered citations, and the works that they cite."""

    paragraphs: list[str]
    works: list[Work]


def methods_of(tables: RunTables, pages: StudyPages | None = None) -> Methods:
    """What the run did, in five paragraphs; the sentences and works of its study stand behind those on the patients."""
    study = pages or StudyPages()
    paragraphs = [
        [*_patients(tables), *study.methods],
        model_sentences(tables),
        _clusters(tables),
        [*_stability(tables), *_tests(tables)],
        [_disclosure(tables), _software()],
    ]
    texts = [" ".join(sentences) for sentences in paragraphs if sentences]
    return Methods(number_citations(texts), works_used(texts, study.citation))


def methods_markdown(methods: Methods) -> str:
    """The same as a Markdown file."""
    works = [f"{work.number}. {work.text}" for work in methods.works]
    return "\n\n".join(["# Methods", *methods.paragraphs, "## References", "\n".join(works)]) + "\n"


def _patients(tables: RunTables) -> list[str]:
    inputs, account = tables.schema.inputs, tables.account
    kinds = Counter(column.kind.replace("_", "-") for column in inputs)
    shown = enumerated([f"{count} {kind}" for kind, count in kinds.items()])
    named = f": {enumerated([in_sentence(column) for column in inputs])}" if len(inputs) <= _MOST_NAMED else ""
    columns = "column" if len(inputs) == 1 else "columns"
    sentences = [
        f"We clustered {account.patients:,} patients {tables.origin.words}.",
        f"The model read {len(inputs)} {columns} ({shown}){named}.",
        _gaps(tables),
        _unread(tables),
    ]
    if account.refused != 0:
        sentences.insert(1, f"Rows that did not fit the schema were left out ({amount(account.refused)}).")
    return [sentence for sentence in sentences if sentence]


def _unread(tables: RunTables) -> str:
    """The columns that the model did not read, by what they are for."""
    roles = {"outcome": "outcome", "held_out": "held out", "site": "site"}
    unread = tables.schema.tested
    if not unread:
        return ""
    said = [f"{in_sentence(column)} ({roles[column.role]})" for column in unread[:_MOST_NAMED]]
    rest = len(unread) - len(said)
    said += [f"{rest} more"] if rest else []
    learned = tables.configuration.vae.objective == "supervised" and tables.schema.outcome is not None
    but = ", but the training learned to predict the outcome" if learned else ""
    return f"It did not read {enumerated(said)}{but}."


def _gaps(tables: RunTables) -> str:
    inputs = [column.name for column in tables.schema.inputs]
    gaps = int((tables.cohort.columns["missing"].reindex(inputs) != 0).sum())
    if not gaps:
        return "None of their values was missing."
    return (
        f"Values were missing in {gaps} of these columns; nothing was imputed: a patient's likelihood is that of the "
        "observed values, and the encoder is told which are missing."
    )


def _clusters(tables: RunTables) -> list[str]:
    own, k = tables.configuration.clusters, tables.configuration.clusters.number
    points = f"{tables.configuration.latent.draws} draws per patient from the posterior"
    points = f"Its {points}" if own.on == "draws" else "Its posterior means"
    methods = {
        "kmeans": "k-means [@lloyd1982; @arthur2007]",
        "gaussian_mixture": "a mixture of Gaussians with full covariances, fitted by expectation maximisation "
        "[@dempster1977]",
    }
    drawn = ""
    if own.patients < tables.account.patients:
        drawn = f"; it was fitted to {own.patients:,} patients drawn at random, and the others were assigned"
    return [
        f"{points}{_corrected(tables)} were divided into {clusters_in_words(k)} by {methods[own.method]} "
        f"({own.n_init} starts{drawn}).",
        _number(tables),
        _question(tables),
        _criteria(tables),
    ]


def _corrected(tables: RunTables) -> str:
    latent = tables.configuration.latent
    if latent.correction == "none":
        return ""
    return f", corrected by importance weights on {latent.proposals} proposals per patient [@burda2016],"


def _number(tables: RunTables) -> str:
    """Where the number of clusters comes from, as far as the tables say."""
    k, found, answer = tables.configuration.clusters.number, found_number(tables), reached_answer(tables)
    supported = 1 if answer == "nothing" else found
    if answer == "continuum":
        source = "is the one beyond which more latent classes add hardly anything" if k == found else "was given"
        return f"The number {k} {source}; a continuum has no number that is right."
    if answer == "groups of parts" and k != found:
        return f"The number {k} was given."
    if k != supported:
        return f"The number {k} was given; the comparison that is described next supports {supported}."
    return f"The number {k} follows from the comparison that is described next."


def _question(tables: RunTables) -> str:
    found = tables.number.structure.iloc[0]
    largest = int(tables.number.candidates["groups"].max())
    return (
        "Whether there are groups was asked of the input columns: one bell with their margins and correlations, smooth "
        f"continua and up to {largest} latent classes [@dempster1977] were compared by the log-density of held-out "
        f"patients ({int(found['folds'])} folds [@smyth2000], {int(found['patients']):,} patients); the answer was: "
        f"{_lower(HEADLINES[reached_answer(tables)])}."
    )


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _criteria(tables: RunTables) -> str:
    choices = tables.number.choices
    chosen = [
        f"{_CRITERIA.get(str(row['criterion']), str(row['label']))}{'' if place else ' chose'} {int(row['k'])}"
        for place, row in enumerate(choices.to_dict("records"))
    ]
    return f"Of 1 to {int(choices['tried'].max())} clusters of the codes, {enumerated(chosen)}." if chosen else ""


def _stability(tables: RunTables) -> list[str]:
    if tables.undivided:
        return []
    settings, trained = tables.configuration.stability, tables.stability.trained_on
    kinds = [f"with the model trained again on {_resampled(settings.scheme, trained)}"] if trained else []
    kinds += ["in the other replicas"] if len(tables.replicas) > 1 else []
    kinds.append(f"in {settings.bootstraps} bootstrap resamples with the trained model held fixed")
    sentences = [
        f"A cluster's stability is its mean Jaccard similarity with its best match [@hennig2007], {enumerated(kinds)}."
    ]
    if len(tables.replicas) > 1:
        sentences.append("Partitions were compared by the adjusted Rand index [@hubert1985].")
    return sentences


def _resampled(scheme: str, count: int) -> str:
    """How many resamples of which kind."""
    what = f"{count} {_RESAMPLES[scheme][count != 1]}"
    return f"{what} with {percent(NOISE_SHARE)} of the values replaced" if scheme == "noise" else what


def _tests(tables: RunTables) -> list[str]:
    made = tables.meaning.differences
    made = made[made["p_value"].notna()]
    if tables.undivided or made.empty:
        return []
    tests = [str(name) for name in made["test"].unique()]
    tests[-1] = f"{tests[-1]} {noun_after(len(tests), 'test')}"
    sentence = (
        f"Each cluster was compared with all other patients by {enumerated(tests)}, with q-values after Benjamini and "
        "Hochberg [@benjamini1995]"
    )
    if made["descriptive"].astype(bool).any():
        sentence += "; on columns that the model read, tests are descriptive only [@gao2022]"
    return [f"{sentence}."]


def _disclosure(tables: RunTables) -> str:
    if not tables.gate.hides:
        return "No counts were left out because they are small."
    return f"Counts of fewer than {tables.gate.fewest} patients are not shown, nor others from which they would follow."


def _software() -> str:
    versions = software_versions()
    cited = {"torch": "PyTorch {} [@paszke2019]", "scikit-learn": "scikit-learn {} [@pedregosa2011]"}
    said = [cited.get(name, f"{name} {{}}").format(version) for name, version in versions.items()]
    return (
        f"Software: {enumerated(said)}. Every setting and seed stands in config.yaml, hashes of all files in "
        "manifest.json."
    )
