# The files of a model, or of a chunk of its replicas until they are gathered.
MODEL_FILES = ("weights.safetensors", "model.json", "history.parquet")
CHUNKED = [name for name, chunks in PLAN["chunks"].items() if chunks > 1]


rule held_out:
    input:
        inputs("held_out"),
    output:
        outputs("held_out"),
    log:
        f"{RUN}/logs/held_out.log",
    benchmark:
        f"{RUN}/benchmarks/held_out.tsv"
    # The training waits for the latent dimension that it chooses.
    priority: 20
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=240,
        gpu=0,
    params:
        config=CONFIG_FILE,
        settings=settings("held_out"),
        code=code("held_out"),
    message:
        "Measuring how well unseen patients are described"
    shell:
        "retina-vae held-out --config {params.config:q} --threads {threads} 2>&1 | tee {log:q}"


rule vae:
    input:
        inputs("vae"),
    output:
        outputs("vae"),
    log:
        f"{RUN}/logs/vae-{{model}}.log",
    benchmark:
        f"{RUN}/benchmarks/vae-{{model}}.tsv"
    wildcard_constraints:
        model=only(name for name in PLAN["models"] if name not in CHUNKED),
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
        # Where there are GPUs, a profile says how many a job shall have.
        gpu=0,
    params:
        config=CONFIG_FILE,
        chunk="",
        settings=lambda wildcards: PLAN["models"][wildcards.model],
        code=code("vae"),
    message:
        "Training {params.settings[replicas]} replicas of {wildcards.model}"
    shell:
        "retina-vae vae --config {params.config:q} --model {wildcards.model} {params.chunk} --threads {threads}"
        " 2>&1 | tee {log:q}"


# In several jobs, each of which may have a machine or a GPU of its own.
use rule vae as vae_chunk with:
    output:
        [temp(f"{RUN}/vae/{{model}}/chunk-{{number}}/{file}") for file in MODEL_FILES],
    log:
        f"{RUN}/logs/vae-{{model}}-{{number}}.log",
    benchmark:
        f"{RUN}/benchmarks/vae-{{model}}-{{number}}.tsv"
    wildcard_constraints:
        model=only(CHUNKED),
        number=r"\d+",
    params:
        chunk=lambda wildcards: f"--chunk {wildcards.number}/{PLAN['chunks'][wildcards.model]}",
    message:
        "Training a chunk of the {params.settings[replicas]} replicas of {wildcards.model} ({params.chunk})"


rule vae_gather:
    input:
        lambda wildcards: [
            f"{RUN}/vae/{wildcards.model}/chunk-{number}/{file}"
            for number in numbers(PLAN["chunks"][wildcards.model])
            for file in MODEL_FILES
        ],
    output:
        outputs("vae"),
    log:
        f"{RUN}/logs/vae-{{model}}.log",
    benchmark:
        f"{RUN}/benchmarks/vae-{{model}}.tsv"
    wildcard_constraints:
        model=only(CHUNKED),
    priority: 10
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    # The chunks are gone once they are gathered: what decides them is asked for here, too.
    params:
        config=CONFIG_FILE,
        settings=lambda wildcards: PLAN["models"][wildcards.model],
        code=[code("vae"), gather_code("vae")],
    message:
        "Gathering the replicas of {wildcards.model}"
    shell:
        "retina-vae vae-gather --config {params.config:q} --model {wildcards.model} 2>&1 | tee {log:q}"


# Planned where vae.weights is `sghmc` alone, for nothing else waits for its files.
rule weight_samples:
    input:
        inputs("weight_samples"),
    output:
        outputs("weight_samples"),
    log:
        f"{RUN}/logs/weight_samples.log",
    benchmark:
        f"{RUN}/benchmarks/weight_samples.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=240,
        gpu=0,
    params:
        config=CONFIG_FILE,
        settings=settings("weight_samples"),
        code=code("weight_samples"),
    message:
        "Sampling the weights of the clustered model, a chain from each replica"
    shell:
        "retina-vae weight-samples --config {params.config:q} --threads {threads} 2>&1 | tee {log:q}"


if PLAN["resample_chunks"] == 1:

    rule resamples:
        input:
            inputs("resamples"),
        output:
            outputs("resamples"),
        log:
            f"{RUN}/logs/resamples.log",
        benchmark:
            f"{RUN}/benchmarks/resamples.tsv"
        # It waits for no model, only for the cohort and the dimension: it fills a core beside what waits for the models, and goes before it.
        priority: 5
        conda:
            ENVIRONMENT
        threads: 1
        resources:
            mem_mb=2000,
            runtime=240,
            gpu=0,
        params:
            config=CONFIG_FILE,
            settings=settings("resamples"),
            code=code("resamples"),
        message:
            "Training on {params.settings[stability][retrained]} resamples of the patients"
            " ({params.settings[stability][scheme]})"
        shell:
            "retina-vae resamples --config {params.config:q} 2>&1 | tee {log:q}"

else:

    rule resamples_chunk:
        input:
            inputs("resamples"),
        output:
            [temp(f"{RUN}/latent/resamples/chunk-{{number}}/{file}") for file in MODEL_FILES[:2]],
        log:
            f"{RUN}/logs/resamples-{{number}}.log",
        benchmark:
            f"{RUN}/benchmarks/resamples-{{number}}.tsv"
        wildcard_constraints:
            number=r"\d+",
        priority: 5
        conda:
            ENVIRONMENT
        threads: 1
        resources:
            mem_mb=2000,
            runtime=240,
            gpu=0,
        params:
            config=CONFIG_FILE,
            chunks=PLAN["resample_chunks"],
            settings=settings("resamples"),
            code=code("resamples"),
        message:
            "Training on a chunk of {params.settings[stability][retrained]} resamples of the patients"
            " ({wildcards.number}/{params.chunks})"
        shell:
            "retina-vae resamples --config {params.config:q} --chunk {wildcards.number}/{params.chunks} 2>&1 | tee {log:q}"

    rule resamples_gather:
        input:
            inputs("resamples"),
            [
                f"{RUN}/latent/resamples/chunk-{number}/{file}"
                for number in numbers(PLAN["resample_chunks"])
                for file in MODEL_FILES[:2]
            ],
        output:
            outputs("resamples"),
        log:
            f"{RUN}/logs/resamples.log",
        benchmark:
            f"{RUN}/benchmarks/resamples.tsv"
        priority: 5
        conda:
            ENVIRONMENT
        threads: 1
        resources:
            mem_mb=2000,
            runtime=60,
        params:
            config=CONFIG_FILE,
            settings=settings("resamples"),
            code=[code("resamples"), gather_code("resamples")],
        message:
            "Encoding the patients with the models of the resamples"
        shell:
            "retina-vae resamples-gather --config {params.config:q} 2>&1 | tee {log:q}"
