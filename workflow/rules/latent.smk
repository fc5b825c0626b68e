rule latent:
    input:
        patients=f"{RUN}/cohort/patients.parquet",
        schema=f"{RUN}/cohort/schema.yaml",
        weights=f"{RUN}/vae/{{model}}/weights.safetensors",
        model=f"{RUN}/vae/{{model}}/model.json",
    output:
        codes=f"{RUN}/latent/{{model}}/codes.parquet",
    log:
        f"{RUN}/logs/latent-{{model}}.log",
    benchmark:
        f"{RUN}/benchmarks/latent-{{model}}.tsv"
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
        "Drawing codes from q(z|x) under {wildcards.model}"
    shell:
        "retina-vae latent --config {params.config:q} --model {wildcards.model} --threads {threads}"
        " 2>&1 | tee {log:q}"


rule decode:
    input:
        patients=f"{RUN}/cohort/patients.parquet",
        schema=f"{RUN}/cohort/schema.yaml",
        weights=f"{RUN}/vae/{{model}}/weights.safetensors",
        model=f"{RUN}/vae/{{model}}/model.json",
    output:
        codes=f"{RUN}/latent/{{model}}/posterior.parquet",
        paths=expand(f"{RUN}/latent/{{{{model}}}}/{{path}}.csv", path=["traversals", "interpolation"]),
        generated=f"{RUN}/latent/{{model}}/generated.parquet",
        check=f"{RUN}/latent/{{model}}/generated_check.csv",
    log:
        f"{RUN}/logs/decode-{{model}}.log",
    benchmark:
        f"{RUN}/benchmarks/decode-{{model}}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
    params:
        config=CONFIG_FILE,
        settings=settings("latent"),
        code=code("latent", "vae", "cohort"),
    message:
        "Decoding codes of {wildcards.model}"
    shell:
        "retina-vae decode --config {params.config:q} --model {wildcards.model} 2>&1 | tee {log:q}"
