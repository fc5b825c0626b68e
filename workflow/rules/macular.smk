# The paper of this study against the run.
rule audit_rules:
    input:
        inputs("audit_rules"),
    output:
        outputs("audit_rules"),
    log:
        f"{RUN}/logs/audit-rules.log",
    benchmark:
        f"{RUN}/benchmarks/audit-rules.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        config=CONFIG_FILE,
        settings=settings("audit_rules"),
        code=code("audit_rules"),
    message:
        "Sorting the patients by the rules behind the paper's Table 1"
    shell:
        "retina-vae macular audit-rules --config {params.config:q} 2>&1 | tee {log:q}"


rule audit:
    input:
        inputs("audit"),
    output:
        outputs("audit"),
    log:
        f"{RUN}/logs/audit.log",
    benchmark:
        f"{RUN}/benchmarks/audit.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        config=CONFIG_FILE,
        settings=settings("audit"),
        code=code("audit"),
    message:
        "Holding the run against the paper's claims"
    shell:
        "retina-vae macular audit --config {params.config:q} 2>&1 | tee {log:q}"
