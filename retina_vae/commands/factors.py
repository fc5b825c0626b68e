"""The step that measures which coordinate of the codes carries which column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from retina_vae.commands.options import ConfigPath, example
from retina_vae.commands.saying import say
from retina_vae.opening import open_run
from retina_vae.run import Content, Run
from retina_vae.words import amount_of

if TYPE_CHECKING:
    import pandas as pd

    from retina_vae.factors import Factor, Measured
    from retina_vae.progress import Advance

app = typer.Typer()


@app.command("factors", epilog=example("factors --run results/typed"))
def factors(config: ConfigPath) -> None:
    """Measure for every model which coordinate of its codes carries which column: MIG, DCI and the beta-VAE score."""
    import torch

    from retina_vae.factors import column_factors
    from retina_vae.factors.measure import disentanglement_table, factor_table, sample
    from retina_vae.progress import progress

    run = open_run(config).dimensioned()
    torch.set_num_threads(1)
    patients, schema = run.patients()
    told = schema.in_words
    some = patients.iloc[sample(len(patients), len(told.inputs), run.settings.latent.seed)]
    known = column_factors(some, told)
    contents: dict[str, Content] = {}
    names = run.settings.models
    with progress("factors, replicas", sum(run.settings.model(name).replicas for name in names)) as advance:
        measuring = _Measuring(run, some, known, advance)
        for name in names:
            measured = measuring.model(name)
            contents[f"latent/{name}/disentanglement.csv"] = disentanglement_table(measured, len(some))
            contents[f"latent/{name}/factors.csv"] = factor_table(measured)
    run.write("factors", contents)
    say(f"factors: {amount_of(len(names), 'model')} against {amount_of(len(known), 'column')} of {len(some)} patients")


class _Measuring:
    """The models of a run on some of its patients; what the baseline gives is kept for models that read the same."""

    def __init__(self, run: Run, patients: pd.DataFrame, factors: list[Factor], advance: Advance) -> None:
        self.run, self.patients, self.factors, self.advance = run, patients, factors, advance
        self.seed = run.settings.latent.seed
        self.done = 0
        self.baselines: dict[tuple[int, str], Measured] = {}

    def model(self, name: str) -> dict[str, Measured]:
        """What is measured of each replica, by its number, and of the baseline."""
        from retina_vae.factors import measure_codes
        from retina_vae.factors.measure import BASELINE, principal_components
        from retina_vae.latent.encode import encode_patients, patient_features
        from retina_vae.vae import load_model

        trained, description = load_model(self.run.model_folder(name))
        features = patient_features(description.encoding, self.patients)
        codes = encode_patients(trained, features).mean.double().numpy()
        measured = {}
        for replica, own in enumerate(codes, start=1):
            measured[str(replica)] = measure_codes(own.T, self.factors, self.seed)
            self.done += 1
            self.advance(self.done, name)
        key = (description.latent_dim, description.encoding.model_dump_json())
        if key not in self.baselines:
            components = principal_components(features.double().numpy().T, description.latent_dim, self.seed)
            self.baselines[key] = measure_codes(components, self.factors, self.seed)
        return measured | {BASELINE: self.baselines[key]}
