"""The command that samples the weights of the clustered model."""

from __future__ import annotations

import typer

from retina_vae.commands.options import ConfigPath, Threads, example
from retina_vae.commands.saying import say
from retina_vae.commands.training import training_cohort
from retina_vae.errors import ConfigurationError
from retina_vae.opening import open_run
from retina_vae.run import WRITTEN
from retina_vae.words import amount_of

app = typer.Typer()


@app.command("weight-samples", epilog=example("weight-samples --run results/typed --threads 4"))
def weight_samples(config: ConfigPath, threads: Threads = 1) -> None:
    """Sample the weights given the patients by SGHMC, a chain from each replica of the clustered model.

    What is clustered and reported stays the trained replicas; `ood` reads the samples.
    """
    import torch

    from retina_vae.progress import progress
    from retina_vae.sampling import chain_table, sample_run, sample_table, unsettled
    from retina_vae.vae import load_model, resolve_device
    from retina_vae.vae.memory import keep_freed_memory
    from retina_vae.vae.storage import save_weights

    run = open_run(config).dimensioned()
    if run.settings.vae.weights != "sghmc":
        raise ConfigurationError(
            f"vae.weights: expected 'sghmc' to sample weights, got {run.settings.vae.weights!r}. Change it, and run "
            "the workflow again, which keeps the trained replicas."
        )
    torch.set_num_threads(threads)
    keep_freed_memory()
    model, description = load_model(run.model_folder(run.clustered))
    device, chain = resolve_device(run.settings.device), run.settings.vae.sghmc
    chains = amount_of(description.replicas, "chain")
    say(f"weight-samples: {chains} of {run.clustered}, {amount_of(chain.kept, 'sample')} each, on {device}")
    given = training_cohort(run, run.settings.vae)
    with progress("weight-samples, steps over chains", chain.steps * description.replicas) as advance:
        samples = sample_run(given, model, description, run.settings.model(run.clustered), device, advance)
    save_weights(samples.model, run.path("vae/samples.safetensors"))
    table = chain_table(samples)
    contents = {"vae/samples.safetensors": WRITTEN, "vae/samples.csv": sample_table(samples), "vae/chains.csv": table}
    run.write("weight_samples", contents)
    print(table.to_string(index=False))
    if unsettled(table):
        say(
            "weight-samples: warning: the chains have not settled on one distribution (R-hat above 1.1, see "
            f"{run.path('vae/chains.csv')}): they stand for parts of the posterior, as an ensemble does. Raise "
            "vae.sghmc.steps and burn_in."
        )
