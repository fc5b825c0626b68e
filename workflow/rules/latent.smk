rule latent:
    input:
        inputs("latent"),
    output:
        outputs("latent"),
    log:
        f"{RUN}/logs/latent-{{model}}.log",
    benchmark:
        f"{RUN}/benchmarks/latent-{{model}}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        config=CONFIG_FILE,
        settings=settings("latent"),
        code=code("latent"),
    message:
        "Drawing codes from q(z|x) under {wildcards.model}"
    shell:
        "retina-vae latent --config {params.config:q} --model {wildcards.model} --threads {threads} 2>&1 | tee {log:q}"


rule decode:
    input:
        inputs("decode"),
    output:
        outputs("decode"),
    log:
        f"{RUN}/logs/decode-{{model}}.log",
    benchmark:
        f"{RUN}/benchmarks/decode-{{model}}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        config=CONFIG_FILE,
        settings=settings("decode"),
        code=code("decode"),
    message:
        "Decoding codes of {wildcards.model}"
    shell:
        "retina-vae decode --config {params.config:q} --model {wildcards.model} 2>&1 | tee {log:q}"


# One job for all models: most of its time is that of starting.
rule factors:
    input:
        inputs("factors"),
    output:
        outputs("factors"),
    log:
        f"{RUN}/logs/factors.log",
    benchmark:
        f"{RUN}/benchmarks/factors.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        config=CONFIG_FILE,
        settings=settings("factors"),
        code=code("factors"),
    message:
        "Measuring which coordinate carries which column"
    shell:
        "retina-vae factors --config {params.config:q} 2>&1 | tee {log:q}"
