rule report:
    input:
        inputs("report"),
    output:
        outputs("report"),
    log:
        f"{RUN}/logs/report.log",
    benchmark:
        f"{RUN}/benchmarks/report.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        config=CONFIG_FILE,
        settings=settings("report"),
        code=code("report"),
    message:
        "Drawing the figures and writing the cluster report"
    shell:
        "retina-vae report --config {params.config:q} 2>&1 | tee {log:q}"


rule manifest:
    input:
        inputs("manifest"),
    output:
        outputs("manifest"),
    log:
        f"{RUN}/logs/manifest.log",
    benchmark:
        f"{RUN}/benchmarks/manifest.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=500,
        runtime=20,
    params:
        config=CONFIG_FILE,
        settings=settings("manifest"),
        code=code("manifest"),
    message:
        "Writing down what this run was made from"
    shell:
        "retina-vae manifest --config {params.config:q} 2>&1 | tee {log:q}"
