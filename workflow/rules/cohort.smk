rule cohort:
    input:
        inputs("cohort"),
    output:
        outputs("cohort"),
    log:
        f"{RUN}/logs/cohort.log",
    benchmark:
        f"{RUN}/benchmarks/cohort.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        config=CONFIG_FILE,
        settings=settings("cohort"),
        code=code("cohort"),
    message:
        "Getting the patients"
    shell:
        "retina-vae cohort --config {params.config:q} 2>&1 | tee {log:q}"
