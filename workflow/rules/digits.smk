# What a run of pictures has beside the engine's steps.
include: "pictures.smk"
include: "classifiers.smk"
