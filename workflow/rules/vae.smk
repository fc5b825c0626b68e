rule vae:
    input:
        patients=f"{RUN}/cohort/patients.parquet",
        schema=f"{RUN}/cohort/schema.yaml",
    output:
        weights=f"{RUN}/vae/{{model}}/weights.safetensors",
        model=f"{RUN}/vae/{{model}}/model.json",
        history=f"{RUN}/vae/{{model}}/history.parquet",
    log:
        f"{RUN}/logs/vae-{{model}}.log",
    benchmark:
        f"{RUN}/benchmarks/vae-{{model}}.tsv"
    # The clustered dimension has the most replicas: start it first.
    priority: 10
    conda:
        ENVIRONMENT
    # One thread a job: the jobs of the latent dimensions run side by side, and one thread adds up in one order
    # however many cores there are, so that the weights are the same bytes each time.
    threads: 1
    resources:
        mem_mb=2000,
    params:
        config=CONFIG_FILE,
        settings=lambda wildcards: model_settings(wildcards.model),
        code=code("vae", "cohort"),
    message:
        "Training {params.settings[replicas]} replicas of {wildcards.model}"
    shell:
        "retina-vae vae --config {params.config:q} --model {wildcards.model} --threads {threads}" " 2>&1 | tee {log:q}"


rule resamples:
    input:
        patients=f"{RUN}/cohort/patients.parquet",
        schema=f"{RUN}/cohort/schema.yaml",
    output:
        f"{RUN}/latent/resamples.parquet",
    log:
        f"{RUN}/logs/resamples.log",
    benchmark:
        f"{RUN}/benchmarks/resamples.tsv"
    # It waits for nothing but the cohort: it fills a core beside what waits for the models, and goes before it.
    priority: 5
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
    params:
        config=CONFIG_FILE,
        settings=model_settings(f"d{CLUSTERED}"),
        codes=settings("latent"),
        resamples={key: settings("stability")[key] for key in ("retrained", "scheme", "seed")},
        code=code("vae", "latent", "cohort", "resamples.py"),
    message:
        "Training on {params.resamples[retrained]} resamples of the patients ({params.resamples[scheme]})"
    shell:
        "retina-vae resamples --config {params.config:q} 2>&1 | tee {log:q}"


rule evaluate:
    input:
        patients=f"{RUN}/cohort/patients.parquet",
        schema=f"{RUN}/cohort/schema.yaml",
        # Where patients are simulated, others are drawn from the same statistics.
        statistics=source_files() if CONFIGURATION.source.simulated else [],
        weights=expand(f"{RUN}/vae/{{model}}/weights.safetensors", model=CONFIGURATION.models),
        models=expand(f"{RUN}/vae/{{model}}/model.json", model=CONFIGURATION.models),
    output:
        evaluation=report(
            f"{RUN}/vae/evaluation.csv",
            caption="../report/evaluation.rst",
            category="Models",
            labels={"table": "Models", "of": "fit, limits, active units"},
        ),
        posterior=f"{RUN}/vae/posterior.csv",
        # Of models with a density alone.
        calibration=expand(
            f"{RUN}/vae/{{table}}.csv",
            table=["calibration", "coverage", "proposals"] if dense_models(CONFIGURATION) else [],
        ),
    log:
        f"{RUN}/logs/evaluate.log",
    benchmark:
        f"{RUN}/benchmarks/evaluate.tsv"
    conda:
        ENVIRONMENT
    threads: 2
    resources:
        mem_mb=2000,
    params:
        config=CONFIG_FILE,
        settings=settings("evaluation"),
        codes=settings("latent"),
        kmeans={key: settings("clusters")[key] for key in ("n_init", "seed")},
        source=CONFIGURATION.cohort.source,
        code=code("evaluation", "vae", "latent", "clusters", "cohort"),
    message:
        "Measuring {CONFIGURATION.models}"
    shell:
        "retina-vae evaluate --config {params.config:q} --threads {threads} 2>&1 | tee {log:q}"
