# What a run of fundus images has beside the engine's steps.
include: "pictures.smk"
include: "classifiers.smk"
