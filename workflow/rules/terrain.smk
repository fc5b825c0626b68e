# What a run of sweeps has beside the engine's steps.
include: "pictures.smk"
include: "classifiers.smk"
