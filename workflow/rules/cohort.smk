rule cohort:
    input:
        source_files(),
    output:
        # By which an analyst's table was read; `retina-vae assign` reads new patients by it.
        *([f"{RUN}/cohort/table_schema.yaml"] if CONFIGURATION.source.has_table_schema else []),
        patients=f"{RUN}/cohort/patients.parquet",
        schema=f"{RUN}/cohort/schema.yaml",
        summary=report(
            f"{RUN}/cohort/summary.csv",
            caption="../report/summary.rst",
            category="Cohort",
            labels={"table": "Summary", "of": "the patients"},
        ),
    log:
        f"{RUN}/logs/cohort.log",
    benchmark:
        f"{RUN}/benchmarks/cohort.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
    params:
        config=CONFIG_FILE,
        source=CONFIGURATION.cohort.source,
        # Keys that another source reads do not matter here.
        settings={key: settings("cohort")[key] for key in CONFIGURATION.source.reads},
        floor=CONFIGURATION.small_cell_floor,
        code=code("cohort", "sources.py", *STUDY_CODE, *DISCLOSURE),
    message:
        "Getting the patients ({CONFIGURATION.cohort.source})"
    shell:
        "retina-vae cohort --config {params.config:q} 2>&1 | tee {log:q}"
