import math

import pytest
import torch
from torch import Tensor

from retina_vae.vae import VariationalAutoencoder, autoencoder, beta_elbo, elbo, importance_weighted, supervised
from retina_vae.vae.objectives import objective_terms, wake

from .conftest import describe, make_model, noise_like, typed_features
from .every_kind import every_kind_encoding, every_kind_patients


def test_the_terms_are_those_of_plain_layers(model: VariationalAutoencoder, x: Tensor) -> None:
    """The objective written out for one replica with matrices, as a textbook has it."""
    noise = noise_like(model, 1, 20).to(x.device)
    terms = beta_elbo(model, x.expand(3, -1, -1), noise, beta=0.3)
    e, d, r = model.encoder, model.decoder, 1
    hidden = torch.relu(e.hidden.weight[r] @ x + e.hidden.bias[r])
    mean, log_variance = (e.output.weight[r] @ hidden + e.output.bias[r]).chunk(2)
    z = mean + torch.exp(log_variance / 2) * noise[r, :, 0]
    hidden = torch.relu(d.hidden.weight[r] @ z + d.hidden.bias[r])
    p = torch.sigmoid(d.output.weight[r] @ hidden + d.output.bias[r])
    reconstruction = -(x * torch.log(p) + (1 - x) * torch.log(1 - p)).sum(dim=0)
    kl = -0.5 * (1 + log_variance - mean**2 - torch.exp(log_variance)).sum(dim=0)
    torch.testing.assert_close(terms.reconstruction[r], reconstruction)
    torch.testing.assert_close(terms.kl[r], kl)
    torch.testing.assert_close(terms.loss[r], reconstruction + 0.3 * kl)


def test_several_draws_are_averaged(model: VariationalAutoencoder, x: Tensor) -> None:
    batch, noise = x.expand(3, -1, -1), noise_like(model, 4, 20).to(x.device)
    together = beta_elbo(model, batch, noise, beta=1.0)
    apart = [beta_elbo(model, batch, noise[:, :, draw : draw + 1], beta=1.0) for draw in range(4)]
    torch.testing.assert_close(together.loss, torch.stack([terms.loss for terms in apart]).mean(dim=0))


def test_every_parameter_gets_a_finite_gradient_that_is_not_zero(model: VariationalAutoencoder, x: Tensor) -> None:
    beta_elbo(model, x.expand(3, -1, -1), noise_like(model, 2, 20).to(x.device), beta=1.0).loss.sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert (parameter.grad.flatten(1).abs().sum(dim=1) > 0).all(), f"a replica's {name} gets no gradient"


def test_the_elbo_is_below_the_exact_evidence(device: torch.device) -> None:
    """With one latent dimension log p(x) is an integral over a line, done here on a fine grid."""
    model = make_model(describe(latent_dim=1), device)
    generator = torch.Generator().manual_seed(1)
    x = torch.rand(6, 5, generator=generator, dtype=torch.float64).round().to(device)
    grid = torch.linspace(-9, 9, 20_001, dtype=torch.float64, device=device)
    with torch.no_grad():
        noise = torch.randn(3, 1, 20_000, 5, generator=generator, dtype=torch.float64).to(device)
        elbo = -beta_elbo(model, x.expand(3, -1, -1), noise, beta=1.0).loss
        decoded = model.decode(grid.expand(3, 1, -1))
        joint = decoded.log_prob(x.T[:, None, :, None]).sum(dim=2) - grid**2 / 2 - 0.5 * math.log(2 * math.pi)
        evidence = (torch.logsumexp(joint, dim=2) + math.log(18 / 20_000)).T
    assert (elbo < evidence).all()
    assert (evidence - elbo < 5).all()


OUTPUTS = [("binary_cross_entropy", "fixed"), ("squared_error", "fixed"), ("typed", "fixed"), ("typed", "learned")]
ENCODING = every_kind_encoding()
WAYS = [("point", "autoencoder")] + [
    (posterior, objective)
    for posterior in ("diagonal", "full")
    for objective in ("elbo", "importance_weighted", "supervised")
]
FAMILY = [
    pytest.param({"likelihood": likelihood, "gaussian_scale": scale, "posterior": posterior}, objective)
    for likelihood, scale in (*OUTPUTS, ("typed", "predicted"))
    for posterior, objective in WAYS
]
EVERY_KIND = [
    pytest.param({"likelihood": "typed", "gaussian_scale": scale, "posterior": posterior, "encoding": ENCODING}, way)
    for scale, posterior, way in (
        ("predicted", "full", "importance_weighted"),
        ("learned", "diagonal", "elbo"),
        ("fixed", "point", "autoencoder"),
        ("predicted", "full", "supervised"),
        ("predicted", "diagonal", "beta_tc"),
    )
]


def member(changes: dict, objective: str, device: torch.device, hidden: int = 8) -> VariationalAutoencoder:
    classes = ("A", "B", "C") if objective == "supervised" else ()
    return make_model(describe(hidden=hidden, classes=classes, **changes), device)


def terms_of(model: VariationalAutoencoder, objective: str, patients: int = 20, draws: int = 2):
    device = next(model.parameters()).device
    if getattr(model.output, "features", 0) == ENCODING.width:
        x = torch.from_numpy(ENCODING.encode(every_kind_patients(patients)).T).to(device)
    else:
        typed = model.output.width != 6
        x = typed_features(patients, device) if typed else typed_features(patients, device)[4:]
    labels = torch.arange(patients, device=device) % 3
    noise = noise_like(model, draws, patients)
    return objective_terms(objective, model, x.expand(3, -1, -1), labels.expand(3, -1), noise, 0.7, 2.0)


@pytest.mark.parametrize(("changes", "objective"), [*FAMILY, *EVERY_KIND])
def test_every_parameter_of_every_member_gets_a_gradient(changes: dict, objective: str, device: torch.device) -> None:
    model = member(changes, objective, device)
    terms_of(model, objective).loss.sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert (parameter.grad.flatten(1).abs().sum(dim=1) > 0).all(), f"a replica's {name} gets no gradient"


@pytest.mark.parametrize(("changes", "objective"), [*FAMILY, *EVERY_KIND])
def test_gradients_of_every_member_match_finite_differences(
    changes: dict, objective: str, device: torch.device
) -> None:
    model = member(changes, objective, device, hidden=3)
    with torch.no_grad():
        for parameter in model.parameters():
            # Away from the kinks of ReLU, where biases of 0 put units that see nothing else.
            parameter += torch.linspace(0.1, 0.2, parameter.numel(), dtype=torch.float64).view_as(parameter).to(device)
    names, values = zip(*model.named_parameters(), strict=True)

    class Loss(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self) -> Tensor:
            return terms_of(self.model, objective, patients=3).loss

    def loss(*numbers: Tensor) -> Tensor:
        weights = {f"model.{name}": number for name, number in zip(names, numbers, strict=True)}
        return torch.func.functional_call(Loss(), weights, ())

    assert torch.autograd.gradcheck(loss, values, fast_mode=True)


def test_the_full_posterior_with_a_diagonal_factor_has_the_elbo_and_gradients_of_the_diagonal_one(
    device: torch.device,
) -> None:
    diagonal = make_model(describe(likelihood="typed"), device)
    full = make_model(describe(likelihood="typed", posterior="full"), device)
    with torch.no_grad():
        for name, values in diagonal.named_parameters():
            own = dict(full.named_parameters())[name]
            own.zero_()
            own[:, : values.shape[1]] = values
    x = typed_features(20, device).expand(3, -1, -1)
    terms = [elbo(model, x, noise_like(model, 3, 20)) for model in (diagonal, full)]
    for ours, same in zip(*terms, strict=True):
        torch.testing.assert_close(ours, same)
    for term in terms:
        term.loss.sum().backward()
    for name, values in diagonal.named_parameters():
        gradient = dict(full.named_parameters())[name].grad
        assert values.grad is not None
        assert gradient is not None
        torch.testing.assert_close(gradient[:, : values.shape[1]], values.grad, msg=name)


def test_the_point_posterior_is_an_autoencoder_of_plain_layers(device: torch.device) -> None:
    model = make_model(describe(likelihood="typed", posterior="point", sigma=0.5), device)
    x, r = typed_features(20, device), 1
    terms = autoencoder(model, x.expand(3, -1, -1), noise_like(model, 1, 20))
    layers = []
    for source in (model.encoder.hidden, model.encoder.output, model.decoder.hidden, model.decoder.output):
        layer = torch.nn.Linear(source.weight.shape[2], source.weight.shape[1]).double().to(device)
        layer.load_state_dict({"weight": source.weight[r].detach(), "bias": source.bias[r, :, 0].detach()})
        layers.append(layer)
    a, b, c, d = layers
    out = torch.nn.Sequential(a, torch.nn.ReLU(), b, c, torch.nn.ReLU(), d)(x.T)
    race = torch.nn.functional.cross_entropy(out[:, :5], x[:5].argmax(dim=0), reduction="none")
    age = torch.nn.functional.gaussian_nll_loss(
        out[:, 5], x[5], torch.full_like(x[5], 0.25), full=True, reduction="none"
    )
    findings = torch.nn.functional.binary_cross_entropy_with_logits(out[:, 6:], x[6:].T, reduction="none").sum(dim=1)
    torch.testing.assert_close(terms.loss[r], race + age + findings)
    assert torch.equal(terms.loss, terms.reconstruction)
    assert terms.kl.abs().sum() == 0


def test_one_importance_weighted_draw_is_the_elbo_with_a_monte_carlo_kl(device: torch.device) -> None:
    model = make_model(describe(likelihood="typed"), device)
    x, noise = typed_features(20, device).expand(3, -1, -1), noise_like(model, 1, 20)
    terms, posterior = importance_weighted(model, x, noise), model.encode(x)
    z = posterior.rsample(noise)
    prior = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(dim=1)
    divergence = (posterior.log_prob(z) - prior)[:, 0]
    torch.testing.assert_close(terms.loss, elbo(model, x, noise).reconstruction + divergence)


def test_the_supervised_objective_adds_the_librarys_cross_entropy(device: torch.device) -> None:
    model = make_model(describe(likelihood="typed", classes=("A", "B", "C")), device)
    x, noise = typed_features(20, device).expand(3, -1, -1), noise_like(model, 2, 20)
    labels = (torch.arange(20, device=device) % 3).expand(3, -1)
    plain, terms = beta_elbo(model, x, noise, 0.7), supervised(model, x, labels, noise, 0.7, 2.5)
    assert model.classifier is not None
    posterior = model.encode(x)
    statistics = torch.cat([posterior.mean, posterior.scale.log()], dim=1)
    logits = model.classifier.weight @ statistics + model.classifier.bias
    expected = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
    torch.testing.assert_close(terms.cross_entropy, expected)
    torch.testing.assert_close(terms.loss, plain.loss + 2.5 * expected)


def test_a_patient_of_unknown_class_counts_with_the_beta_elbo_alone(device: torch.device) -> None:
    model = make_model(describe(likelihood="typed", classes=("A", "B", "C")), device)
    x, noise = typed_features(20, device).expand(3, -1, -1), noise_like(model, 2, 20)
    labels = (torch.arange(20, device=device) % 3).expand(3, -1)
    unknown = labels.clone()
    unknown[:, 5:9] = -1
    plain, all_known = beta_elbo(model, x, noise, 0.7), supervised(model, x, labels, noise, 0.7, 2.5)
    terms = supervised(model, x, unknown, noise, 0.7, 2.5)
    assert (terms.cross_entropy[:, 5:9] == 0).all()
    assert torch.equal(terms.loss[:, 5:9], plain.loss[:, 5:9])
    known = torch.tensor([patient not in range(5, 9) for patient in range(20)], device=device)
    assert torch.equal(terms.loss[:, known], all_known.loss[:, known])
    (terms.cross_entropy.sum()).backward()
    ours = model.classifier.weight.grad.clone()
    model.zero_grad()
    supervised(model, x[..., known], labels[:, known], noise[..., known], 0.7, 2.5).cross_entropy.sum().backward()
    torch.testing.assert_close(ours, model.classifier.weight.grad)


def test_what_an_objective_needs_is_asked_for(model: VariationalAutoencoder, x: Tensor) -> None:
    noise = noise_like(model, 1, 20)
    with pytest.raises(ValueError, match="labels where it is the supervised one, got 'supervised'"):
        objective_terms("supervised", model, x.expand(3, -1, -1), None, noise, 1.0, 1.0)
    with pytest.raises(ValueError, match="expected a model of the supervised objective"):
        model.classify(model.encode(x.expand(3, -1, -1)))


def test_the_additional_divergence_is_added(device: torch.device) -> None:
    model = make_model(describe(likelihood="typed"), device)
    x, noise = typed_features(20, device).expand(3, -1, -1), noise_like(model, 4, 20)
    plain, terms = importance_weighted(model, x, noise), importance_weighted(model, x, noise, beta=0.3)
    torch.testing.assert_close(terms.loss, plain.loss + 0.3 * model.encode(x).kl_to_standard_normal())


def test_the_wake_phase_finds_the_decoders_posterior(device: torch.device) -> None:
    """On a linear model the gradient is 0 at the exact posterior and leads to it from elsewhere."""
    from retina_vae.vae import FullGaussian

    from .test_evidence import linear_model

    model = linear_model(4, 2, 0.7, FullGaussian, device)
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(1, 4, 50, generator=generator, dtype=torch.float64).to(device)
    weight = model.decoder.weight[0].detach()
    precision = weight.T @ weight / 0.7**2 + torch.eye(2, dtype=torch.float64, device=device)
    exact = torch.linalg.solve(precision, weight.T) / 0.7**2
    with torch.no_grad():
        model.encoder.weight *= 0.1
    start = (model.encoder.weight[0, :2] - exact).norm().item()
    optimizer = torch.optim.Adam(model.encoder.parameters(), lr=0.02)
    for step in range(300):
        optimizer.zero_grad()
        wake(model, x, noise_like(model, 64, 50, seed=step)).loss.mean().backward()
        assert model.decoder.weight.grad is None
        optimizer.step()
    with torch.no_grad():
        assert (model.encoder.weight[0, :2] - exact).norm().item() < 0.1 * start
        covariance = model.encode(x).covariance[0].mean(dim=2)
    torch.testing.assert_close(covariance, torch.linalg.inv(precision), atol=0.03, rtol=0)
