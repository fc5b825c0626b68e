# What the reported replica says of a patient: of those of the run, and in the browser of whoever is set there.
TRAINED = {
    "patients": f"{RUN}/cohort/patients.parquet",
    "schema": f"{RUN}/cohort/schema.yaml",
    "weights": f"{RUN}/vae/d{CLUSTERED}/weights.safetensors",
    "model": f"{RUN}/vae/d{CLUSTERED}/model.json",
    "codes": f"{RUN}/latent/d{CLUSTERED}/codes.parquet",
}


rule doubt:
    input:
        rules.clusters.output,
        **TRAINED,
    output:
        doubt=report(
            f"{RUN}/clusters/doubt.csv",
            caption="../report/doubt.rst",
            category="Clusters",
            labels={"table": "Doubt", "of": "how sure the assignments are"},
        ),
        doubtful=f"{RUN}/clusters/doubtful.csv",
        probabilities=f"{RUN}/clusters/probabilities.parquet",
    log:
        f"{RUN}/logs/doubt.log",
    benchmark:
        f"{RUN}/benchmarks/doubt.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
    params:
        config=CONFIG_FILE,
        doubtful_below=CONFIGURATION.clusters.doubtful_below,
        floor=CONFIGURATION.small_cell_floor,
        code=code("assign", "clusters", "latent", "vae", "cohort", *DISCLOSURE),
    message:
        "Telling sure from doubtful patients"
    shell:
        "retina-vae doubt --config {params.config:q} --threads {threads} 2>&1 | tee {log:q}"


rule explorer:
    input:
        rules.clusters.output,
        **TRAINED,
    output:
        f"{RUN}/clusters/explorer.json",
    log:
        f"{RUN}/logs/explorer.log",
    benchmark:
        f"{RUN}/benchmarks/explorer.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
    params:
        config=CONFIG_FILE,
        floor=CONFIGURATION.small_cell_floor,
        code=code("assign", "clusters", "latent", "vae", "cohort", *DISCLOSURE),
    message:
        "Writing down what a browser needs to assign a patient"
    shell:
        "retina-vae explorer --config {params.config:q} --threads {threads} 2>&1 | tee {log:q}"
