# The supervised model beside a plain classifier; the rules of a study whose items have labels include this.
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
        "retina-vae classifiers --config {params.config:q} --threads {threads} 2>&1 | tee {log:q}"
