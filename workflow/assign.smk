# New patients of a large table, assigned to the clusters of a finished run in parts, each a job of its own:
#
#   snakemake --snakefile workflow/assign.smk --cores 8 --config run=results/typed patients=new.csv output=assigned.parquet parts=16
#
# What comes out is the bytes of `retina-vae assign` on the whole table, with `<output>.refused.csv` beside it where rows
# were refused. It does not import the package, and reads no other configuration. Refused rows end the command with code 3;
# they are no failure of a job, and the last line says where they are listed.
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

min_version("9.0")
shell.prefix(f'set -euo pipefail; export PATH="$PATH:{Path(sys.executable).parent}"; ')

MISSING = [key for key in ("run", "patients", "output") if key not in config]
if MISSING:
    raise WorkflowError(f"--config: expected run=, patients= and output=, got nothing for {', '.join(MISSING)}.")
PARTS = int(config.get("parts", 4))
if not 1 <= PARTS <= 10000:
    raise WorkflowError(f"--config: expected parts= from 1 to 10000, got {PARTS}.")
OUTPUT = str(config["output"])
FOLDER = f"{OUTPUT}.parts"
ENVIRONMENT = "../environment.yml"


rule assigned:
    default_target: True
    input:
        OUTPUT,
    message:
        "The patients are assigned"


rule assign_part:
    input:
        patients=str(config["patients"]),
        run=f"{config['run']}/manifest.json",
    output:
        part=temp(f"{FOLDER}/{{number}}.parquet"),
        refused=temp(f"{FOLDER}/{{number}}.refused.csv"),
    log:
        f"{OUTPUT}.logs/{{number}}.log",
    wildcard_constraints:
        number=r"\d+",
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=240,
    params:
        run=lambda wildcards, input: Path(input.run).parent,
        parts=PARTS,
    message:
        "Assigning part {wildcards.number} of {params.parts}"
    shell:
        "retina-vae assign {input.patients:q} --run {params.run:q} -o {output.part:q} --part {wildcards.number}/{params.parts}"
        " --threads {threads} 2>&1 | tee {log:q} || [ $? -eq 3 ]"


rule assign_gather:
    input:
        parts=[f"{FOLDER}/{number}.parquet" for number in range(1, PARTS + 1)],
        refused=[f"{FOLDER}/{number}.refused.csv" for number in range(1, PARTS + 1)],
    output:
        OUTPUT,
    log:
        f"{OUTPUT}.logs/gather.log",
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    message:
        "Putting {input.parts} together"
    shell:
        "retina-vae assign-gather {input.parts:q} -o {output:q} 2>&1 | tee {log:q} || [ $? -eq 3 ]"


onsuccess:
    refused = Path(OUTPUT).with_suffix(".refused.csv")
    print(
        f"The assignments lie in {OUTPUT}" + (f"; rows were refused (see {refused})" if refused.is_file() else "")
    )
