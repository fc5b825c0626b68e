# Those that every run has. Whether there is an outcome, and with it the picture `outcome`, only the cohort's schema says,
# which a run writes itself; the page holds that picture where there is one.
FIGURES = {
    "columns": ("Cohort", "every column"),
    "training": ("Training", "loss over epochs"),
    "space": ("Latent space", "all clusters"),
    "panels": ("Clusters", "one by one"),
    "latent_structure": ("Clusters", "groups or a continuum"),
    "choice": ("Clusters", "how the codes see their number"),
    "tree": ("Clusters", "which split into which"),
}
FAMILY_FIGURES = {
    "posteriors": ("Models", "posteriors with and without the KL divergence"),
    "traversals": ("Models", "what each latent dimension does"),
    "supervised": ("Models", "the latent space that knows the outcome"),
}
if dense_models(CONFIGURATION):
    FIGURES["coverage"] = ("Models", "coverage of the codes")
FIGURES |= {picture: FAMILY_FIGURES[picture] for picture in pictured_models(CONFIGURATION)}


rule report:
    input:
        patients=f"{RUN}/cohort/patients.parquet",
        schema=f"{RUN}/cohort/schema.yaml",
        summary=f"{RUN}/cohort/summary.csv",
        histories=expand(f"{RUN}/vae/d{{latent_dim}}/history.parquet", latent_dim=CONFIGURATION.vae.latent_dims),
        evaluation=rules.evaluate.output,
        decoded=expand(rules.decode.output, model=decoded_models(CONFIGURATION)),
        codes=f"{RUN}/latent/d{CLUSTERED}/codes.parquet",
        clusters=rules.clusters.output,
        latent_structure=rules.latent_structure.output,
        choice=rules.choose.output,
        stability=rules.stability.output,
        doubt=rules.doubt.output,
        meaning=rules.describe.output,
        explorer=rules.explorer.output,
        study=STUDY_TABLES,
    output:
        html=report(
            f"{RUN}/report/report.html",
            caption="../report/report.rst",
            category="Clusters",
            labels={"table": "Cluster report", "of": "the whole run"},
        ),
        png=[
            report(
                f"{RUN}/report/figures/{figure}.png",
                caption=f"../report/{figure}.rst",
                category=category,
                labels={"figure": figure, "of": subject},
            )
            for figure, (category, subject) in FIGURES.items()
        ],
        svg=expand(f"{RUN}/report/figures/{{figure}}.svg", figure=FIGURES),
    log:
        f"{RUN}/logs/report.log",
    benchmark:
        f"{RUN}/benchmarks/report.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
    params:
        config=CONFIG_FILE,
        floor=CONFIGURATION.small_cell_floor,
        code=code("report", *STUDY_CODE, *DISCLOSURE),
    message:
        "Drawing the figures and writing the cluster report"
    shell:
        "retina-vae report --config {params.config:q} 2>&1 | tee {log:q}"


rule manifest:
    input:
        f"{RUN}/report/report.html",
        STUDY_TABLES,
        expand(f"{RUN}/latent/d{{latent_dim}}/codes.parquet", latent_dim=CONFIGURATION.vae.latent_dims),
    output:
        f"{RUN}/manifest.json",
    log:
        f"{RUN}/logs/manifest.log",
    benchmark:
        f"{RUN}/benchmarks/manifest.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=500,
    params:
        config=CONFIG_FILE,
        configuration=CONFIGURATION.model_dump(mode="json"),
    message:
        "Writing down what this run was made from"
    shell:
        "retina-vae manifest --config {params.config:q} 2>&1 | tee {log:q}"
