rule latent_structure:
    input:
        patients=f"{RUN}/cohort/patients.parquet",
        schema=f"{RUN}/cohort/schema.yaml",
    output:
        answer=report(
            f"{RUN}/clusters/latent_structure.csv",
            caption="../report/latent_structure.rst",
            category="Clusters",
            labels={"table": "Groups or a continuum", "of": "the answer, and the number of groups"},
        ),
        tables=expand(f"{RUN}/clusters/latent_structure_{{table}}.csv", table=["candidates", "comparisons"]),
    log:
        f"{RUN}/logs/latent_structure.log",
    benchmark:
        f"{RUN}/benchmarks/latent_structure.tsv"
    conda:
        ENVIRONMENT
    threads: 2
    resources:
        mem_mb=2000,
    params:
        config=CONFIG_FILE,
        settings=settings("latent_structure"),
        code=code("clusters", "cohort", "commands/latent_structure.py"),
    message:
        "Telling groups from a continuum"
    shell:
        "retina-vae latent-structure --config {params.config:q} --threads {threads} 2>&1 | tee {log:q}"


rule clusters:
    input:
        patients=f"{RUN}/cohort/patients.parquet",
        schema=f"{RUN}/cohort/schema.yaml",
        codes=f"{RUN}/latent/d{CLUSTERED}/codes.parquet",
        history=f"{RUN}/vae/d{CLUSTERED}/history.parquet",
        reference=[] if REFERENCE is None else f"{RUN}/{REFERENCE}",
        number=FOUND_NUMBER,
    output:
        assignments=multiext(f"{RUN}/clusters/assignments", ".parquet", ".csv"),
        tables=expand(
            f"{RUN}/clusters/{{table}}.csv",
            table=["centers", "replicas", "agreement", "stability"],
        ),
    log:
        f"{RUN}/logs/clusters.log",
    benchmark:
        f"{RUN}/benchmarks/clusters.tsv"
    conda:
        ENVIRONMENT
    threads: 4
    resources:
        mem_mb=2000,
    params:
        config=CONFIG_FILE,
        settings=settings("clusters"),
        floor=CONFIGURATION.small_cell_floor,
        code=code("clusters", "latent", "cohort", *DISCLOSURE),
        reference=lambda wildcards, input: f"--reference {shlex.quote(str(input.reference))}" if REFERENCE else "",
    message:
        "Clustering the codes (k = {CONFIGURATION.clusters.k})"
    shell:
        "retina-vae clusters --config {params.config:q} {params.reference} --threads {threads} 2>&1 | tee {log:q}"


rule choose:
    input:
        patients=f"{RUN}/cohort/patients.parquet",
        schema=f"{RUN}/cohort/schema.yaml",
        codes=f"{RUN}/latent/d{CLUSTERED}/codes.parquet",
    output:
        tables=expand(f"{RUN}/clusters/{{table}}.csv", table=["criteria", "tree"]),
        choices=report(
            f"{RUN}/clusters/choices.csv",
            caption="../report/choices.rst",
            category="Clusters",
            labels={"table": "Number of clusters", "of": "what each criterion on the codes chooses"},
        ),
        sentence=f"{RUN}/clusters/choice.txt",
    log:
        f"{RUN}/logs/choose.log",
    benchmark:
        f"{RUN}/benchmarks/choose.tsv"
    conda:
        ENVIRONMENT
    threads: 2
    resources:
        mem_mb=2000,
    params:
        config=CONFIG_FILE,
        settings=settings("choice"),
        floor=CONFIGURATION.small_cell_floor,
        code=code("clusters", "latent", "cohort", *DISCLOSURE),
    message:
        "Asking the codes for the number of clusters"
    shell:
        "retina-vae choose --config {params.config:q} --threads {threads} 2>&1 | tee {log:q}"


rule stability:
    input:
        rules.clusters.output,
        codes=expand(f"{RUN}/latent/d{{latent_dim}}/codes.parquet", latent_dim=CONFIGURATION.vae.latent_dims),
        number=FOUND_NUMBER,
        resamples=rules.resamples.output if CONFIGURATION.stability.retrained else [],
    output:
        bootstrap=report(
            f"{RUN}/clusters/bootstrap.csv",
            caption="../report/bootstrap.rst",
            category="Clusters",
            labels={"table": "Stability", "of": "every cluster in resampled patients, model held fixed"},
        ),
        retrained=report(
            f"{RUN}/clusters/retrained.csv",
            caption="../report/retrained.rst",
            category="Clusters",
            labels={"table": "Stability, whole method", "of": "every cluster, model trained again on each resample"},
        ),
        variants=expand(f"{RUN}/clusters/{{table}}.csv", table=["variants", "variant_matches"]),
    log:
        f"{RUN}/logs/stability.log",
    benchmark:
        f"{RUN}/benchmarks/stability.tsv"
    conda:
        ENVIRONMENT
    threads: 2
    resources:
        mem_mb=2000,
    params:
        config=CONFIG_FILE,
        settings=settings("stability") | {"clusters": settings("clusters")},
        floor=CONFIGURATION.small_cell_floor,
        code=code("clusters", "latent", "cohort", "resamples.py", *DISCLOSURE),
    message:
        "Looking for the clusters in resampled patients and in other clusterings"
    shell:
        "retina-vae stability --config {params.config:q} --threads {threads} 2>&1 | tee {log:q}"


rule describe:
    input:
        rules.clusters.output,
        patients=f"{RUN}/cohort/patients.parquet",
        schema=f"{RUN}/cohort/schema.yaml",
        codes=f"{RUN}/latent/d{CLUSTERED}/codes.parquet",
        weights=f"{RUN}/vae/d{CLUSTERED}/weights.safetensors",
        model=f"{RUN}/vae/d{CLUSTERED}/model.json",
    output:
        tables=expand(
            f"{RUN}/clusters/{{table}}.csv",
            table=["counts", "descriptions", "profiles", "differences", "rules", "structure", "separation"],
        ),
        table1=multiext(f"{RUN}/clusters/table1", ".csv", ".md"),
        table1_html=report(
            f"{RUN}/clusters/table1.html",
            caption="../report/table1.rst",
            category="Clusters",
            labels={"table": "Table 1", "of": "what each cluster holds"},
        ),
    log:
        f"{RUN}/logs/describe.log",
    benchmark:
        f"{RUN}/benchmarks/describe.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
    params:
        config=CONFIG_FILE,
        settings=settings("description"),
        floor=CONFIGURATION.small_cell_floor,
        code=code("clusters", "latent", "vae", "cohort", *DISCLOSURE),
    message:
        "Saying what the clusters hold"
    shell:
        "retina-vae describe --config {params.config:q} 2>&1 | tee {log:q}"
