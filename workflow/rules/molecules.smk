# How the models write molecules, what lies near one, and what is drawn of it.
rule molecules:
    input:
        inputs("molecules"),
    output:
        outputs("molecules"),
    log:
        f"{RUN}/logs/molecules.log",
    benchmark:
        f"{RUN}/benchmarks/molecules.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=8000,
        runtime=60,
    params:
        config=CONFIG_FILE,
        settings=settings("molecules"),
        code=code("molecules"),
    message:
        "Measuring what the models make of molecules"
    shell:
        "retina-vae molecules measure --config {params.config:q} 2>&1 | tee {log:q}"
