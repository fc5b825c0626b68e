rule explorer:
    input:
        inputs("explorer"),
    output:
        outputs("explorer"),
    log:
        f"{RUN}/logs/explorer.log",
    benchmark:
        f"{RUN}/benchmarks/explorer.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        config=CONFIG_FILE,
        settings=settings("explorer"),
        code=code("explorer"),
    message:
        "Writing down what a browser needs to assign a patient"
    shell:
        "retina-vae explorer --config {params.config:q} --threads {threads} 2>&1 | tee {log:q}"
