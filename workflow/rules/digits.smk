# The pictures of this study, and the classifiers.
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
        "retina-vae digits pictures --config {params.config:q} 2>&1 | tee {log:q}"


rule classifiers:
    input:
        inputs("classifiers"),
    output:
        outputs("classifiers"),
    log:
        f"{RUN}/logs/classifiers.log",
    benchmark:
        f"{RUN}/benchmarks/classifiers.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=4000,
        runtime=240,
        gpu=0,
    params:
        config=CONFIG_FILE,
        settings=settings("classifiers"),
        code=code("classifiers"),
    message:
        "Holding the supervised model against a plain classifier"
    shell:
        "retina-vae digits classifiers --config {params.config:q} --threads {threads} 2>&1 | tee {log:q}"
