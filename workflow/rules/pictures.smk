# The pictures of a run whose items are images; the rules of such a study include this.
rule pictures:
    input:
        inputs("pictures"),
    output:
        outputs("pictures"),
    log:
        f"{RUN}/logs/pictures.log",
    benchmark:
        f"{RUN}/benchmarks/pictures.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=8000,
        runtime=60,
    params:
        config=CONFIG_FILE,
        settings=settings("pictures"),
        code=code("pictures"),
    message:
        "Drawing the images of the clusters and of the models"
    shell:
        "retina-vae pictures --config {params.config:q} 2>&1 | tee {log:q}"
