rule release:
    input:
        inputs("release"),
    output:
        outputs("release"),
    log:
        f"{RUN}/logs/release.log",
    benchmark:
        f"{RUN}/benchmarks/release.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        config=CONFIG_FILE,
        settings=settings("release"),
        code=code("release"),
    message:
        "Releasing what others may read, without small cells"
    shell:
        "retina-vae release --config {params.config:q} 2>&1 | tee {log:q}"
