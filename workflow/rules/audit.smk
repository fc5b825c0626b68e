PUBLISHED = CONFIGURATION.cohort.source == "published"
RULE_TABLES = [f"{RUN}/audit/rules.csv", f"{RUN}/audit/partition.parquet"]
ERRATA = [f"{RUN}/audit/errata.csv"] if PUBLISHED else []
AUDIT_TABLES = [*RULE_TABLES, *ERRATA] + [f"{RUN}/audit/{name}.csv" for name in ("claims", "agreement", "selection")]


rule audit_rules:
    input:
        patients=f"{RUN}/cohort/patients.parquet",
        schema=f"{RUN}/cohort/schema.yaml",
    output:
        RULE_TABLES,
        ERRATA,
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
        code=code("studies/macular/audit", "clusters", "cohort"),
    message:
        "Sorting the patients by the rules behind the paper's Table 1"
    shell:
        "retina-vae audit-rules --config {params.config:q} 2>&1 | tee {log:q}"


rule audit:
    input:
        patients=f"{RUN}/cohort/patients.parquet",
        schema=f"{RUN}/cohort/schema.yaml",
        partition=f"{RUN}/audit/partition.parquet",
        histories=expand(f"{RUN}/vae/d{{latent_dim}}/history.parquet", latent_dim=CONFIGURATION.vae.latent_dims),
        codes=f"{RUN}/latent/d{CLUSTERED}/codes.parquet",
        assignments=f"{RUN}/clusters/assignments.parquet",
        replicas=f"{RUN}/clusters/replicas.csv",
    output:
        claims=report(
            f"{RUN}/audit/claims.csv",
            caption="../report/claims.rst",
            category="Audit",
            labels={"table": "Claims", "of": "what of the paper holds"},
        ),
        agreement=report(
            f"{RUN}/audit/agreement.csv",
            caption="../report/agreement.rst",
            category="Audit",
            labels={"table": "Agreement", "of": "replicas and the paper"},
        ),
        selection=f"{RUN}/audit/selection.csv",
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
        code=code("studies/macular/audit", "clusters", "cohort"),
    message:
        "Holding the run against the paper's claims"
    shell:
        "retina-vae audit --config {params.config:q} 2>&1 | tee {log:q}"
