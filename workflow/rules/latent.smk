rule latent:
    input:
        patients=f"{RUN}/cohort/patients.parquet",
        schema=f"{RUN}/cohort/schema.yaml",
        weights=f"{RUN}/vae/d{{latent_dim}}/weights.safetensors",
        model=f"{RUN}/vae/d{{latent_dim}}/model.json",
    output:
        codes=f"{RUN}/latent/d{{latent_dim}}/codes.parquet",
    log:
        f"{RUN}/logs/latent-d{{latent_dim}}.log",
    benchmark:
        f"{RUN}/benchmarks/latent-d{{latent_dim}}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
    params:
        config=CONFIG_FILE,
        settings=settings("latent"),
        code=code("latent", "vae", "cohort"),
    message:
        "Drawing codes from q(z|x) with {wildcards.latent_dim} latent dimensions"
    shell:
        "retina-vae latent --config {params.config:q} --latent-dim {wildcards.latent_dim} --threads {threads}"
        " 2>&1 | tee {log:q}"
