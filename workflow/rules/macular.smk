# The paper of this study against the run. The tables are those that the study names.
AUDIT = {Path(table).stem: table for table in STUDY_TABLES}


rule audit_rules:
    input:
        patients=f"{RUN}/cohort/patients.parquet",
        schema=f"{RUN}/cohort/schema.yaml",
    output:
        [AUDIT[name] for name in ("rules", "partition", "errata") if name in AUDIT],
    log:
        f"{RUN}/logs/audit-rules.log",
    benchmark:
        f"{RUN}/benchmarks/audit-rules.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
    params:
        config=CONFIG_FILE,
        code=code("studies/macular", "clusters", "cohort"),
    message:
        "Sorting the patients by the rules behind the paper's Table 1"
    shell:
        "retina-vae macular audit-rules --config {params.config:q} 2>&1 | tee {log:q}"


rule audit:
    input:
        patients=f"{RUN}/cohort/patients.parquet",
        schema=f"{RUN}/cohort/schema.yaml",
        partition=AUDIT["partition"],
        histories=expand(f"{RUN}/vae/d{{latent_dim}}/history.parquet", latent_dim=CONFIGURATION.vae.latent_dims),
        codes=f"{RUN}/latent/d{CLUSTERED}/codes.parquet",
        assignments=f"{RUN}/clusters/assignments.parquet",
        replicas=f"{RUN}/clusters/replicas.csv",
    output:
        claims=report(
            AUDIT["claims"],
            caption="../report/claims.rst",
            category="Audit",
            labels={"table": "Claims", "of": "what of the paper holds"},
        ),
        agreement=report(
            AUDIT["agreement"],
            caption="../report/agreement.rst",
            category="Audit",
            labels={"table": "Agreement", "of": "replicas and the paper"},
        ),
        selection=AUDIT["selection"],
    log:
        f"{RUN}/logs/audit.log",
    benchmark:
        f"{RUN}/benchmarks/audit.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
    params:
        config=CONFIG_FILE,
        code=code("studies/macular", "clusters", "cohort"),
    message:
        "Holding the run against the paper's claims"
    shell:
        "retina-vae macular audit --config {params.config:q} 2>&1 | tee {log:q}"
