"""What models of images draw: pictures, how good they are, and their place in a run and in its report.

It stands on the stages and on :mod:`retina_vae.images`; a study of images hands over its step, its artefacts and its
section.
"""
