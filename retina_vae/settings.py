"""The sections of the configuration on models, codes and measures, with the meaning and the default of each key."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from retina_vae.section import LatentDim, Seed, Settings
from retina_vae.sghmc_settings import SghmcSettings

__all__ = [
    "EvaluationSettings",
    "FamilyMember",
    "LatentSettings",
    "VaeSettings",
]


Units = Annotated[int, Field(ge=1, le=10_000)]
Layers = Annotated[list[Units], Field(min_length=1, max_length=8)]


class VaeSettings(Settings):
    """The model and its training; every choice is a key here."""

    latent_dims: Annotated[list[LatentDim], Field(min_length=1, max_length=32)] | Literal["auto"] = Field(
        "auto",
        description="Latent dimensions to train; a figure compares their losses. 'auto' trains one model, with the "
        "fewest of held_out.latent_dims that describe unseen patients as well as the best.",
    )
    replicas: Annotated[int, Field(ge=1, le=1024)] = Field(
        8, description="Models with different seeds of the latent dimension that is clustered."
    )
    comparison_replicas: Annotated[int, Field(ge=1, le=1024)] = Field(
        4, description="Models with different seeds of every other latent dimension."
    )
    hidden_units: Units | Layers = Field(
        128,
        description="ReLU units of the one hidden layer on each side; of several layers a list, from the inputs on.",
    )
    decoder_units: Units | Layers | None = Field(
        32,
        description="ReLU units of the decoder's hidden layers, from the code on, where they are not those of "
        "hidden_units in reverse order.",
    )
    network: Literal["perceptron", "convolutional", "recurrent"] = Field(
        "perceptron",
        description="'convolutional' puts convolutions before the hidden layers of the encoder and behind those of the "
        "decoder, for inputs that are the pixels of a picture; 'recurrent' a recurrent layer behind the hidden layers "
        "of the decoder, for inputs that are the symbols of a sequence.",
    )
    channels: Annotated[list[Annotated[int, Field(ge=1, le=1024)]], Field(min_length=1, max_length=6)] = Field(
        [16, 32],
        description="Channels of each convolution from the picture on; each halves height and width. Of the network "
        "'convolutional' alone.",
    )
    recurrent_units: Units = Field(
        256,
        description="Units of the recurrent layer, which reads the code at each position of a sequence. Of the network "
        "'recurrent' alone.",
    )
    epochs: Annotated[int, Field(ge=1, le=100_000)] = Field(
        400, description="Passes over the cohort, fewer where they would be more than max_steps."
    )
    max_steps: Annotated[int, Field(ge=1, le=100_000_000)] | None = Field(
        5000,
        description="The most training steps: of a large cohort they end the training after fewer epochs, and the "
        "refit and the warm-up are shortened alike. Without a number all epochs are made.",
    )
    draws_per_patient: Annotated[int, Field(ge=1, le=10_000)] = Field(
        10,
        description="L, the reparametrised draws of z per patient and step over which the ELBO averages; K of the "
        "importance-weighted bound.",
    )
    input_scaling: Literal["raw", "numbers_by_maximum", "unit_interval", "standardized", "by_kind"] = Field(
        "by_kind",
        description="What the network reads and reconstructs: the features of each column's kind (categories one "
        "each, grades a thermometer, levels shares of their maximum, other numbers z-scores on their own scale); raw "
        "codes and numbers; numbers divided by their maximum; every column divided by its maximum; or every column as "
        "a z-score.",
    )
    likelihood: Literal["squared_error", "binary_cross_entropy", "typed"] = Field(
        "typed",
        description="p(x | z): 'typed', each column by its kind, which needs the input_scaling 'by_kind'; or sigmoid "
        "outputs with the squared error or the binary cross-entropy against the scaled inputs, summed over the "
        "columns.",
    )
    probability_floor: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        1e-7,
        description="Sigmoid outputs are clipped to [floor, 1 - floor] before the cross-entropy, as Keras does.",
    )
    gaussian_scale: Literal["fixed", "learned", "predicted"] = Field(
        "predicted",
        description="Sigma of numbers in the typed likelihood: fixed at 'sigma', one learned number per "
        "column, or predicted by the decoder for each code.",
    )
    sigma: Annotated[float, Field(gt=0)] = Field(
        1.0,
        description="Sigma where it is fixed, its start where it is not; in standard deviations of the column.",
    )
    posterior: Literal["diagonal", "full", "point"] = Field(
        "full",
        description="q(z | x): a Gaussian with independent dimensions, a Gaussian with a full covariance (by its "
        "Cholesky factor), or a point, which makes an ordinary autoencoder.",
    )
    objective: Literal["elbo", "beta_tc", "importance_weighted", "supervised", "autoencoder"] = Field(
        "importance_weighted",
        description="What training minimises: the negative ELBO with weighted KL divergence; the same with a weight of "
        "its total correlation alone (posterior 'diagonal'); the importance-weighted bound; the ELBO and the "
        "cross-entropy of the outcome; or the reconstruction alone.",
    )
    kl_weight: Annotated[float, Field(ge=0)] = Field(
        0.2,
        description="Weight (beta) of the KL divergence beside the reconstruction loss; of the objective 'beta_tc' "
        "that of its total correlation alone, its other two parts having weight 1; of one more KL divergence beside "
        "the importance-weighted bound, which has its own.",
    )
    kl_warmup_epochs: Annotated[int, Field(ge=0, le=100_000)] = Field(
        0, description="Epochs over which the weight of the KL divergence rises from 0 to kl_weight."
    )
    class_weight: Annotated[float, Field(gt=0)] = Field(
        1.0, description="Weight of the outcome's cross-entropy in the supervised objective."
    )
    batch_size: Annotated[int, Field(ge=1, le=10_000_000)] = Field(250, description="Patients per training step.")
    optimizer: Literal["adam"] = Field("adam", description="Optimiser.")
    learning_rate: Annotated[float, Field(gt=0)] = Field(0.04, description="Step size of the optimiser.")
    adam_beta2: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.99, description="Decay of Adam's mean of squared gradients; smaller forgets earlier steps sooner."
    )
    learning_rate_schedule: Literal["constant", "cosine"] = Field(
        "cosine", description="Keep the step size, or let it fall to 0 along half a cosine over the epochs."
    )
    max_gradient_norm: Annotated[float, Field(gt=0)] | None = Field(
        1.0,
        description="The longest gradient of a replica's mean loss: longer ones are shortened to this length, so that "
        "a patient with an impossible value does not decide a step. Without a number none is.",
    )
    weight_decay: Annotated[float, Field(ge=0)] = Field(
        0.0, description="Decoupled weight decay (AdamW): each step shrinks every number by learning_rate times this."
    )
    weight_prior: Annotated[float, Field(gt=0)] | None = Field(
        0.5,
        description="Standard deviation of a normal prior of the decoder's weights, whose most probable values are "
        "sought: the fewer patients there are, the more it holds the decoder. Without a number there is no prior.",
    )
    validation_fraction: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.0,
        description="Share of the patients that is not trained on; the weights of the epoch with the smallest loss "
        "on them are kept. 0 trains on all patients and keeps the last epoch.",
    )
    refit_epochs: Annotated[int, Field(ge=0, le=100_000)] = Field(
        80,
        description="Epochs after the training in which the encoder alone is fitted to the finished decoder's "
        "posterior (the wake phase of reweighted wake-sleep); for the importance-weighted objective.",
    )
    refit_draws: Annotated[int, Field(ge=2, le=10_000)] = Field(
        20, description="Draws per patient and step of the refit."
    )
    refit_learning_rate: Annotated[float, Field(gt=0)] = Field(
        0.015, description="First step size of the refit; it falls to 0 along half a cosine."
    )
    weights: Literal["point", "ensemble", "sghmc"] = Field(
        "ensemble",
        description="Whose spread says how sure the model is of a patient (`assign --sure`, `ood`): 'point', of "
        "nothing, one replica alone; 'ensemble', the replicas; 'sghmc', samples of a chain from each (sghmc), which "
        "are made beside the replicas and change nothing else.",
    )
    sghmc: SghmcSettings = Field(SghmcSettings(), description="The chains, where weights is 'sghmc'.")
    initialization: Literal["glorot_uniform", "he_uniform", "lecun_uniform"] = Field(
        "glorot_uniform",
        description="Distribution of the initial weights, by its name in Keras; biases start at 0.",
    )
    replicas_per_pass: Annotated[int, Field(ge=1, le=1024)] | None = Field(
        None,
        description="Replicas that are trained at once. Without a number, as many on a CPU as its cache holds, and all "
        "on a CUDA device. Another number changes last digits and the time.",
    )
    chunks: Annotated[int, Field(ge=1, le=1024)] = Field(
        1,
        description="Jobs that the replicas of a model are trained in, each of whole passes (replicas_per_pass), for "
        "more than one machine or device. It changes no result.",
    )
    cuda_graph: bool = Field(
        True,
        description="On a CUDA device, launch each training step as one graph; false launches operation by operation. "
        "It changes the time, not the model.",
    )
    seed: Seed = Field(
        101,
        description="The first replica draws its weights, batches and noise with this seed, the next with the next.",
    )

    @property
    def has_density(self) -> bool:
        """Whether the model has a density over patients, log p(x)."""
        return self.likelihood == "typed" and self.posterior != "point"

    def of_cohort(self, patients: int) -> VaeSettings:
        """The same settings with the epochs that so many patients are trained for, at most ``max_steps`` steps."""
        steps = self.epochs * math.ceil(patients / self.batch_size)
        if self.max_steps is None or steps <= self.max_steps:
            return self
        share = self.max_steps / steps
        shortened = {
            key: max(1, round(epochs * share))
            for key in ("epochs", "refit_epochs", "kl_warmup_epochs")
            if (epochs := getattr(self, key)) > 0
        }
        return self.model_copy(update=shortened)

    @model_validator(mode="after")
    def _choices_agree(self) -> VaeSettings:
        if self.likelihood == "typed" and self.input_scaling != "by_kind":
            raise ValueError(
                f"vae.input_scaling: expected 'by_kind' because vae.likelihood is 'typed', got {self.input_scaling!r}"
            )
        if (self.posterior == "point") != (self.objective == "autoencoder"):
            raise ValueError(
                "vae.posterior: expected 'point' together with vae.objective 'autoencoder' and with no other, "
                f"got {self.posterior!r} with {self.objective!r}"
            )
        if self.objective == "autoencoder" and self.kl_weight != 0:
            raise ValueError(
                f"vae.kl_weight: expected 0 because an autoencoder has no KL divergence, got {self.kl_weight:g}"
            )
        if self.objective == "beta_tc":
            self._require_total_correlation()
        if self.refit_epochs > 0 and self.objective != "importance_weighted":
            raise ValueError(
                "vae.refit_epochs: expected 0 because only the importance-weighted objective leaves the encoder behind "
                f"the decoder, got {self.refit_epochs} with vae.objective {self.objective!r}"
            )
        return self

    def _require_total_correlation(self) -> None:
        """Refuse what a total correlation of a batch cannot be estimated with."""
        because = "because vae.objective is 'beta_tc'"
        if self.posterior != "diagonal":
            raise ValueError(
                f"vae.posterior: expected 'diagonal' {because}, which wants independent coordinates, "
                f"got {self.posterior!r}"
            )
        if self.batch_size < 2:
            raise ValueError(f"vae.batch_size: expected 2 at least {because}, which compares patients, got 1")
        if self.validation_fraction > 0:
            raise ValueError(
                f"vae.validation_fraction: expected 0 {because}, whose loss depends on which patients are together, "
                f"got {self.validation_fraction:g}"
            )


class FamilyMember(Settings):
    """One more model of the run: what differs from the models that are clustered."""

    latent_dim: LatentDim = Field(description="Number of latent dimensions.")
    replicas: Annotated[int, Field(ge=1, le=1024)] = Field(1, description="Models with different seeds.")
    changes: dict[str, Any] = Field({}, description="Keys of `vae` with the values that this model has instead.")


class LatentSettings(Settings):
    """The codes that are drawn from the posterior q(z | x)."""

    draws: Annotated[int, Field(ge=1, le=1000)] = Field(
        16, description="S, the draws from q(z | x) per patient and replica."
    )
    correction: Literal["none", "importance"] = Field(
        "importance",
        description="'importance' turns draws from q(z | x) into draws from the decoder's own posterior p(z | x) by "
        "smoothed importance weights; for models with a typed likelihood.",
    )
    proposals: Annotated[int, Field(ge=2, le=100_000)] = Field(
        512,
        description="Draws per patient and replica that the correction weighs: five eighths from q(z | x), a quarter "
        "from the same with twice its scale, an eighth from N(0, I).",
    )
    seed: Seed = Field(1, description="The first replica draws with this seed, the next one with the next.")


class EvaluationSettings(Settings):
    """How the models are measured."""

    patients_per_group: Annotated[int, Field(ge=1, le=10_000_000)] = Field(
        33_334,
        description="Fresh patients of each group that a model of simulated patients is measured on. Models of "
        "other patients are measured on those that they were trained on, training_patients of them at most.",
    )
    draws: Annotated[int, Field(ge=2, le=100_000)] = Field(
        100, description="S, the draws from q(z | x) per patient that estimate its log-evidence."
    )
    coded_patients: Annotated[int, Field(ge=2, le=10_000_000)] = Field(
        10_000,
        description="Patients at most, chosen at random among those that the models are measured on, whose codes are "
        "clustered to see whether the outcome comes back: to correct a code costs far more than the other measures.",
    )
    training_patients: Annotated[int, Field(ge=2, le=10_000_000)] = Field(
        5_000,
        description="Training patients at most, chosen at random, whose codes are corrected to see whether the weights "
        "hold, and that models are measured on where no fresh patients are simulated.",
    )
    aggregate_pairs: Annotated[int, Field(ge=2, le=10_000_000_000)] = Field(
        30_000_000,
        description="Draws times training patients at most whose densities give the KL divergence of all codes "
        "together from the prior: as many draws as patients, fewer where that would be more.",
    )
    seed: Seed = Field(2_000_000_000, description="Seed of the fresh patients and of the draws, and of who is chosen.")
