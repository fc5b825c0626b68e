localrules:
    configuration,


rule configuration:
    output:
        f"{RUN}/config.yaml",
    log:
        f"{RUN}/logs/configuration.log",
    conda:
        ENVIRONMENT
    params:
        values=CONFIGURATION.model_dump_json(),
    message:
        "Writing the configuration of run '{CONFIGURATION.run}'"
    shell:
        "retina-vae configure {params.values:q} {output} 2>&1 | tee {log}"
