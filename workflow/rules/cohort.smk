# Keys that the other source of patients reads do not matter here.
OTHER_SOURCE = {"simulated": ["published_folder"], "published": ["published_folder", "patients_per_disease", "seed"]}


rule cohort:
    input:
        epidemiology=CONFIGURATION.cohort.epidemiology,
    output:
        patients=f"{RUN}/cohort/patients.parquet",
        schema=f"{RUN}/cohort/schema.yaml",
        summary=report(
            f"{RUN}/cohort/summary.csv",
            caption="../report/summary.rst",
            category="Cohort",
            labels={"table": "Summary", "of": "patients and epidemiology"},
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
        settings=settings("cohort", without=OTHER_SOURCE[CONFIGURATION.cohort.source]),
        arrays=published_arrays(),
        floor=CONFIGURATION.small_cell_floor,
        code=code("cohort", "studies/macular/schema.py", "studies/macular/published.py", *DISCLOSURE),
    message:
        "Getting the patients ({CONFIGURATION.cohort.source})"
    shell:
        "retina-vae cohort --config {params.config:q} 2>&1 | tee {log:q}"
