rule evaluate:
    input:
        inputs("evaluate"),
    output:
        outputs("evaluate"),
    log:
        f"{RUN}/logs/evaluate.log",
    benchmark:
        f"{RUN}/benchmarks/evaluate.tsv"
    conda:
        ENVIRONMENT
    threads: 2
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        config=CONFIG_FILE,
        settings=settings("evaluate"),
        code=code("evaluate"),
    message:
        "Measuring every model"
    shell:
        "retina-vae evaluate --config {params.config:q} --threads {threads} 2>&1 | tee {log:q}"


# Planned where unlike.tables names one alone, for only the release waits for its file.
rule unlike:
    input:
        inputs("unlike"),
    output:
        outputs("unlike"),
    log:
        f"{RUN}/logs/unlike.log",
    benchmark:
        f"{RUN}/benchmarks/unlike.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=240,
    params:
        config=CONFIG_FILE,
        settings=settings("unlike"),
        code=code("unlike"),
    message:
        "Measuring how well other patients are told from the cohort"
    shell:
        "retina-vae unlike --config {params.config:q} --threads {threads} 2>&1 | tee {log:q}"
