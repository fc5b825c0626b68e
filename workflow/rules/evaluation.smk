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
