"""The choices of the configuration in words: likelihood, posterior and objective, and what the loss then means."""

from __future__ import annotations

from retina_vae.config import VaeSettings
from retina_vae.words import amount_of

__all__ = [
    "LIKELIHOOD_NAMES",
    "OBJECTIVE_NAMES",
    "POSTERIOR_NAMES",
    "choice_rows",
    "loss_unit",
    "model_title",
    "training_caption",
]

LIKELIHOOD_NAMES = {
    "typed": "typed",
    "squared_error": "squared error",
    "binary_cross_entropy": "binary cross-entropy",
}
"""Short names, for the cells of a table."""

POSTERIOR_NAMES = {"diagonal": "diagonal", "full": "full", "point": "point"}
"""Short names, for the cells of a table."""

OBJECTIVE_NAMES = {
    "elbo": "ELBO",
    "beta_tc": "ELBO, weighted total correlation",
    "importance_weighted": "importance\N{NON-BREAKING HYPHEN}weighted",
    "supervised": "ELBO and outcome",
    "autoencoder": "reconstruction",
}
"""Short names, for the cells of a table."""

_LIKELIHOODS = {
    "typed": "typed: for every column a distribution of its kind",
    "squared_error": "squared error of sigmoid outputs",
    "binary_cross_entropy": "binary cross-entropy of sigmoid outputs",
}
_POSTERIORS = {
    "diagonal": "Gaussian with independent dimensions",
    "full": "Gaussian with a full covariance",
    "point": "a point, as in an ordinary autoencoder",
}


def choice_rows(settings: VaeSettings) -> list[tuple[str, str]]:
    """Label and text of the choices that make the model what it is."""
    return [
        ("Likelihood", f"{_LIKELIHOODS[settings.likelihood]}; inputs: {settings.input_scaling.replace('_', ' ')}"),
        ("Posterior", _POSTERIORS[settings.posterior]),
        ("Objective", _objective(settings)),
        _weight(settings),
    ]


def _weight(settings: VaeSettings) -> tuple[str, str]:
    if settings.objective == "beta_tc":
        return "Weight of the total correlation", f"{settings.kl_weight:g}; of the rest of the KL divergence: 1"
    return "Weight of the KL divergence", f"{settings.kl_weight:g}"


def _objective(settings: VaeSettings) -> str:
    words = {
        "elbo": "ELBO with weighted KL divergence",
        "beta_tc": "ELBO with weighted total correlation of the coordinates",
        "importance_weighted": f"importance-weighted bound{_extra_kl(settings)}",
        "supervised": f"ELBO, and {settings.class_weight:g} times the cross-entropy of the outcome",
        "autoencoder": "reconstruction alone",
    }[settings.objective]
    draws = settings.draws_per_patient
    text = f"{words}; {amount_of(draws, 'draw')} per patient and step"
    return f"{text}; then {settings.refit_epochs:,} epochs of the encoder alone" if settings.refit_epochs else text


def _extra_kl(settings: VaeSettings) -> str:
    """The importance-weighted bound has its own KL divergence; the weight is that of one more."""
    return f", and {settings.kl_weight:g} times the KL divergence" if settings.kl_weight > 0 else ""


def model_title(settings: VaeSettings) -> str:
    """What a picture calls a model: what sets it apart from its neighbours."""
    if settings.objective == "autoencoder":
        return "Autoencoder"
    if settings.objective == "importance_weighted":
        return "Importance-weighted"
    if settings.objective == "beta_tc":
        return f"Total correlation weight {settings.kl_weight:g}"
    title = f"KL weight {settings.kl_weight:g}"
    return f"Supervised, {title}" if settings.objective == "supervised" else title


def loss_unit(settings: VaeSettings) -> str:
    """Unit of the training loss; a loss that is no density has none."""
    return "nats" if settings.likelihood == "typed" else ""


def training_caption(settings: VaeSettings) -> str:
    """The caption of the losses, with what the loss is and may be compared with."""
    parts = [
        "Training. The loss over the epochs for every latent dimension: median of the replicas (line), lowest to "
        "highest (band). Numbers at the right: median [lowest, highest] in the last epoch. A triangle: here losses "
        "go on above the axis.",
        _meaning(settings),
    ]
    if settings.kl_warmup_epochs > 0:
        weighted = "total correlation" if settings.objective == "beta_tc" else "KL divergence"
        parts.append(
            f"The weight of the {weighted} rises over the first {settings.kl_warmup_epochs:,} epochs, so that the "
            "loss may rise with it."
        )
    return " ".join([*parts, "It says how well the model fits these patients, not others."])


def _meaning(settings: VaeSettings) -> str:
    if settings.likelihood == "typed":
        return f"The loss is {_typed_loss(settings)}, in nats per patient with numbers counted in standard deviations."
    divergence = (
        "KL divergence with weighted total correlation" if settings.objective == "beta_tc" else "weighted KL divergence"
    )
    whole = f"Loss counts reconstruction and {divergence} together; "
    if settings.likelihood == "binary_cross_entropy" and settings.input_scaling != "unit_interval":
        return (
            f"{whole}with targets beyond 1 it may be negative, and only differences between the curves have a meaning."
        )
    return f"{whole}it is no number of nats, and only differences between the curves have a meaning."


def _typed_loss(settings: VaeSettings) -> str:
    if settings.objective == "importance_weighted":
        return f"the negative importance-weighted bound of {settings.draws_per_patient} draws{_extra_kl(settings)}"
    if settings.objective == "autoencoder":
        return "the reconstruction's negative log-likelihood"
    weighted = f"the reconstruction's negative log-likelihood and {settings.kl_weight:g} times the KL divergence"
    bound = "the negative ELBO" if settings.kl_weight == 1 else weighted
    if settings.objective == "beta_tc" and settings.kl_weight != 1:
        return f"the negative ELBO and {settings.kl_weight - 1:g} times the total correlation of each batch's codes"
    if settings.objective == "supervised":
        return f"{bound}, and {settings.class_weight:g} times the cross-entropy of the outcome"
    return bound
