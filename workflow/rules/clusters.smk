rule latent_structure:
    input:
        inputs("latent_structure"),
    output:
        outputs("latent_structure"),
    log:
        f"{RUN}/logs/latent_structure.log",
    benchmark:
        f"{RUN}/benchmarks/latent_structure.tsv"
    conda:
        ENVIRONMENT
    threads: 2
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        config=CONFIG_FILE,
        settings=settings("latent_structure"),
        code=code("latent_structure"),
    message:
        "Telling groups from a continuum"
    shell:
        "retina-vae latent-structure --config {params.config:q} --threads {threads} 2>&1 | tee {log:q}"


rule clusters:
    input:
        inputs("clusters"),
    output:
        outputs("clusters"),
    log:
        f"{RUN}/logs/clusters.log",
    benchmark:
        f"{RUN}/benchmarks/clusters.tsv"
    conda:
        ENVIRONMENT
    threads: 4
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        config=CONFIG_FILE,
        settings=settings("clusters"),
        code=code("clusters"),
        reference="" if PLAN["reference"] is None else f"--reference {shlex.quote(PLAN['reference'])}",
    message:
        "Clustering the codes (k = {params.settings[clusters][k]})"
    shell:
        "retina-vae clusters --config {params.config:q} {params.reference} --threads {threads} 2>&1 | tee {log:q}"


rule choose:
    input:
        inputs("choose"),
    output:
        outputs("choose"),
    log:
        f"{RUN}/logs/choose.log",
    benchmark:
        f"{RUN}/benchmarks/choose.tsv"
    conda:
        ENVIRONMENT
    threads: 2
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        config=CONFIG_FILE,
        settings=settings("choose"),
        code=code("choose"),
    message:
        "Asking the codes for the number of clusters"
    shell:
        "retina-vae choose --config {params.config:q} --threads {threads} 2>&1 | tee {log:q}"


rule stability:
    input:
        inputs("stability"),
    output:
        outputs("stability"),
    log:
        f"{RUN}/logs/stability.log",
    benchmark:
        f"{RUN}/benchmarks/stability.tsv"
    conda:
        ENVIRONMENT
    threads: 2
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        config=CONFIG_FILE,
        settings=settings("stability"),
        code=code("stability"),
    message:
        "Looking for the clusters in resampled patients and in other clusterings"
    shell:
        "retina-vae stability --config {params.config:q} --threads {threads} 2>&1 | tee {log:q}"


rule rivals:
    input:
        inputs("rivals"),
    output:
        outputs("rivals"),
    log:
        f"{RUN}/logs/rivals.log",
    benchmark:
        f"{RUN}/benchmarks/rivals.tsv"
    conda:
        ENVIRONMENT
    threads: 2
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        config=CONFIG_FILE,
        settings=settings("rivals"),
        code=code("rivals"),
    message:
        "Fitting simpler methods to stand beside the clusters"
    shell:
        "retina-vae rivals --config {params.config:q} --threads {threads} 2>&1 | tee {log:q}"


rule describe:
    input:
        inputs("describe"),
    output:
        outputs("describe"),
    log:
        f"{RUN}/logs/describe.log",
    benchmark:
        f"{RUN}/benchmarks/describe.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        config=CONFIG_FILE,
        settings=settings("describe"),
        code=code("describe"),
    message:
        "Saying what the clusters hold"
    shell:
        "retina-vae describe --config {params.config:q} 2>&1 | tee {log:q}"


rule doubt:
    input:
        inputs("doubt"),
    output:
        outputs("doubt"),
    log:
        f"{RUN}/logs/doubt.log",
    benchmark:
        f"{RUN}/benchmarks/doubt.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        config=CONFIG_FILE,
        settings=settings("doubt"),
        code=code("doubt"),
    message:
        "Telling sure from doubtful patients"
    shell:
        "retina-vae doubt --config {params.config:q} --threads {threads} 2>&1 | tee {log:q}"
