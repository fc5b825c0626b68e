rule vae:
    input:
        patients=f"{RUN}/cohort/patients.parquet",
        schema=f"{RUN}/cohort/schema.yaml",
    output:
        weights=f"{RUN}/vae/d{{latent_dim}}/weights.safetensors",
        model=f"{RUN}/vae/d{{latent_dim}}/model.json",
        history=f"{RUN}/vae/d{{latent_dim}}/history.parquet",
    log:
        f"{RUN}/logs/vae-d{{latent_dim}}.log",
    benchmark:
        f"{RUN}/benchmarks/vae-d{{latent_dim}}.tsv"
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
        settings=settings("vae", without=["latent_dims", "replicas", "comparison_replicas"]),
        replicas=lambda wildcards: CONFIGURATION.replicas_of(int(wildcards.latent_dim)),
        code=code("vae", "cohort"),
    message:
        "Training {params.replicas} replicas with {wildcards.latent_dim} latent dimensions"
    shell:
        "retina-vae vae --config {params.config:q} --latent-dim {wildcards.latent_dim} --threads {threads}"
        " 2>&1 | tee {log:q}"
