rule vae:
    input:
        inputs("vae"),
    output:
        outputs("vae"),
    log:
        f"{RUN}/logs/vae-{{model}}.log",
    benchmark:
        f"{RUN}/benchmarks/vae-{{model}}.tsv"
    # The clustered dimension has the most replicas: start it first.
    priority: 10
    conda:
        ENVIRONMENT
    # One thread a job: the jobs of the latent dimensions run side by side, and one thread adds up in one order
    # however many cores there are, so that the weights are the same bytes each time.
    threads: 1
    resources:
        mem_mb=2000,
        runtime=240,
    params:
        config=CONFIG_FILE,
        settings=lambda wildcards: PLAN["models"][wildcards.model],
        code=code("vae"),
    message:
        "Training {params.settings[replicas]} replicas of {wildcards.model}"
    shell:
        "retina-vae vae --config {params.config:q} --model {wildcards.model} --threads {threads} 2>&1 | tee {log:q}"


rule resamples:
    input:
        inputs("resamples"),
    output:
        outputs("resamples"),
    log:
        f"{RUN}/logs/resamples.log",
    benchmark:
        f"{RUN}/benchmarks/resamples.tsv"
    # It waits for nothing but the cohort: it fills a core beside what waits for the models, and goes before it.
    priority: 5
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=240,
    params:
        config=CONFIG_FILE,
        settings=settings("resamples"),
        code=code("resamples"),
    message:
        "Training on {params.settings[stability][retrained]} resamples of the patients ({params.settings[stability][scheme]})"
    shell:
        "retina-vae resamples --config {params.config:q} 2>&1 | tee {log:q}"
