"""Pictures of another set: which score finds MNIST under a model of Fashion-MNIST, and the other way round.

    python benchmarks/unlike_images.py develop FASHION-FOLDER -o results/unlike-images-development.csv
    python benchmarks/unlike_images.py test FASHION-FOLDER MNIST-FOLDER -o results/unlike-images.csv

Each folder holds the four IDX files, gzipped, or ``train.npz`` and ``test.npz`` with ``images`` and ``labels``;
Fashion-MNIST is in Debian's package dataset-fashion-mnist, in /usr/share/datasets/fashion-mnist.

Weights and score are chosen before the other set is looked at: those with the largest mean area under the ROC curve
on pictures made from held-out training pictures (``changed_images.invented``). ``develop`` shows the same for several
models, of which ``test`` takes one. What stands in a table already is not measured again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import pandas as pd
import torch
import typer
from changed_images import brightness_and_contrast, invented, matched, pairs_alike
from images import Bytes, FloatArray, Pictures, features_of, pixel_encoding, read_pictures

from retina_vae.config import VaeSettings
from retina_vae.evaluation.detection import resampled_detection
from retina_vae.evaluation.unlike import Measuring, evidence_matrix, unlikeness_table
from retina_vae.files import write_table
from retina_vae.sampling import chain_table
from retina_vae.sghmc_settings import SghmcSettings
from retina_vae.vae import ModelDescription, fit_replicas
from retina_vae.vae.memory import keep_freed_memory
from retina_vae.vae.weight_samples import describe_samples, sample_chains
from retina_vae.weights import Weights

SEED, DRAWS, RESAMPLES = 1, 16, 200
HELD_OUT, COHORT, LIKE, INVENTED, TEST = 5000, 500, 1000, 500, 2000
CELL = 0.02

app = typer.Typer(add_completion=False)
Output = Annotated[Path, typer.Option("-o", "--output")]


class Model(NamedTuple):
    """A model and how it is trained; ``levels`` is the largest number of a pixel, ``pictures`` are trained on."""

    levels: int
    latent_dim: int
    replicas: int
    epochs: int
    pictures: int


DEVELOPED = tuple(Model(levels, latent_dim, 3, 8, 10_000) for levels in (1, 15, 255) for latent_dim in (8, 32))
CHOSEN = Model(255, 32, 3, 10, 55_000)
CHAIN = SghmcSettings(steps=1500, burn_in=500, thinning=250, step_size=0.001)


def settings_of(model: Model) -> VaeSettings:
    """One hidden layer of 256 units on each side, the ELBO, and a chain from each replica."""
    return VaeSettings(
        replicas=model.replicas,
        hidden_units=[256],
        decoder_units=None,
        epochs=model.epochs,
        max_steps=None,
        draws_per_patient=1,
        posterior="diagonal",
        objective="elbo",
        kl_weight=1.0,
        batch_size=250 if model.pictures > 20_000 else 100,
        learning_rate=0.003,
        adam_beta2=0.999,
        max_gradient_norm=None,
        weight_prior=0.5,
        refit_epochs=0,
        weights="sghmc",
        sghmc=CHAIN,
        seed=SEED,
    )


class Measured(NamedTuple):
    """What a model says of pictures; ``levels`` as of :class:`Model`, ``cohort`` are log-evidences of trained ones."""

    weights: Weights
    levels: int
    cohort: FloatArray

    def evidence(self, pictures: Bytes) -> FloatArray:
        """log p(x | theta), shape (weights, pictures)."""
        return evidence_of(self.weights, pictures, self.levels)


def evidence_of(weights: Weights, pictures: Bytes, levels: int) -> FloatArray:
    return evidence_matrix(weights, features_of(pictures, levels), DRAWS, SEED)


def trained(model: Model, pictures: Bytes, chains: bool) -> Iterator[tuple[Measured, dict[str, float | str]]]:
    """An ensemble, and samples from chains where these are wanted, each with what is to be said of it."""
    settings, cpu = settings_of(model), torch.device("cpu")
    seeds = range(SEED, SEED + model.replicas)
    described = ModelDescription.from_settings(settings, model.latent_dim, seeds, pixel_encoding(model.levels), "cpu")
    patients = Pictures.of(features_of(pictures, model.levels))
    seen, started, wall = pictures[:COHORT], time.process_time(), time.perf_counter()
    fitted, history = fit_replicas(patients, described, settings, cpu, per_pass=1)
    ensemble = Weights(fitted, described, "ensemble", "")
    said: dict[str, float | str] = {**model._asdict(), "weights": "ensemble", "loss": history.loss[-1].mean().item()}
    yield Measured(ensemble, model.levels, evidence_of(ensemble, seen, model.levels)), said | _spent(started, wall)
    if not chains:
        return
    started, wall = time.process_time(), time.perf_counter()
    samples = sample_chains(fitted, described, patients, settings, cpu, 1)
    drawn = Weights(samples.model, describe_samples(described, settings.sghmc.kept), "sghmc", "")
    chains_said = chain_table(samples)
    agreed = chains_said[chains_said["quantity"] == "bound"].iloc[0]
    said |= {"weights": "sghmc", "loss": -float(agreed["mean"]), "r_hat": float(agreed["r_hat"])}
    said |= {"effective_samples": float(agreed["effective_samples"])} | _spent(started, wall)
    yield Measured(drawn, model.levels, evidence_of(drawn, seen, model.levels)), said


def _spent(cpu: float, wall: float) -> dict[str, float | str]:
    return {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}


def table_of(measured: Measured, like: FloatArray, unlike: FloatArray) -> pd.DataFrame:
    """Every score, without its words."""
    found = unlikeness_table(measured.cohort, like, unlike, Measuring(RESAMPLES, SEED), measured.weights.source)
    return found.drop(columns=["words", "source", "unlike"])


def development(measured: Measured, held_out: Bytes) -> pd.DataFrame:
    """Every score against every kind of invented pictures."""
    like = measured.evidence(held_out[:LIKE])
    parts = []
    for name, pictures in invented(held_out[LIKE : LIKE + INVENTED], SEED):
        parts.append(table_of(measured, like, measured.evidence(pictures)).assign(against=name, stage="development"))
    return pd.concat(parts, ignore_index=True)


def best(table: pd.DataFrame) -> tuple[str, str]:
    """Weights and score with the largest mean area over the kinds of invented pictures."""
    developed = table[table["stage"] == "development"]
    means = developed.groupby(["weights", "score"], sort=False, as_index=False)["auroc"].mean()
    first = means.iloc[int(means["auroc"].argmax())]
    return str(first["weights"]), str(first["score"])


class Comparison(NamedTuple):
    """Test pictures of the set that was trained on, others, and what they are."""

    name: str
    like: Bytes
    unlike: Bytes


def comparisons(like: Bytes, unlike: Bytes, train: Bytes, other: str) -> Iterator[Comparison]:
    """The other set as it is, at the brightness and contrast of the training pictures, and pictures that are alike."""
    yield Comparison(other, like[:TEST], unlike[:TEST])
    changed = matched(unlike[:TEST], train, SEED)
    difference = np.abs(np.sort(brightness_and_contrast(changed), 0) - np.sort(brightness_and_contrast(like[:TEST]), 0))
    print(f"brightness and contrast matched: sorted values differ by {difference.mean(axis=0).round(4)}", flush=True)
    yield Comparison(f"{other}, brightness and contrast matched", like[:TEST], changed)
    pairs = pairs_alike(like, unlike, CELL, SEED)
    yield Comparison(f"{other}, pictures alike in both", *(_some(own, TEST) for own in pairs))


def _some(pictures: Bytes, count: int) -> Bytes:
    return pictures[np.random.default_rng(SEED).permutation(len(pictures))[:count]]


def plain_scores(comparison: Comparison) -> pd.DataFrame:
    """What brightness and contrast themselves tell, the larger the more unlike."""
    rows = []
    near, far = (brightness_and_contrast(own) for own in (comparison.like, comparison.unlike))
    for place, name in enumerate(("brightness", "contrast")):
        found = resampled_detection(near[:, place], far[:, place], RESAMPLES, SEED)["auroc"]
        rows.append({"score": name, "weights": "none", "auroc": found.value, "auroc_low": found.low})
        rows[-1] |= {"auroc_high": found.high, "patients_like": len(near), "patients_unlike": len(far)}
    return pd.DataFrame(rows).assign(against=comparison.name, stage="test")


def split(pictures: Bytes) -> tuple[Bytes, Bytes]:
    """Training pictures that a score is chosen by, and the others, in random order."""
    order = np.random.default_rng(SEED).permutation(len(pictures))
    return pictures[order[:HELD_OUT]], pictures[order[HELD_OUT:]]


def all_scores(measured: Measured, held_out: Bytes, compared: Sequence[Comparison]) -> pd.DataFrame:
    """Every score against invented pictures and in every comparison."""
    parts = [development(measured, held_out)]
    for own in compared:
        found = table_of(measured, measured.evidence(own.like), measured.evidence(own.unlike))
        parts.append(found.assign(against=own.name, stage="test"))
    return pd.concat(parts, ignore_index=True)


def direction(names: tuple[str, str], trained_on: Path, other: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All scores of a model of the first set on the second, and what was trained."""
    near, far = read_pictures(trained_on), read_pictures(other)
    held_out, train = split(near.train)
    train = train[: CHOSEN.pictures]
    compared = list(comparisons(near.test, far.test, train, names[1]))
    parts, models = [plain_scores(own) for own in compared], []
    for measured, said in trained(CHOSEN, train, chains=True):
        started = time.process_time()
        parts.append(all_scores(measured, held_out, compared))
        models.append(said | {"measuring_cpu_s": time.process_time() - started})
        print(models[-1], flush=True)
    table = pd.concat(parts, ignore_index=True).assign(trained_on=names[0])
    weights, score = best(table)
    table["chosen"] = (table["weights"] == weights) & (table["score"] == score)
    return table, pd.DataFrame(models).assign(trained_on=names[0])


def _written(table: pd.DataFrame, path: Path) -> None:
    """Added to what stands there."""
    counts = {name: "Int64" for name in ("samples", "patients_like", "patients_unlike") if name in table}
    done = [pd.read_csv(path)] if path.is_file() else []
    write_table(pd.concat([*done, table], ignore_index=True).astype(counts).round(4), path)


def _stands(model: Model, path: Path) -> bool:
    """Whether the table has this model already."""
    done = pd.read_csv(path) if path.is_file() else pd.DataFrame(columns=list(Model._fields))
    return bool((done[list(Model._fields)] == list(model)).all(axis=1).any())


@app.command()
def develop(fashion: Path, output: Output = Path("results/unlike-images-development.csv")) -> None:
    """Ensembles of several small models against invented pictures."""
    pictures = read_pictures(fashion).train
    held_out, train = split(pictures)
    for model in DEVELOPED:
        if _stands(model, output):
            continue
        for measured, said in trained(model, train[: model.pictures], chains=False):
            table = development(measured, held_out).assign(**model._asdict(), cpu_s=said["cpu_s"])
            _written(table, output)
    table = pd.read_csv(output)
    shown = table.pivot_table(index=["levels", "latent_dim", "score"], columns="against", values="auroc", sort=False)
    print(shown.assign(mean=shown.mean(axis=1)).round(3).to_string())


@app.command("test")
def both(fashion: Path, mnist: Path, output: Output = Path("results/unlike-images.csv")) -> None:
    """Both directions, with an ensemble and with samples of its weights."""
    sets = (("Fashion-MNIST", fashion), ("MNIST", mnist))
    for (name, folder), (other_name, other) in (sets, sets[::-1]):
        done = pd.read_csv(output) if output.is_file() else pd.DataFrame({"trained_on": []})
        if (done["trained_on"] == name).any():
            continue
        table, models = direction((name, other_name), folder, other)
        _written(models, output.with_name(f"{output.stem}-models.csv"))
        _written(table, output)
    table = pd.read_csv(output)
    shown = table.pivot_table(
        index=["trained_on", "weights", "score", "chosen"], columns="against", values="auroc", sort=False
    )
    print(shown.round(3).to_string())


if __name__ == "__main__":
    torch.set_num_threads(1)
    keep_freed_memory()
    app()
