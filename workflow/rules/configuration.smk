localrules:
    configuration,


rule configuration:
    output:
        f"{RUN}/config.yaml",
    params:
        values=CONFIGURATION.model_dump_json(),
    log:
        f"{RUN}/logs/configuration.log",
    conda:
        ENVIRONMENT
    message:
        "Writing the configuration of run '{CONFIGURATION.run}'"
    shell:
        "retina-vae configure {params.values:q} {output} 2>&1 | tee {log}"
