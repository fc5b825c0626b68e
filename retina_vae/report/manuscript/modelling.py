"""The sentences on the model and its training."""

from __future__ import annotations

from collections.abc import Sequence

from retina_vae.clusters.description.columns import in_sentence
from retina_vae.cohort import Column
from retina_vae.config import VaeSettings
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import percent
from retina_vae.words import amount_of, enumerated, noun_after

__all__ = ["model_sentences"]

_POSTERIORS = {
    "diagonal": "a Gaussian with independent dimensions",
    "full": "a Gaussian with a full covariance",
}
_INPUTS = {
    "raw": "raw codes and numbers",
    "numbers_by_maximum": "codes, and numbers divided by their maximum",
    "unit_interval": "columns divided by their maximum",
    "standardized": "standardised columns",
    "by_kind": "features of each column's kind",
}
_MOST_NAMED = 6
"""More columns are counted."""

_LOSSES = {"squared_error": "the squared error", "binary_cross_entropy": "the binary cross-entropy"}


def model_sentences(tables: RunTables) -> list[str]:
    """What was trained, on what, how, and how often."""
    vae = tables.vae
    chosen = [*_chosen_dimension(tables), _objective(vae), _optimiser(vae), *_weight_prior(vae), *_kept_out(vae)]
    return [*_network(tables), *_remarks(tables), *chosen, _replicas(tables)]


def _network(tables: RunTables) -> list[str]:
    vae, dimension = tables.configuration.vae, tables.configuration.latent_dim
    what = "An autoencoder" if vae.posterior == "point" else "A variational autoencoder [@kingma2014]"
    layers = _layers(vae)
    dimensions = amount_of(dimension, "latent dimension")
    first = f"{what} with {dimensions} and {layers} was trained on {_INPUTS[vae.input_scaling]}"
    if vae.likelihood == "typed":
        likelihood = ", with the likelihoods that go with them."
    else:
        likelihood = f", with {_LOSSES[vae.likelihood]} of sigmoid outputs as loss."
    posterior = [] if vae.posterior == "point" else [f"Its posterior is {_POSTERIORS[vae.posterior]}."]
    return [first + likelihood, *posterior]


def _layers(vae: VaeSettings) -> str:
    """The hidden layers of encoder and decoder, in words."""
    encoder = _sizes(vae.hidden_units)
    decoder = encoder[::-1] if vae.decoder_units is None else _sizes(vae.decoder_units)
    many = len(encoder) > 1 or len(decoder) > 1
    written = [enumerated([f"{size:,}" for size in sizes]) for sizes in (encoder, decoder)]
    other = "" if written[0] == written[1] else f" (decoder: {written[1]})"
    hidden = "hidden layers" if many else "one hidden layer"
    found = f"{hidden} of {written[0]}{other} rectified linear units on each side"
    if vae.network == "convolutional":
        channels = enumerated([str(own) for own in vae.channels])
        return f"convolutions of {channels} channels (3 x 3, stride 2) and {found}"
    if vae.network == "recurrent":
        return f"{found} and a gated recurrent layer of {vae.recurrent_units:,} units in the decoder"
    return found


def _sizes(units: int | Sequence[int]) -> list[int]:
    return [units] if isinstance(units, int) else list(units)


def _remarks(tables: RunTables) -> list[str]:
    """What the model makes of limits of detection, and of values that do not exist."""
    limits = [column for column in tables.schema.inputs if column.censored]
    none = [column for column in tables.schema.inputs if column.not_applicable]
    said = []
    if limits:
        said.append(
            f"Values of {_named(limits)} beyond a limit of detection count with the probability of all values "
            "beyond it [@tobin1958]; tables and tests take them as the limit."
        )
    if none:
        said.append(f"Where {_named(none)} did not apply, the encoder is told so, and no value was assumed.")
    return said


def _named(columns: Sequence[Column]) -> str:
    if len(columns) > _MOST_NAMED:
        return amount_of(len(columns), "column")
    return enumerated([in_sentence(column) for column in columns])


def _objective(vae: VaeSettings) -> str:
    draws = f"{amount_of(vae.draws_per_patient, 'draw')} per patient and step"
    if vae.objective == "autoencoder":
        return "The reconstruction loss alone was minimised."
    if vae.objective == "importance_weighted":
        divergence = f" less {vae.kl_weight:g} times the Kullback-Leibler (KL) divergence"
        less = divergence if vae.kl_weight else ""
        return f"The importance-weighted bound [@burda2016] of {draws}{less} was maximised."
    if vae.objective == "beta_tc":
        return (
            "The evidence lower bound with the Kullback-Leibler (KL) divergence split into mutual information, total "
            f"correlation (weight {vae.kl_weight:g}) and dimension-wise divergences [@chen2018] was maximised, with "
            f"{draws}."
        )
    cited = "" if vae.kl_weight == 1 else " [@higgins2017]"
    divergence = f"{vae.kl_weight:g} times the Kullback-Leibler (KL) divergence{cited}"
    learned = (
        f" and {vae.class_weight:g} times the cross-entropy of the outcome" if vae.objective == "supervised" else ""
    )
    if vae.likelihood == "typed" and not learned:
        return f"The evidence lower bound with {divergence} was maximised, with {draws}."
    loss = "negative log-likelihood" if vae.likelihood == "typed" else "loss"
    return f"The {loss} plus {divergence}{learned} was minimised, with {draws}."


def _optimiser(vae: VaeSettings) -> str:
    name = "AdamW [@loshchilov2019]" if vae.weight_decay else "Adam [@kingma2015]"
    falling = ", falling to 0 along half a cosine" if vae.learning_rate_schedule == "cosine" else ""
    sentence = (
        f"Training took {vae.epochs:,} {noun_after(vae.epochs, 'epoch')} of {name} (batches of {vae.batch_size:,}, "
        f"learning rate {vae.learning_rate:g}{falling})"
    )
    if vae.kl_warmup_epochs:
        sentence += f", the weight of the KL divergence rising over the first {vae.kl_warmup_epochs:,}"
    if vae.refit_epochs:
        sentence += f", then {vae.refit_epochs:,} of the encoder alone [@bornschein2015]"
    return f"{sentence}."


def _chosen_dimension(tables: RunTables) -> list[str]:
    """By what the latent dimension was chosen, where it was."""
    if tables.held_out is None or tables.configuration.vae.latent_dims != "auto":
        return []
    tried, folds = tables.held_out["latent_dim"].tolist(), int(tables.held_out["folds"].iloc[0])
    return [
        f"The latent dimension, out of {enumerated([str(dim) for dim in tried])}, is the smallest whose log-density of "
        f"held-out patients ({folds}-fold cross-validation) lies within one standard error of the best."
    ]


def _weight_prior(vae: VaeSettings) -> list[str]:
    if vae.weight_prior is None:
        return []
    return [f"The decoder's weights have normal priors (standard deviation {vae.weight_prior:g})."]


def _kept_out(vae: VaeSettings) -> list[str]:
    if not vae.validation_fraction:
        return []
    return [
        f"{percent(vae.validation_fraction)} of the patients were kept out of the training, and the epoch with the "
        "smallest loss on them was kept."
    ]


def _replicas(tables: RunTables) -> str:
    count = len(tables.replicas)
    if count == 1:
        return "One model was trained, from one seed."
    return (
        f"We trained {count} replicas from different seeds and report the clusters of the one whose partition agrees "
        f"best with the others (replica {tables.reported})."
    )
